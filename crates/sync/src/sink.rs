//! The application's door: one required method.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use enroll_schema::Timestamp;
use enroll_store::TenantId;
use serde::{Deserialize, Serialize};

use crate::{AccessGroupId, Account, AccountId, Capabilities, Item, Profile};

/// Where accounts live: the application.
///
/// **A sink that upserts `item.account` by `item.app_ref`, ignores `item.op` and returns the
/// account's id is correct.** The account is always the whole of it, so a call that comes twice,
/// late, or after another one does no harm.
///
/// What the job counts on:
/// - [`Outcome::Applied`] for an account with `active: false` **means access has ended**: sessions,
///   API keys, running jobs.
/// - The same [`Item::key`] twice has the effect of one. Without an `app_ref`, remember
///   `item.subject`: a create whose answer was lost comes again.
/// - Calls for one account never overlap, and `item.revision` never goes down for it.
/// - What a person set by hand (permissions, visibilities, notification settings) is not in the
///   item: leave it (S-08, S-30).
/// - `None` in a profile means: leave the value you have.
/// - Whoever drives the job takes a call without an answer for 15 seconds as [`Outcome::Retry`], as
///   the `enroll` façade does.
///
/// ```
/// use std::{collections::BTreeMap, sync::Mutex};
/// use enroll_sync::{AccountId, AccountSink, Item, Outcome, Profile};
///
/// #[derive(Default)]
/// struct Users(Mutex<BTreeMap<AccountId, Profile>>);
///
/// impl AccountSink for Users {
///     async fn apply(&self, item: &Item) -> Outcome {
///         let Some(wanted) = &item.account else { return Outcome::Unchanged };
///         let own = || AccountId::new(format!("u_{}", item.subject.id));
///         let app_ref = item.app_ref.clone().unwrap_or_else(own);
///         let Ok(mut users) = self.0.lock() else { return Outcome::retry() };
///         users.insert(app_ref.clone(), wanted.clone());
///         Outcome::applied(app_ref)
///     }
/// }
/// ```
pub trait AccountSink: Send + Sync + 'static {
    /// Makes the account be what `item.account` says, and returns the application's id for it.
    fn apply(&self, item: &Item) -> impl Future<Output = Outcome> + Send;

    /// Makes, renames or archives the access group that `item.group` describes.
    ///
    /// Provided: the access group's id is the group's own id in the directory, for applications
    /// that keep none.
    fn apply_group(&self, item: &Item) -> impl Future<Output = GroupOutcome> + Send {
        let wish = item.group.as_ref().and_then(|wish| wish.group_ref.clone());
        let own = || AccessGroupId::new(item.subject.id.as_str());
        let group_ref = wish.unwrap_or_else(own);
        async move { GroupOutcome::Applied { group_ref } }
    }

    /// Lists accounts after `after`, in order of their ids; `None` says that it cannot.
    fn accounts(
        &self,
        tenant: &TenantId,
        after: Option<&AccountId>,
    ) -> impl Future<Output = Option<Vec<Account>>> + Send {
        let _ = (tenant, after);
        async { None }
    }

    /// Says which access groups there can be (S-35b). Provided: the job makes them.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

/// What became of a call about an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
#[non_exhaustive]
pub enum Outcome {
    /// It is as it shall be; for an inactive account: access has ended.
    Applied {
        /// The account.
        app_ref: AccountId,
        /// What it is now, if the application says.
        observed: Option<Box<Profile>>,
    },
    /// It was so already.
    Unchanged,
    /// A create whose address or login another account has.
    Exists {
        /// That account.
        app_ref: AccountId,
    },
    /// The application will not do it.
    Rejected {
        /// The application's own code.
        code: String,
        /// The application's own words.
        text: String,
    },
    /// The account is not what the job thought.
    Conflict {
        /// What it is.
        observed: Box<Profile>,
    },
    /// Not now; or nobody knows.
    Retry {
        /// Not before this, if the application says.
        #[serde(with = "crate::wire::maybe_instant")]
        after: Option<Timestamp>,
        /// What went wrong, in words for people; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
}

impl Outcome {
    /// Makes the plain success.
    pub fn applied(app_ref: AccountId) -> Self {
        Self::Applied {
            app_ref,
            observed: None,
        }
    }

    /// Makes "try again" at the job's own pace.
    pub fn retry() -> Self {
        Self::retry_because("")
    }

    /// Makes "try again" at the job's own pace, and says what went wrong: `explain` shows it.
    pub fn retry_because(text: impl Into<String>) -> Self {
        Self::Retry {
            after: None,
            text: text.into(),
        }
    }

    /// Makes a refusal.
    pub fn rejected(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Rejected {
            code: code.into(),
            text: text.into(),
        }
    }
}

/// What became of a call about an access group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
#[non_exhaustive]
pub enum GroupOutcome {
    /// It is as it shall be.
    Applied {
        /// The access group.
        group_ref: AccessGroupId,
    },
    /// The application will not do it.
    Rejected {
        /// The application's own code.
        code: String,
        /// The application's own words.
        text: String,
    },
    /// Not now; or nobody knows.
    Retry {
        /// Not before this, if the application says.
        #[serde(with = "crate::wire::maybe_instant")]
        after: Option<Timestamp>,
        /// What went wrong, in words for people; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
}

/// Some [`AccountSink`], chosen at run time.
#[derive(Clone)]
pub struct AnySink(Arc<dyn Erased>);

impl AnySink {
    /// Wraps a sink.
    pub fn new(sink: impl AccountSink) -> Self {
        Self(Arc::new(sink))
    }
}

impl fmt::Debug for AnySink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnySink")
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

trait Erased: Send + Sync {
    fn apply<'a>(&'a self, item: &'a Item) -> Boxed<'a, Outcome>;
    fn apply_group<'a>(&'a self, item: &'a Item) -> Boxed<'a, GroupOutcome>;
    fn accounts<'a>(
        &'a self,
        tenant: &'a TenantId,
        after: Option<&'a AccountId>,
    ) -> Boxed<'a, Option<Vec<Account>>>;
    fn capabilities(&self) -> Capabilities;
}

impl<S: AccountSink> Erased for S {
    fn apply<'a>(&'a self, item: &'a Item) -> Boxed<'a, Outcome> {
        Box::pin(AccountSink::apply(self, item))
    }

    fn apply_group<'a>(&'a self, item: &'a Item) -> Boxed<'a, GroupOutcome> {
        Box::pin(AccountSink::apply_group(self, item))
    }

    fn accounts<'a>(
        &'a self,
        tenant: &'a TenantId,
        after: Option<&'a AccountId>,
    ) -> Boxed<'a, Option<Vec<Account>>> {
        Box::pin(AccountSink::accounts(self, tenant, after))
    }

    fn capabilities(&self) -> Capabilities {
        AccountSink::capabilities(self)
    }
}

#[deny(clippy::missing_trait_methods)]
impl AccountSink for AnySink {
    async fn apply(&self, item: &Item) -> Outcome {
        self.0.apply(item).await
    }

    async fn apply_group(&self, item: &Item) -> GroupOutcome {
        self.0.apply_group(item).await
    }

    async fn accounts(&self, tenant: &TenantId, after: Option<&AccountId>) -> Option<Vec<Account>> {
        self.0.accounts(tenant, after).await
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
}
