//! Who lost what, and why; and giving it back (sync §8b).

use std::collections::{BTreeMap, BTreeSet};

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{Directories, RequestId, TenantId};
use serde::Serialize;

use super::Desk;
use crate::{
    AccessGroupId, Accounts, Class, Code, Decision, Exception, Happened, Item, Ledger, OpenFilter,
    Rule, Say, State, Subject, SyncError, name_key, wire,
};

/// What happened to people's access between two instants, by cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// From here on.
    #[serde(with = "wire::instant")]
    pub from: Timestamp,
    /// Before this.
    #[serde(with = "wire::instant")]
    pub to: Timestamp,
    /// The causes, those with the most people first.
    pub causes: Vec<CauseImpact>,
    /// Whether there was more than is counted: the first [`IMPACT_MAX`] changes are.
    pub more: bool,
}

/// One cause, and whom it touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CauseImpact {
    /// What to call it when giving back: a request that touched several people, or else the reason
    /// that leads, for instance `IDP_INACTIVE`.
    pub id: String,
    /// The request, if one did it.
    pub request: Option<RequestId>,
    /// The reason that leads.
    pub code: &'static str,
    /// What that means.
    pub meaning: &'static str,
    /// When it began.
    #[serde(with = "wire::instant")]
    pub first_at: Timestamp,
    /// When it ended.
    #[serde(with = "wire::instant")]
    pub last_at: Timestamp,
    /// Whom it touched, in order.
    pub people: Vec<Affected>,
}

/// What one cause did to one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Affected {
    /// The person.
    pub subject: Subject,
    /// The userName.
    pub name: String,
    /// The address.
    pub email: Option<String>,
    /// What it did.
    pub effect: Touch,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// The number of the change; none for what did not happen.
    pub seq: Option<u64>,
    /// The access groups before.
    pub before: Vec<AccessGroupId>,
    /// The access groups after.
    pub after: Vec<AccessGroupId>,
    /// The group of the provider that granted the access.
    #[serde(skip)]
    via: Option<ResourceId>,
    /// The provider itself said that the person is not active, or gone.
    #[serde(skip)]
    left: bool,
}

/// What a cause did to somebody's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touch {
    /// Access ended, or became less.
    Lost,
    /// Access began.
    Gained,
    /// Access changed from one access group to another.
    Moved,
    /// Access would have changed, and waits for a clock or somebody's yes.
    Held,
    /// Access would have changed, and waits until something is fixed.
    Blocked,
}

/// What became of giving back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GivenBack {
    /// Who gets access back.
    pub kept: Vec<Affected>,
    /// Who does not, and why.
    pub left_out: Vec<(Affected, LeftOut)>,
}

/// Why somebody's access is not given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// The provider said that the person is not active: name the person to give it back.
    Left,
    /// The account is active again.
    Active,
    /// It is not known which access group it was.
    Unknown,
}

