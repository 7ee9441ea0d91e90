//! The secondary job: it turns what identity providers said into the application's accounts and access groups.
//!
//! A SCIM write must answer at once and must never fail because the application is down or a name clashes. So the directory is
//! written first; this crate does the rest: it *reads* each person and group afresh, *decides* what should be, *applies* it, and
//! *writes down* what came of it, with a reason for everything it does and everything it does not.
//!
//! | question | type |
//! |---|---|
//! | where do accounts live? | [`AccountSink`], one method; or [`BuiltIn`], beside the ledger |
//! | who drives it? | [`Job`]: [`Job::turn`] at the instant the last turn named, [`Job::stir`] on news |
//! | what does the operator see and set? | [`Desk`]: policy, groups, selections, accounts, state, [`Desk::explain`] |
//! | what is remembered? | [`Ledger`]; [`MemoryLedger`] defines it |
//! | what is decided, and why? | [`desired`] and [`plan`], pure; [`Item`], [`Reason`], [`Code`] |
//! | which rules are there? | [`Policy`], [`Selection`], [`Capabilities`] |
//!
//! The crate has no clock, no runtime and no network: instants are arguments, and futures are the caller's to run.

mod account;
mod builtin;
mod desk;
mod error;
mod explain;
mod ids;
mod item;
mod job;
mod ledger;
mod near;
mod observe;
mod person;
mod plan;
mod policy;
mod reason;
mod selection;
mod shadow;
mod sink;
mod wire;
mod zone;

pub use account::{
    AccessGroup, Account, Capabilities, GroupState, Groups, Kind, Origin, Profile, Role,
};
pub use builtin::{Found, answer, answer_group};
pub use desk::{Desk, SELECTIONS_MAX};
pub use error::{ChoiceError, SyncError};
pub use explain::{
    Activity, Advice, Explanation, Granted, Identity, Prospect, Said, SaidGroup, Status, SyncState,
};
pub use ids::{AccessGroupId, AccountId, Fence, Subject, SubjectKind};
pub use item::{GroupWish, Item, Op, Plan, Stage, State, WaitKey};
pub use job::{BuiltIn, Deliver, Delivery, Job, Outside, Turn};
pub use ledger::{
    AccountFilter, Accounts, Answer, CAUSES_MAX, Claim, Context, Counts, Decision, Due, Effect,
    Hint, Intake, Integration, Joined, Known, Ledger, LedgerError, MemoryLedger, Next, Picked,
    Prior, Recorded, Settled, Settlement, Step, Verdict, Why, Window, backoff, settlement,
};
pub use observe::{Event, Observer};
pub use person::{Mapping, Person};
pub(crate) use plan::base_after;
pub use plan::{
    Access, Current, Desired, Grant, REFUSAL_MILLIS, WantedGroup, WantedPerson, desired, plan,
};
pub use policy::{
    Cardinality, FIELD_DEFAULTS, FIELD_NAMES_KEPT, FIELDS_MAX, Gate, NoGroup, OnDeselect, Pick,
    Policy, PolicyError, Preset, Span, USER_TYPES_MAX,
};
pub use reason::{Class, Code, Reason, Who};
pub use selection::{Choice, GroupRow, Selection, SourceGroup, Standing};
pub use shadow::{
    FormerLogin, GroupShadow, Holder, LOGIN_RESERVED_MILLIS, NameRole, RESURRECT_MILLIS, Shadow,
    name_key,
};
pub use sink::{AccountSink, AnySink, GroupOutcome, Outcome};
