//! Stored plans: made, looked at, and decided on exactly as they were reviewed (sync §3, E-19).

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};
use serde::Serialize;

use super::Desk;
use crate::{
    Accounts, Activity, Approval, Code, Item, Known, Ledger, OpenFilter, PLAN_ITEMS_MAX,
    PLANNER_VERSION, Planned, Rule, Say, State, StoredPlan, Subject, SyncError, Verdict,
};

/// Which items of a plan, or of what stands open, to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter<'a> {
    /// Only those that do this, as [`crate::Op::as_str`] spells it.
    pub op: Option<&'a str>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those with this reason.
    pub code: Option<&'a str>,
}

impl ItemFilter<'_> {
    /// Tells whether an item is one of those.
    pub fn wants(&self, item: &Item) -> bool {
        let has = |code: &str| {
            item.reasons
                .iter()
                .any(|reason| reason.code.as_str() == code)
        };
        self.op.is_none_or(|op| item.op.as_str() == op)
            && self.state.is_none_or(|state| item.state == state)
            && self.code.is_none_or(has)
    }
}

/// What became of a reviewed item since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It stands as it was reviewed.
    Stands,
    /// Somebody said yes to it, and it is about to be applied.
    Approved,
    /// Somebody said no to it.
    Declined,
    /// It was applied.
    Applied,
    /// It is another one now, or none, or something else holds it: review it again.
    Changed,
}

impl Fate {
    /// Says what became of `item`, which somebody reviewed, by what is known of its subject now.
    pub fn of(item: &Item, known: &Known) -> Self {
        let verdict = known.ruling.verdict.as_ref();
        let Some(last) = &known.decision else {
            return Self::Changed;
        };
        let is_done = |verdict| matches!(verdict, Verdict::Applied | Verdict::Unchanged);
        let recorded = last.recorded.as_ref().filter(|call| call.key == item.key);
        if recorded.is_some_and(|call| is_done(call.outcome)) {
            return Self::Applied;
        }
        if last.item.key != item.key {
            return Self::Changed;
        }
        if let Some(said) = verdict.filter(|said| said.key == item.key) {
            return if said.approved {
                Self::Approved
            } else {
                Self::Declined
            };
        }
        let stops = |item: &Item| item.stopping().collect::<Vec<Code>>();
        let same = last.item.state == item.state && stops(&last.item) == stops(item);
        if same && OpenFilter::ALL.wants(last) {
            Self::Stands
        } else {
            Self::Changed
        }
    }
}

/// Which items of a plan somebody decides on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that are ready: applying the plan.
    Ready,
    /// Those that are ready and those that are held.
    All,
    /// Those that are held by this reason.
    HeldBy(String),
    /// Those of these subjects.
    Of(Vec<Subject>),
}

impl Which {
    fn wants(&self, item: &Item) -> bool {
        let held = item.state == State::Held;
        match self {
            Self::Ready => item.is_ready(),
            Self::All => item.is_ready() || held,
            Self::HeldBy(code) => held && item.stopping().any(|stop| stop.as_str() == code),
            Self::Of(subjects) => (item.is_ready() || held) && subjects.contains(&item.subject),
        }
    }
}

/// What a yes or no to a plan came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The plan.
    pub plan: u64,
    /// Items that somebody said yes or no to now.
    pub decided: u64,
    /// Items that were applied, or decided on, before.
    pub already: u64,
    /// Items that are not what was reviewed any more, and were left alone.
    pub changed: Vec<ChangedSince>,
    /// Items that were not chosen and still wait for somebody's yes.
    pub held: u64,
    /// Items that wait until something is fixed.
    pub blocked: u64,
}

