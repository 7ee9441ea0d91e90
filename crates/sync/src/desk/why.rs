//! "Why does this person have no account?", answered from what would be decided now.

use enroll_filter::Filter;
use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{Directories, Lane, Query, Store, Target, TenantId, Want, Window};

use super::Desk;
use crate::{
    Access, Account, Accounts, Advice, Class, Code, Decision, Due, Explanation, Granted, Identity,
    Item, Known, Ledger, Op, Person, Prospect, Reason, Said, SaidGroup, Shadow, State, Status,
    Subject, SubjectKind, SyncError, Why, desired, job::Thought, mute,
};

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Says why somebody has, or has not, an account; `who` is a resource id, an address, a
    /// userName or an externalId.
    ///
    /// The directory is read as it is now, so that the answer holds even while news is on its way;
    /// nothing is changed.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn explain(
        &self,
        tenant: &TenantId,
        who: &str,
        now: Timestamp,
    ) -> Result<Option<Explanation>, SyncError> {
        let Some(subject) = self.locate(tenant, who.trim()).await? else {
            return Ok(None);
        };
        let due = Due {
            subject: subject.clone(),
            lane: Lane::Settle,
            why: Why::Change,
            first_at: now,
            not_before: now,
            stamp: 0,
            cause: Vec::new(),
        };
        let thought = self.think(tenant, &[due], now).await?;
        let news = self.has_news(tenant, &subject.integration).await?;
        Ok(explanation(&thought, &subject, news))
    }

    /// Finds a person: in the ledger, then in the directories; those who are there before those who
    /// are gone.
    pub(super) async fn locate(
        &self,
        tenant: &TenantId,
        who: &str,
    ) -> Result<Option<Subject>, SyncError> {
        let found = self.ledger.find(tenant, who).await?;
        let known = self.ledger.known(tenant, found).await?;
        let is_gone = |known: &&Known| {
            known
                .person
                .as_ref()
                .is_some_and(|person| person.gone_at.is_some())
        };
        let best = known
            .iter()
            .min_by_key(|known| (is_gone(known), &known.subject));
        if let Some(best) = best.filter(|best| !is_gone(best)) {
            return Ok(Some(best.subject.clone()));
        }
        let fresh = self.locate_fresh(tenant, who).await?;
        Ok(fresh.or_else(|| best.map(|best| best.subject.clone())))
    }

    /// Finds a person whom the job has not read yet.
    async fn locate_fresh(
        &self,
        tenant: &TenantId,
        who: &str,
    ) -> Result<Option<Subject>, SyncError> {
        let text = serde_json::Value::from(who).to_string();
        let filter =
            format!("userName eq {text} or emails.value eq {text} or externalId eq {text}");
        let filter = filter.parse::<Filter>().ok();
        let filter = filter.and_then(|filter| filter.bind(&self.kinds.user).ok());
        for integration in self.ledger.context(tenant).await?.integrations {
            let store = self.directories.open(&integration.id).await?;
            if let Ok(id) = ResourceId::new(who) {
                let target = Target {
                    kind: self.kinds.user.clone(),
                    id: id.clone(),
                };
                if store.get(target, Want::Omit).await?.is_some() {
                    return Ok(Some(Subject::person(&integration.id, &id)));
                }
            }
            let Some(filter) = &filter else { continue };
            let query = Query {
                branches: vec![(self.kinds.user.clone(), Some(filter.clone()))],
                sort: None,
                window: Window::Index(1),
                count: 1,
                want: Want::Omit,
                total: false,
            };
            if let Some(record) = store.find(query).await?.records.first() {
                return Ok(Some(Subject::person(&integration.id, &record.id)));
            }
        }
        Ok(None)
    }
}