/// Most changes that one look counts.
pub const IMPACT_MAX: usize = 100_000;

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Says who lost, gained or changed access from `from` until before `to`, by cause; and, among
    /// those of that time, who would have and is held or blocked.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn impact(
        &self,
        tenant: &TenantId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Impact, SyncError> {
        let mut touched = Vec::new();
        let mut after = self.before(tenant, from).await?;
        let mut more = false;
        loop {
            let page = self.ledger.happened(tenant, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let done = page.iter().any(|happened| happened.at >= to);
            let within = page.iter().filter(|happened| happened.at < to);
            touched.extend(within.filter_map(happened));
            more = touched.len() > IMPACT_MAX;
            if done || more {
                break;
            }
        }
        touched.truncate(IMPACT_MAX);
        for last in self.all_open(tenant).await? {
            let within = last.at >= from && last.at < to;
            touched.extend(stopped(&last).filter(|_| within));
        }
        let causes = by_cause(touched);
        Ok(Impact {
            from,
            to,
            causes,
            more,
        })
    }

    /// Returns the number of the last change before an instant; instants never go back.
    pub(super) async fn before(&self, tenant: &TenantId, at: Timestamp) -> Result<u64, SyncError> {
        let (mut low, mut high) = (0, self.ledger.context(tenant).await?.seq);
        while low < high {
            let middle = low + (high - low) / 2;
            let found = self.ledger.happened(tenant, middle, 1).await?;
            match found.first() {
                Some(happened) if happened.at < at => low = happened.seq,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    async fn all_open(&self, tenant: &TenantId) -> Result<Vec<Decision>, SyncError> {
        let filter = OpenFilter {
            waiting: false,
            held: true,
            blocked: true,
        };
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self
                .ledger
                .open_decisions(tenant, filter, after, PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = Some(last.item.subject.clone());
            all.extend(page);
        }
    }

    /// Gives back what one cause took, until `until`: an exception for each person, which outranks
    /// the directory until it runs out or the directory agrees. The directory is not touched.
    ///
    /// Who was set inactive or deleted by the provider is left out unless `named`, by userName or
    /// address.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn give_back(
        &self,
        tenant: &TenantId,
        cause: &CauseImpact,
        named: &BTreeSet<String>,
        until: Timestamp,
        (say, now): (&Say, Timestamp),
    ) -> Result<GivenBack, SyncError> {
        let lost = cause.people.iter().filter(|one| one.effect == Touch::Lost);
        let lost: Vec<_> = lost.cloned().collect();
        let subjects = lost.iter().map(|one| one.subject.clone()).collect();
        let known = self.ledger.known(tenant, subjects).await?;
        let named: BTreeSet<String> = named.iter().map(|name| name_key(name)).collect();
        let mut back = GivenBack {
            kept: Vec::new(),
            left_out: Vec::new(),
        };
        let mut rules = Vec::new();
        for (one, known) in lost.into_iter().zip(known) {
            let names = [Some(&one.name), one.email.as_ref()];
            let is_named = names
                .into_iter()
                .flatten()
                .any(|name| named.contains(&name_key(name)));
            let is_active = known.shadow.is_some_and(|shadow| shadow.base.active);
            let was = one.before.first().cloned().zip(one.via.clone());
            match was {
                _ if is_active => back.left_out.push((one, LeftOut::Active)),
                _ if one.left && !is_named => back.left_out.push((one, LeftOut::Left)),
                None => back.left_out.push((one, LeftOut::Unknown)),
                Some((access_group, via)) => {
                    let exception = Exception {
                        access_group,
                        via,
                        until,
                        by: say.by.clone(),
                        reason: say.reason.clone(),
                    };
                    rules.push((one.subject.clone(), Rule::Keep(exception)));
                    back.kept.push(one);
                }
            }
        }
        self.ledger.rule(tenant, rules, now).await?;
        Ok(back)
    }
}

/// Rows read at once.
const PAGE: u32 = 1_000;

/// What a change that was applied did to somebody's access, and by what.
fn happened(happened: &Happened) -> Option<(Source, Affected)> {
    let item = &happened.item;
    let moved =
        !item.groups_before().is_empty() && item.changed.iter().any(|n| n == "access_groups");
    let became = |value| item.to.get("active").and_then(serde_json::Value::as_bool) == Some(value);
    let effect = if item.takes_access() {
        Touch::Lost
    } else if became(true) {
        Touch::Gained
    } else if moved {
        Touch::Moved
    } else {
        return None;
    };
    Some(affected(item, effect, happened.at, Some(happened.seq)))
}

/// What somebody's open decision keeps from happening.
fn stopped(last: &Decision) -> impl Iterator<Item = (Source, Affected)> {
    let item = &last.item;
    let effect = match item.state {
        State::Held => Touch::Held,
        State::Blocked | State::Ready => Touch::Blocked,
    };
    let is_person = item.account.is_some();
    is_person
        .then(|| affected(item, effect, last.at, None))
        .into_iter()
}

/// The request behind a change, if any, and the reason that leads.
type Source = (Option<RequestId>, Code);

fn affected(item: &Item, effect: Touch, at: Timestamp, seq: Option<u64>) -> (Source, Affected) {
    let waits = matches!(effect, Touch::Held | Touch::Blocked);
    let leads = |class: Class| match class {
        Class::Held | Class::Blocked => waits,
        Class::Cause => !waits,
        _ => false,
    };
    let leading = item
        .reasons
        .iter()
        .map(|reason| reason.code)
        .find(|code| leads(code.class()));
    let code = leading.unwrap_or(Code::Unchanged);
    let request = item.cause.last().filter(|_| !waits).cloned();
    let one = Affected {
        subject: item.subject.clone(),
        name: item.name.clone(),
        email: item
            .account
            .as_ref()
            .and_then(|account| account.email.clone()),
        effect,
        at,
        seq,
        before: item.groups_before(),
        after: item.groups_after(),
        via: item.via.clone(),
        left: item.has(Code::IdpInactive) || item.has(Code::IdpDeleted),
    };
    ((request, code), one)
}

/// Groups by request where one touched several people, else by the reason that leads.
fn by_cause(touched: Vec<(Source, Affected)>) -> Vec<CauseImpact> {
    let mut sizes: BTreeMap<RequestId, usize> = BTreeMap::new();
    for ((request, _), _) in &touched {
        if let Some(request) = request {
            *sizes.entry(request.clone()).or_default() += 1;
        }
    }
    let mut causes: BTreeMap<String, CauseImpact> = BTreeMap::new();
    for ((request, code), one) in touched {
        let request = request.filter(|request| sizes.get(request).is_some_and(|size| *size > 1));
        let id = request
            .as_ref()
            .map_or_else(|| code.to_string(), ToString::to_string);
        let cause = causes.entry(id.clone()).or_insert_with(|| CauseImpact {
            id,
            request,
            code: code.as_str(),
            meaning: code.meaning(),
            first_at: one.at,
            last_at: one.at,
            people: Vec::new(),
        });
        cause.first_at = cause.first_at.min(one.at);
        cause.last_at = cause.last_at.max(one.at);
        cause.people.push(one);
    }
    let mut causes: Vec<_> = causes.into_values().collect();
    causes.sort_by(|a, b| {
        b.people
            .len()
            .cmp(&a.people.len())
            .then_with(|| a.id.cmp(&b.id))
    });
    causes
}
