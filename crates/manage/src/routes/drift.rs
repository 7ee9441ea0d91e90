//! Values that somebody changed in the application (E-12), and which person has which account
//! (E-16).

use enroll_store::{Directories, TenantId};
use enroll_sync::{
    AccountId, Accounts, Deed, Drift, DriftVerb, Item, Ledger, Link, Reason, Say, Subject,
};
use enroll_tenants::Tenants;
use serde::Serialize;

use super::reports::account_id;
use crate::{
    Manage, Problem,
    answer::{Answer, Page, ok},
    asked::Asked,
    cursor::List,
};

/// One value that drifted.
#[derive(Serialize)]
struct Shown {
    id: String,
    #[serde(flatten)]
    drift: Drift,
}

impl From<Drift> for Shown {
    fn from(drift: Drift) -> Self {
        Self {
            id: format!("{}@{}", drift.field, drift.account),
            drift,
        }
    }
}

/// One proposed link.
#[derive(Serialize)]
struct Proposed {
    /// The key of the item, for a yes or no to this very one.
    key: String,
    person: Subject,
    user_name: String,
    account: Option<AccountId>,
    reason: Option<Reason>,
}

impl From<Item> for Proposed {
    fn from(item: Item) -> Self {
        Self {
            key: item.key,
            person: item.subject,
            user_name: item.name,
            account: item.app_ref,
            reason: item.reasons.into_iter().next(),
        }
    }
}

/// What became of a list of links.
#[derive(Serialize)]
struct Approved {
    approved: usize,
    /// Administrators' and protected accounts wait for a yes of their own.
    one_by_one: Vec<Subject>,
}

/// Who has which account now.
#[derive(Serialize)]
struct Tied {
    person: Subject,
    account: Option<AccountId>,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_drift(self, asked: Asked) -> Answer {
        let (tenant, limit) = (self.tenant_of(&asked).await?, asked.limit()?);
        let after = asked.after(List::Drift)?;
        let after = after.and_then(|key| serde_json::from_str(&key).ok());
        let mut found = self.desk().drift(&tenant.id, after, limit).await?;
        // A page ends with a whole person.
        let last = found
            .get(limit.saturating_sub(1))
            .map(|one| one.subject.clone());
        let end = last.and_then(|last| {
            let end = found.iter().rposition(|one| one.subject == last)? + 1;
            let key = serde_json::to_string(&last).ok()?;
            Some((end, List::Drift.after(&key)))
        });
        let next = end.map(|(end, next)| {
            found.truncate(end);
            next
        });
        ok(&Page::open(found, next).map(Shown::from))
    }

    pub(crate) async fn adopt_drift(self, asked: Asked) -> Answer {
        self.rule_drift(asked, DriftVerb::Adopt, "drift.adopt")
            .await
    }

    pub(crate) async fn revert_drift(self, asked: Asked) -> Answer {
        self.rule_drift(asked, DriftVerb::Revert, "drift.revert")
            .await
    }

    pub(crate) async fn ignore_drift(self, asked: Asked) -> Answer {
        self.rule_drift(asked, DriftVerb::Ignore, "drift.ignore")
            .await
    }

    async fn rule_drift(self, asked: Asked, verb: DriftVerb, action: &str) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let id = asked.named("d").to_owned();
        let actor = asked.caller()?.name.clone();
        let mut fields = asked.fields()?;
        let by = fields.name("by")?.unwrap_or_else(|| actor.clone());
        let reason = fields.text("reason")?.unwrap_or_default();
        let (field, account) = id.split_once('@').unwrap_or_default();
        let (desk, now, account) = (self.desk(), self.now(), AccountId::new(account));
        let done = desk.rule_drift(&tenant.id, &account, field, verb, &by, now);
        let drift = done.await?;
        self.deed(&tenant.id, (&actor, &by, &reason), action, &id)
            .await?;
        self.wake();
        ok(&Shown::from(drift))
    }

    pub(crate) async fn list_links(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let all = self.desk().proposed_links(&tenant.id).await?;
        ok(&Page::whole(all.into_iter().map(Proposed::from).collect()))
    }

    pub(crate) async fn approve_links(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let actor = asked.caller()?.name.clone();
        let mut fields = asked.fields()?;
        let say = Say {
            approved: true,
            by: fields.name("by")?.unwrap_or_else(|| actor.clone()),
            reason: fields.text("reason")?.unwrap_or_default(),
        };
        let done = self
            .desk()
            .approve_links(&tenant.id, &say, self.now())
            .await?;
        let target = format!("{} links", done.approved.len());
        let words = (actor.as_str(), say.by.as_str(), say.reason.as_str());
        self.deed(&tenant.id, words, "links.approve", &target)
            .await?;
        self.wake();
        ok(&Approved {
            approved: done.approved.len(),
            one_by_one: done.one_by_one,
        })
    }

    pub(crate) async fn link_person(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let (who, actor) = (asked.named("p").to_owned(), asked.caller()?.name.clone());
        let mut fields = asked.fields()?;
        let account = fields.text("account")?.unwrap_or_default();
        let link = Link {
            app_ref: account_id(&account, "account")?,
            by: fields.name("by")?.unwrap_or_else(|| actor.clone()),
            reason: fields.text("reason")?.unwrap_or_default(),
            at: self.now(),
        };
        let words = (actor.as_str(), &*link.by.clone(), &*link.reason.clone());
        let (desk, now, app_ref) = (self.desk(), self.now(), link.app_ref.clone());
        let person = desk.tie(&tenant.id, &who, link, now).await?;
        let target = format!("{person} {app_ref}");
        self.deed(&tenant.id, words, "person.link", &target).await?;
        self.wake();
        let account = Some(app_ref);
        ok(&Tied { person, account })
    }

    pub(crate) async fn unlink_person(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let (who, actor) = (asked.named("p").to_owned(), asked.caller()?.name.clone());
        let mut fields = asked.fields()?;
        let by = fields.name("by")?.unwrap_or_else(|| actor.clone());
        let reason = fields.text("reason")?.unwrap_or_default();
        let person = self.desk().untie(&tenant.id, &who, self.now()).await?;
        let words = (actor.as_str(), by.as_str(), reason.as_str());
        self.deed(&tenant.id, words, "person.unlink", &person.to_string())
            .await?;
        self.wake();
        let account = None;
        ok(&Tied { person, account })
    }

    /// Writes down who did what: the key, the name given, the reason.
    async fn deed(
        &self,
        tenant: &TenantId,
        (actor, by, reason): (&str, &str, &str),
        action: &str,
        target: &str,
    ) -> Result<(), Problem> {
        let deed = Deed {
            id: 0,
            at: self.now(),
            tenant: tenant.clone(),
            actor: actor.to_owned(),
            by: by.to_owned(),
            action: action.to_owned(),
            target: target.to_owned(),
            reason: reason.to_owned(),
        };
        Ok(self.ledger().record(deed).await?)
    }
}
