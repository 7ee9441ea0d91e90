//! The secondary job: it turns what identity providers said into the application's accounts and
//! access groups.
//!
//! A SCIM write must answer at once, and must never fail because the application is down or a name
//! clashes. So the directory is written first, and this crate does the rest: it reads each person
//! and group afresh, decides what should be, applies it, and writes down what came of it.
//! Everything it does, and everything it does not, has a reason.
//!
//! | question | type |
//! |---|---|
//! | where do accounts live? | [`AccountSink`], one method; or [`BuiltIn`], beside the ledger |
//! | who drives it? | [`Job::turn`] at the instant the last turn named, [`Job::stir`] on news |
//! | what does the operator see and set? | [`Desk`]: rules, groups, accounts, [`Desk::explain`] |
//! | which rules are there? | [`Policy`], [`Selection`], [`Capabilities`] |
//! | what is decided, and why? | [`desired`] and [`plan`], pure; [`Item`], [`Reason`], [`Code`] |
//! | what is remembered? | [`Ledger`], [`Accounts`]; [`MemoryLedger`] defines them |
//!
//! The crate has no clock, no runtime and no network: instants are arguments, futures are the
//! caller's to run.
//!
//! # Rules are data
//!
//! A [`Policy`] is JSON with named presets; changing it says what is wrong, key by key.
//!
//! ```
//! use enroll_sync::{Code, Policy, Preset};
//! use serde_json::json;
//!
//! let change = json!({"auto_sync": true, "regroup_grace": "45m"});
//! let policy = Policy::preset(Preset::Careful).patched(&change)?;
//! assert_eq!(policy.differs(), ["auto_sync", "regroup_grace"]);
//!
//! // Reasons are rows of one table: meaning, who can fix it, how.
//! assert_eq!(Code::EmailTaken.as_str(), "E_EMAIL_TAKEN");
//! assert!(Code::EmailTaken.fix().starts_with("Change the other account's address"));
//! # Ok::<(), enroll_sync::PolicyError>(())
//! ```
//!
//! # From a directory to accounts
//!
//! A directory gets a person and a group; two turns later the account is there, and the job can say
//! why.
//!
//! ```
//! use enroll_filter::LinkPlan;
//! use enroll_schema::{Document, Mode, ResourceId, Schemas, Timestamp};
//! use enroll_store::{
//!     Cause, Directories, DirectoryId, Draft, MemoryDirectories, RequestId, Store, TenantId, Want,
//! };
//! use enroll_sync::{AccountFilter, BuiltIn, Integration, Job, MemoryLedger, Policy, Preset};
//! use serde_json::{Value, json};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let schemas = Schemas::standard();
//! let (tenant, id) = (TenantId::new("acme"), DirectoryId::new("int_1"));
//! let directories = MemoryDirectories::default();
//! let at = |second: i64| Timestamp::from_millis(second * 1_000);
//!
//! // What a provider does, without HTTP.
//! let directory = directories.open(&id).await?;
//! let post = async |kind: &str, key: &str, body: Value, link: Vec<String>| {
//!     let kind = schemas.named(kind).expect("the standard types").clone();
//!     let document = Document::read(&kind, body, Mode::Lenient)?.document;
//!     let links = LinkPlan { link, ..LinkPlan::default() };
//!     let request = RequestId::new(format!("req_{key}"));
//!     let cause = Cause { request, at: at(0), unique: vec![], want: Want::Omit, note: None };
//!     directory.create(kind, Draft { id: ResourceId::new(key)?, document, links }, cause).await?;
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! };
//! let user = "urn:ietf:params:scim:schemas:core:2.0:User";
//! let group = "urn:ietf:params:scim:schemas:core:2.0:Group";
//! let ada = json!({
//!     "schemas": [user], "userName": "ada@x.example", "displayName": "Ada Lovelace",
//! });
//! post("User", "ada", ada, vec![]).await?;
//! let staff = json!({"schemas": [group], "displayName": "Staff"});
//! post("Group", "staff", staff, vec!["ada".into()]).await?;
//!
//! // What the job does: read the feed, wait for quiet, make the access group, then the account.
//! let job = Job::new(directories, MemoryLedger::default(), BuiltIn, &schemas);
//! let job = job.expect("User and Group");
//! let integration = Integration { id, name: "Okta".into(), order: 0 };
//! job.desk().attach(&tenant, integration, Policy::preset(Preset::HandsOff)).await?;
//! for second in 0..4 {
//!     job.turn(at(second)).await?;
//! }
//! let ten = AccountFilter { most: 10, ..AccountFilter::default() };
//! let accounts = job.desk().accounts(&tenant, ten).await?;
//! assert_eq!(accounts[0].profile.last_name.as_deref(), Some("Lovelace"));
//!
//! let why = job.desk().explain(&tenant, "ada@x.example", at(4)).await?.expect("known");
//! assert!(why.entitled);
//! assert_eq!(why.access_group.map(|granted| granted.name), Some("Staff".to_owned()));
//! assert_eq!(why.reasons[1].code, "W_EMAIL_FROM_USERNAME");
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With an application of your own, hand the job [`Outside`] with an [`AccountSink`] in place of
//! [`BuiltIn`]; the suite `enroll_conformance::sink_suite!` tries it.
//!
//! # What is promised
//!
//! - Nobody outside the selected groups gets an account, and everybody gets one access group at
//!   most (S-11, S-35).
//! - An explicit leaver (`active: false`, DELETE) never waits for a window and goes before
//!   everybody else (S-06, D6).
//! - A move between groups is one call (S-10). Losing the last group waits for `regroup_grace`
//!   (E-02).
//! - An account that nobody manages here is never changed unseen: it is a proposed link (E-16,
//!   threats A3, A6).
//! - The same inputs give the same plan, byte for byte; what was applied leaves nothing to do.
//! - Effects happen exactly once beside the ledger ([`Joined`]); elsewhere at least once, with the
//!   same [`Item::key`].
//!
//! # Limits and errors
//!
//! [`FIELDS_MAX`] fields, [`USER_TYPES_MAX`] external user types, [`SELECTIONS_MAX`] selections for
//! each integration, [`CAUSES_MAX`] requests remembered behind one decision. Time zones are those
//! of the tzdb that `chrono-tz` carries. An e-mail address is anything with one `@`.
//!
//! [`SyncError`] says what failed: the ledger, a directory, or a change that was refused
//! ([`PolicyError`], [`ChoiceError`]). What the application refuses is no error: it is an [`Item`]
//! in state [`State::Blocked`], with the application's own words.