fn explanation(thought: &Thought, subject: &Subject, news: bool) -> Option<Explanation> {
    debug_assert_eq!(
        subject.kind,
        SubjectKind::Person,
        "only people are explained"
    );
    let person = thought.people.get(subject)?;
    let item = thought.plan.of(subject)?;
    let known = thought.known.get(subject)?;
    let wanted = desired(std::slice::from_ref(person), &[], &thought.context);
    let access = wanted.people.first().map(|wanted| &wanted.access)?;
    let last = known.decision.as_ref();
    // A clock is no news: it is in `next`.
    let waits = |due: &Due| due.why != Why::Clock;
    let pending = news || known.due.as_ref().is_some_and(waits);
    Some(Explanation {
        status: status(item, known.shadow.as_ref()),
        entitled: matches!(access, Access::Granted(_)),
        access_group: granted(thought, access),
        reasons: advice(item, last, thought.context.policy.auto_sync),
        person: Identity {
            integration: person.integration.clone(),
            id: person.id.clone(),
            external_id: person.external_id.clone(),
            user_name: person.user_name.clone(),
        },
        idp: said(thought, person),
        account: known.shadow.as_ref().map(|shadow| Account {
            app_ref: shadow.app_ref.clone(),
            profile: shadow.now().clone(),
        }),
        next: Prospect::from(item),
        last_outcome: last.and_then(|last| last.recorded.clone()),
        request: last.and_then(|last| last.item.cause.last().cloned()),
        pending,
    })
}

/// Lists every reason, and what keeps the change back before what it comes from.
fn advice(item: &Item, last: Option<&Decision>, is_auto: bool) -> Vec<Advice> {
    let waits = item.has(Code::GroupNotReady) || (item.is_ready() && item.op.is_sent());
    let off =
        (waits && !is_auto && !mute::is_out(Code::SyncOff)).then(|| Reason::plain(Code::SyncOff));
    let tried = last.and_then(|last| still_tried(last, item));
    let mut all: Vec<&Reason> = off.iter().chain(&item.reasons).chain(tried).collect();
    let keeps_back = |reason: &&Reason| {
        reason.code == Code::SyncOff || matches!(reason.code.class(), Class::Held | Class::Blocked)
    };
    all.sort_by_key(|reason| !keeps_back(reason));
    all.into_iter().map(Advice::from).collect()
}

/// Returns the reason of a call that is being repeated, if it is the one that would be made now.
fn still_tried<'a>(last: &'a Decision, item: &Item) -> Option<&'a Reason> {
    let same = last
        .recorded
        .as_ref()
        .is_some_and(|recorded| recorded.key == item.key);
    let tried = |reason: &&Reason| same && reason.code == Code::SinkRetry;
    last.item.reasons.iter().find(tried)
}

fn status(item: &Item, shadow: Option<&Shadow>) -> Status {
    match (item.state, item.op, shadow) {
        (State::Blocked, _, _) => Status::Blocked,
        (State::Held, _, _) => Status::Held,
        (State::Ready, Op::Nothing, None) => Status::NotProvisioned,
        (State::Ready, Op::Nothing | Op::Release, Some(shadow)) if !shadow.managed => {
            Status::Unmanaged
        }
        (State::Ready, Op::Nothing, Some(shadow)) if shadow.now().active => Status::Provisioned,
        (State::Ready, Op::Nothing, Some(_)) => Status::Deactivated,
        (State::Ready, _, _) => Status::Pending,
    }
}

fn granted(thought: &Thought, access: &Access) -> Option<Granted> {
    let Access::Granted(grant) = access else {
        return None;
    };
    let groups = &thought.context.access_groups;
    let group = grant.access_group.as_ref();
    let known = group.and_then(|id| groups.iter().find(|group| group.group_ref == *id));
    Some(Granted {
        group_ref: group.cloned(),
        name: known.map_or_else(|| grant.name.clone(), |known| known.name.clone()),
        via: grant.via.clone(),
    })
}

fn said(thought: &Thought, person: &Person) -> Said {
    let context = &thought.context;
    let group = |id: &ResourceId| {
        let subject = Subject::group(&person.integration, id);
        let source = context
            .groups
            .iter()
            .find(|group| group.subject() == subject);
        let selection = context
            .selections
            .iter()
            .find(|s| s.integration == person.integration && s.group == *id);
        let bound = context
            .bindings
            .iter()
            .find(|binding| binding.subject == subject);
        let chosen = selection.and_then(|selection| selection.access_group.clone());
        SaidGroup {
            id: id.clone(),
            name: source.map_or_else(|| id.to_string(), |source| source.display_name.clone()),
            selected: selection.is_some(),
            access_group: selection
                .and_then(|_| chosen.or_else(|| bound.map(|binding| binding.group_ref.clone()))),
        }
    };
    Said {
        active: person.active,
        deleted_at: person.gone_at,
        groups: person.groups.iter().map(group).collect(),
    }
}
