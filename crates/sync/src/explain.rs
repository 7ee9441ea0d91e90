//! Why somebody has, or has not, an account: the answer of `explain`.

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, RequestId};
use serde::Serialize;

use crate::{AccessGroupId, Account, Item, Profile, Reason, Recorded, Who, wire};

/// Everything there is to say about one person, most important first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// In one word.
    pub status: Status,
    /// Whether the provider and the selections give access (S-03).
    pub entitled: bool,
    /// The access group that follows from it.
    pub access_group: Option<Granted>,
    /// Why, with what to do about it.
    pub reasons: Vec<Advice>,
    /// Who this is.
    pub person: Identity,
    /// What the provider says.
    pub idp: Said,
    /// The account as last applied.
    pub account: Option<Account>,
    /// What would be applied now.
    pub next: Prospect,
    /// What the application answered last.
    pub last_outcome: Option<Recorded>,
    /// The request that caused the last decision.
    pub request: Option<RequestId>,
    /// Whether news about the person is still on its way.
    pub pending: bool,
}

/// How somebody stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// An active account, as it should be.
    Provisioned,
    /// No account, and none is due.
    NotProvisioned,
    /// An account that was switched off.
    Deactivated,
    /// Something is about to happen.
    Pending,
    /// Something waits for a clock or somebody's yes.
    Held,
    /// Something waits until it is fixed.
    Blocked,
    /// The account belongs to the application (E-04).
    Unmanaged,
}

/// Which person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The integration.
    pub integration: DirectoryId,
    /// The resource.
    #[serde(with = "wire::resource_id")]
    pub id: ResourceId,
    /// The provider's own id.
    pub external_id: Option<String>,
    /// The userName.
    pub user_name: String,
}

/// What the provider says about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Whether the person is active.
    pub active: bool,
    /// When the provider deleted the person.
    #[serde(with = "wire::maybe_instant")]
    pub deleted_at: Option<Timestamp>,
    /// The groups.
    pub groups: Vec<SaidGroup>,
}

/// One of the person's groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SaidGroup {
    /// The group.
    #[serde(with = "wire::resource_id")]
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// Whether it is selected.
    pub selected: bool,
    /// The access group it feeds.
    pub access_group: Option<AccessGroupId>,
}

/// An access group and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Granted {
    /// The access group; `None` while it is being made.
    #[serde(rename = "ref")]
    pub group_ref: Option<AccessGroupId>,
    /// Its name.
    pub name: String,
    /// The provider's group.
    #[serde(with = "wire::resource_id")]
    pub via: ResourceId,
}

/// A reason with its row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The code.
    pub code: &'static str,
    /// This case's particulars.
    pub text: String,
    /// What the code means.
    pub meaning: &'static str,
    /// Who can fix it.
    pub who: Who,
    /// How.
    pub fix: &'static str,
}

impl From<&Reason> for Advice {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code.as_str(),
            text: reason.detail.clone(),
            meaning: reason.code.meaning(),
            who: reason.code.who(),
            fix: reason.code.fix(),
        }
    }
}

/// What would be applied now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prospect {
    /// The operation.
    pub op: &'static str,
    /// Whether it may happen.
    pub state: crate::State,
    /// What changes.
    pub changed: Vec<String>,
    /// The account as it would be.
    pub account: Option<Profile>,
    /// When a held item goes on by itself.
    #[serde(with = "wire::maybe_instant")]
    pub until: Option<Timestamp>,
}

impl From<&Item> for Prospect {
    fn from(item: &Item) -> Self {
        Self {
            op: item.op.as_str(),
            state: item.state,
            changed: item.changed.clone(),
            account: item.account.clone(),
            until: item.until,
        }
    }
}

/// How the job of a tenant stands, as `GET …/sync` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SyncState {
    /// In one word.
    pub state: Activity,
    /// Subjects still to be planned or applied.
    pub pending: u64,
    /// Items that wait for a clock or somebody's yes.
    pub held: u64,
    /// Items that wait until something is fixed.
    pub blocked: u64,
    /// The number of the last applied change.
    pub seq: u64,
}

/// Whether the job has something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing is due now or within the settle window; clocks of held items do not count.
    Idle,
    /// Something is.
    Running,
    /// Everything is planned, and automatic sync is off.
    Paused,
}