mod account;
mod alert;
mod builtin;
mod desk;
mod error;
mod explain;
mod feed;
mod ids;
mod item;
mod job;
mod ledger;
mod mute;
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
pub use alert::{
    ALERT_MILLIS_KEPT, ALERTS, Alert, AlertChanges, AlertCode, AlertLevel, Concern, Finding,
    Posted, REPEAT_MILLIS, SAMPLE_MAX, Sent, Trouble, UNCONFIRMED_MILLIS, findings, next_look,
    settled_alerts, whole_server,
};
pub use builtin::{Found, answer, answer_group};
pub use desk::{
    Affected, Catalogue, CauseImpact, ChangedSince, Decided, Desk, DriftVerb, Entry, EntryDecision,
    Fate, GivenBack, Gone, IMPACT_MAX, Impact, ItemFilter, LeftOut, Linked, Login, LoginReason,
    MatchedBy, NAME_ID_BYTES_MAX, SELECTIONS_MAX, SURVEY_GROUPS_MAX, SURVEY_PEOPLE_MAX, Say,
    SeenGroup, SentZone, Stretch, Survey, Touch, Which, Whole,
};
pub use error::{ChoiceError, DriftError, LinkError, SyncError};
pub use explain::{
    Activity, Advice, Explanation, Granted, Identity, Prospect, Said, SaidGroup, Status, SyncState,
};
pub use feed::{EventKind, FeedEvent};
pub use ids::{AccessGroupId, AccountId, Fence, Subject, SubjectKind};
pub use item::{GroupWish, Item, Op, Plan, Stage, State, WaitKey};
pub use job::{BuiltIn, Deliver, Delivery, Job, Outside, Turn};
pub use ledger::{
    AccountFilter, Accounts, Alarms, Answer, Approval, Archive, BrakeQuery, CAUSES_MAX,
    CONCERNS_MAX, CONSUMERS_MAX, Claim, Collision, Consumer, Context, Counts, DEEDS_MAX, Decision,
    Deed, Drift, Due, Effect, Exception, Feed, FieldRule, FieldRuling, Guarding, Happened, Hint,
    Holding, Intake, Integration, Joined, Known, Ledger, LedgerError, Link, MemoryLedger,
    MirrorGroup, MirrorKey, MirrorObject, Mirrored, Next, OpenFilter, PLAN_ITEMS_MAX,
    PLAN_MILLIS_KEPT, PLANNER_VERSION, PLANS_MAX, Picked, PlanCounts, Planned, Prior,
    REPORTED_KEYS, Recorded, Removal, Report, Reported, Reports, Rule, Ruling, Seen, Settled,
    Settlement, Snapshot, SnapshotError, SnapshotState, Step, StoredPlan, Verdict, Why, Window,
    backoff, item_applied, settlement,
};
pub use observe::{Event, Observer};
pub(crate) use person::Glance;
pub use person::{Mapping, Person};
pub use plan::{
    Access, Current, Desired, Grant, REFUSAL_MILLIS, WantedGroup, WantedPerson, desired, guard,
    plan,
};
pub(crate) use plan::{base_after, brake_query};
pub use policy::{
    Announced, CONTACTS_MAX, Cardinality, FIELD_DEFAULTS, FIELD_NAMES_KEPT, FIELDS_MAX, Freeze,
    GUARD_LIST_MAX, Gate, Guards, Jit, Limit, NoGroup, OnDeselect, Pick, Policy, PolicyError,
    Preset, Span, USER_TYPES_MAX,
};
pub use reason::{Class, Code, Reason, Who};
pub use selection::{Choice, GroupRow, Selection, SourceGroup, Standing};
pub use shadow::{
    Doubt, FormerLogin, GroupShadow, Holder, LOGIN_RESERVED_MILLIS, NameRole, RESURRECT_MILLIS,
    Shadow, name_key,
};
pub use sink::{AccountSink, AnySink, GroupOutcome, Outcome};
pub use zone::TZDB;