/// An item that changed since it was reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedSince {
    /// Its place in the plan.
    pub place: u64,
    /// Whose.
    pub subject: String,
    /// The userName, or the group's name.
    pub name: String,
}

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Stores everything that stands open as a plan: nothing is changed by it.
    ///
    /// The job keeps every decision fresh, so a plan is a snapshot; `pending` says that news is on
    /// its way that is not in it.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn make_plan(
        &self,
        tenant: &TenantId,
        by: &str,
        now: Timestamp,
    ) -> Result<StoredPlan, SyncError> {
        let pending = self.state(tenant).await?.state == Activity::Running;
        let context = self.ledger.context(tenant).await?;
        let mut plan = StoredPlan {
            at: now,
            by: by.to_owned(),
            version: context.version,
            planner: PLANNER_VERSION.to_owned(),
            pending,
            ..StoredPlan::default()
        };
        for integration in &context.integrations {
            let read = self.ledger.bookmark(tenant, &integration.id).await?;
            plan.base.insert(integration.id.clone(), read);
        }
        plan.id = self.ledger.put_plan(tenant, plan.clone()).await?;
        let mut after = None;
        loop {
            let page = self
                .ledger
                .open_decisions(tenant, OpenFilter::ALL, after, PAGE)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.item.subject.clone());
            let mut items = Vec::new();
            for decision in page {
                plan.more = plan.counts.items >= PLAN_ITEMS_MAX;
                if plan.more {
                    break;
                }
                plan.counts.add(&decision.item);
                items.push(Planned::of(plan.counts.items, decision));
            }
            self.ledger.add_planned(tenant, plan.id, items).await?;
            if plan.more {
                break;
            }
        }
        let moved = self.ledger.context(tenant).await?;
        plan.pending |= (moved.version, moved.seq) != (context.version, context.seq);
        plan.complete = true;
        self.ledger.put_plan(tenant, plan.clone()).await?;
        Ok(plan)
    }

    /// Reads a stored plan without its items.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn stored_plan(
        &self,
        tenant: &TenantId,
        plan: u64,
    ) -> Result<Option<StoredPlan>, SyncError> {
        let before = plan.saturating_add(1);
        let found = self.ledger.stored_plans(tenant, Some(before), 1).await?;
        Ok(found.into_iter().find(|found| found.id == plan))
    }

    /// Lists items of a plan with what became of them since: at most `most`, after place `after`.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn planned(
        &self,
        tenant: &TenantId,
        plan: u64,
        filter: ItemFilter<'_>,
        (after, most): (u64, usize),
    ) -> Result<Vec<(Planned, Fate)>, SyncError> {
        let (mut found, mut after) = (Vec::new(), after);
        while found.len() < most {
            let page = self.ledger.planned(tenant, plan, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.place;
            let left = most - found.len();
            let wanted = page.into_iter().filter(|one| filter.wants(&one.item));
            found.extend(wanted.take(left));
        }
        let known = self.known_of(tenant, &found).await?;
        let fate = |(one, known): (Planned, Known)| {
            let fate = Fate::of(&one.item, &known);
            (one, fate)
        };
        Ok(found.into_iter().zip(known).map(fate).collect())
    }

    /// Says yes or no to items of a plan, exactly as they were reviewed; their subjects are planned
    /// again, and what somebody said yes to is applied.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn decide_plan(
        &self,
        tenant: &TenantId,
        plan: u64,
        which: &Which,
        (say, now): (&Say, Timestamp),
    ) -> Result<Decided, SyncError> {
        let mut decided = Decided {
            plan,
            ..Decided::default()
        };
        let mut after = 0;
        loop {
            let page = self.ledger.planned(tenant, plan, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(decided);
            };
            after = last.place;
            let known = self.known_of(tenant, &page).await?;
            let mut rules = Vec::new();
            for (one, known) in page.into_iter().zip(known) {
                let fate = Fate::of(&one.item, &known);
                if decided.takes(&one, fate, which, say) {
                    let rule = Rule::Decide(Approval {
                        key: one.item.key,
                        approved: say.approved,
                        by: say.by.clone(),
                        reason: say.reason.clone(),
                        at: now,
                    });
                    rules.push((one.item.subject, rule));
                }
            }
            self.ledger.rule(tenant, rules, now).await?;
        }
    }

    /// Counts ready items that wait for automatic sync and that nobody said yes to (E-20).
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn unseen(&self, tenant: &TenantId) -> Result<u64, SyncError> {
        let waiting = OpenFilter {
            waiting: true,
            held: false,
            blocked: false,
        };
        let (mut count, mut after) = (0, None);
        loop {
            let page = self
                .ledger
                .open_decisions(tenant, waiting, after, PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(count);
            };
            after = Some(last.item.subject.clone());
            let subjects = page.iter().map(|last| last.item.subject.clone()).collect();
            let known = self.ledger.known(tenant, subjects).await?;
            let is_seen = |(last, known): &(&crate::Decision, &Known)| {
                let verdict = known.ruling.verdict.as_ref();
                verdict.is_some_and(|said| said.approved && said.key == last.item.key)
            };
            let unseen = page.iter().zip(&known).filter(|pair| !is_seen(pair));
            count += u64::try_from(unseen.count()).unwrap_or(u64::MAX);
        }
    }

    async fn known_of(
        &self,
        tenant: &TenantId,
        items: &[Planned],
    ) -> Result<Vec<Known>, SyncError> {
        let subjects = items.iter().map(|one| one.item.subject.clone()).collect();
        Ok(self.ledger.known(tenant, subjects).await?)
    }
}

impl Decided {
    /// Counts an item, and tells whether it is decided on now.
    fn takes(&mut self, one: &Planned, fate: Fate, which: &Which, say: &Say) -> bool {
        let wanted = which.wants(&one.item);
        match fate {
            // Somebody may come back on what was said and not done yet.
            Fate::Stands | Fate::Approved | Fate::Declined if wanted => {
                let fresh = match fate {
                    Fate::Approved => !say.approved,
                    Fate::Declined => say.approved,
                    _ => true,
                };
                self.decided += u64::from(fresh);
                self.already += u64::from(!fresh);
                fresh
            }
            Fate::Applied if wanted => {
                self.already += 1;
                false
            }
            Fate::Changed if wanted => {
                self.changed.push(ChangedSince {
                    place: one.place,
                    subject: one.item.subject.to_string(),
                    name: one.item.name.clone(),
                });
                false
            }
            Fate::Stands | Fate::Declined => {
                self.held += u64::from(one.item.state == State::Held);
                self.blocked += u64::from(one.item.state == State::Blocked);
                false
            }
            _ => false,
        }
    }
}

/// Rows read at once.
const PAGE: u32 = 500;
