//! The job: reads feeds, plans who is due, applies, writes down. It has no clock and no runtime.

mod deliver;
mod intake;
mod steps;
mod think;
mod together;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use enroll_schema::{Schemas, Timestamp};
use enroll_store::{Directories, DirectoryId, Lane, TenantId};

pub use deliver::{BuiltIn, Deliver, Delivery, Outside};
pub(crate) use think::{Thought, rank, source};

use crate::{
    AccessGroup, Account, Accounts, Answer, Claim, Context, Desk, Due, Event, Fence, GroupOutcome,
    Integration, Item, Ledger, LedgerError, Next, Observer, Outcome, Settled, Stage, Step, Subject,
    SubjectKind, SyncError,
};
use steps::Mode;
use together::together;

/// The job of every tenant of one database.
///
/// Whoever drives it calls [`Job::turn`] at the instant the last turn named, and sooner after
/// [`Job::stir`] and after a change at the desk. Turns do not overlap.
pub struct Job<D, L, S> {
    desk: Desk<D, L>,
    deliver: S,
    observer: Option<Arc<dyn Observer>>,
    stirred: Mutex<Stirred>,
    leases: Mutex<BTreeMap<TenantId, Fence>>,
    /// When each tenant is compared as a whole the next time.
    rounds: Mutex<BTreeMap<TenantId, Timestamp>>,
}

/// Which directories have news.
#[derive(Debug, Default)]
struct Stirred {
    /// Those named since the last turn.
    ids: BTreeSet<DirectoryId>,
    /// Whether everything was looked at once.
    began: bool,
}

/// What a turn did, and when the next one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Subjects decided.
    pub decided: usize,
    /// Calls made.
    pub applied: usize,
    /// When something is due; in the past when there is more to do now.
    pub next_at: Option<Timestamp>,
}

/// Subjects planned in one turn.
const BATCH_SUBJECTS_MAX: u32 = 256;
/// Calls made at a time; each for another subject.
const CALLS_AT_ONCE: usize = 8;
/// How long a turn waits after a directory failed.
const FAULT_MILLIS: i64 = 5_000;

impl<D: Directories, L: Ledger + Accounts, S: Deliver<L>> Job<D, L, S> {
    /// Makes the job; `schemas` must have `User` and `Group`.
    pub fn new(directories: D, ledger: L, deliver: S, schemas: &Schemas) -> Option<Self> {
        Some(Self {
            desk: Desk::new(directories, ledger, schemas)?,
            deliver,
            observer: None,
            stirred: Mutex::default(),
            leases: Mutex::default(),
            rounds: Mutex::default(),
        })
    }

    /// Lets `observer` hear of every change.
    pub fn observed_by(self, observer: impl Observer) -> Self {
        Self {
            observer: Some(Arc::new(observer)),
            ..self
        }
    }

    /// Returns the operator's side.
    pub fn desk(&self) -> &Desk<D, L> {
        &self.desk
    }

    /// Says that these directories have news; the next turn reads their feeds.
    pub fn stir(&self, directories: impl IntoIterator<Item = DirectoryId>) {
        let mut stirred = self.stirred.lock().unwrap_or_else(PoisonError::into_inner);
        stirred.ids.extend(directories);
    }

    /// Makes every subject of every tenant due now: what was missed is found, and what drifted is
    /// compared.
    ///
    /// [`Job::turn`] does it by itself, tenant by tenant, as often as the policy's `reconcile`
    /// says.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn reconcile(&self, now: Timestamp) -> Result<(), SyncError> {
        let tenants: BTreeSet<_> = self
            .desk
            .ledger
            .integrations()
            .await?
            .into_iter()
            .map(|(tenant, _)| tenant)
            .collect();
        for tenant in tenants {
            self.desk.ledger.mark_all(&tenant, now).await?;
        }
        Ok(())
    }

    /// Reads what is new, decides who is due at `now`, and applies it.
    ///
    /// One tenant's or directory's fault, a damaged row for instance, is logged and tried again
    /// soon; the others go on.
    ///
    /// # Errors
    /// When the ledger fails as a whole, or another job took over.
    pub async fn turn(&self, now: Timestamp) -> Result<Turn, SyncError> {
        let mut turn = Turn::default();
        let all = self.desk.ledger.integrations().await?;
        let round = self.go_round(&all, now).await;
        let mut again = self.take_in(all, now).await?;
        let (tenants, _) = self.desk.ledger.agenda(now).await?;
        for tenant in tenants {
            match self.work(&tenant, now).await {
                Ok((decided, applied)) => {
                    turn.decided += decided;
                    turn.applied += applied;
                }
                Err(error @ SyncError::Ledger(LedgerError::Fenced)) => return Err(error),
                Err(error) => {
                    tracing::error!(%tenant, %error, "a tenant cannot be planned");
                    again = Some(sooner(again, soon(now)));
                }
            }
        }
        let (_, next) = self.desk.ledger.agenda(now).await?;
        // A tenant whose directory fails stays due; looking again at once would only spin.
        let next = match again {
            Some(at) if turn.decided == 0 && at > now => next.map(|next| next.max(at)).or(again),
            _ => next,
        };
        turn.next_at = again.into_iter().chain(next).chain(round).min();
        Ok(turn)
    }

    /// Compares the tenants whose time has come as a whole, and returns when the next one's comes.
    async fn go_round(&self, all: &[(TenantId, Integration)], now: Timestamp) -> Option<Timestamp> {
        let mut rounds = {
            let rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
            rounds.clone()
        };
        for tenant in all
            .iter()
            .map(|(tenant, _)| tenant)
            .collect::<BTreeSet<_>>()
        {
            let next = rounds.get(tenant).copied();
            if next.is_some_and(|at| at > now) {
                continue;
            }
            // A job that has just started reads what is new; it compares everything later.
            let round = self.go_one_round(tenant, next.is_some(), now).await;
            let at = round.unwrap_or_else(|error| {
                tracing::error!(%tenant, %error, "a tenant cannot be compared as a whole");
                soon(now)
            });
            rounds.insert(tenant.clone(), at);
        }
        let next = rounds.values().min().copied();
        *self.rounds.lock().unwrap_or_else(PoisonError::into_inner) = rounds;
        next
    }

    /// Makes everybody due if `is_time`, and returns when it is the next time.
    async fn go_one_round(
        &self,
        tenant: &TenantId,
        is_time: bool,
        now: Timestamp,
    ) -> Result<Timestamp, SyncError> {
        let every = self.desk.ledger.context(tenant).await?.policy.reconcile;
        if is_time {
            self.desk.ledger.mark_all(tenant, now).await?;
        }
        Ok(every.after(now))
    }

    /// Reads the feeds with news; returns when to look again, if that is needed.
    async fn take_in(
        &self,
        all: Vec<(TenantId, Integration)>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, SyncError> {
        let wanted = {
            let mut stirred = self.stirred.lock().unwrap_or_else(PoisonError::into_inner);
            let began = std::mem::replace(&mut stirred.began, true);
            let ids = std::mem::take(&mut stirred.ids);
            move |id: &DirectoryId| !began || ids.contains(id)
        };
        let mut again = None;
        for (tenant, integration) in all.into_iter().filter(|(_, one)| wanted(&one.id)) {
            match self.desk.take_in(&tenant, &integration.id, now).await {
                Ok(false) => {}
                Ok(true) => {
                    again = Some(now);
                    self.stir([integration.id]);
                }
                Err(error) => {
                    let integration = &integration.id;
                    tracing::error!(%tenant, %integration, %error, "a feed cannot be read");
                    again = Some(sooner(again, soon(now)));
                    self.stir([integration.clone()]);
                }
            }
        }
        Ok(again)
    }

    /// Decides and applies one batch of a tenant: leavers, or groups, or people.
    async fn work(&self, tenant: &TenantId, now: Timestamp) -> Result<(usize, usize), SyncError> {
        let fence = self.lease(tenant, now).await?;
        let due = self
            .desk
            .ledger
            .due(tenant, now, BATCH_SUBJECTS_MAX)
            .await?;
        let due = first_class(due);
        let subjects = due.iter().map(|due| due.subject.clone()).collect();
        let known = self.desk.ledger.known(tenant, subjects).await?;
        let flights: BTreeMap<Subject, Item> = known
            .into_iter()
            .filter_map(|known| known.decision.filter(|last| last.in_flight))
            .map(|last| (last.item.subject.clone(), last.item))
            .collect();
        let (flying, fresh): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|due| flights.contains_key(&due.subject));
        let decided = flying.len() + fresh.len();
        let thought = self.desk.think(tenant, &fresh, now).await?;
        let mode = Mode {
            auto: thought.context.policy.auto_sync,
            joined: self.deliver.is_joined(),
        };
        let mut steps: Vec<Step> = fresh
            .iter()
            .map(|due| steps::step(due, &thought, mode, now))
            .collect();
        let mut claims = claims(&steps, &thought.plan.items, now);
        for due in &flying {
            // What may have been made is asked for again as it was, before anything else happens to
            // the subject.
            match flights.get(&due.subject) {
                Some(item) if mode.lets(item) => claims.push(Claim {
                    item: item.clone(),
                    stamp: due.stamp,
                    now,
                    again: true,
                }),
                _ => steps.push(steps::blank(due, now)),
            }
        }
        self.desk.ledger.decide(tenant, fence, steps).await?;
        let applied = claims.len();
        self.apply(&thought.context, fence, claims).await?;
        Ok((decided, applied))
    }

    /// Applies in the order of stages; within a stage several subjects at a time.
    async fn apply(
        &self,
        context: &Context,
        fence: Fence,
        claims: Vec<Claim>,
    ) -> Result<(), SyncError> {
        let mut stages: BTreeMap<Stage, Vec<Claim>> = BTreeMap::new();
        for claim in claims {
            stages.entry(claim.item.lane).or_default().push(claim);
        }
        for (_, claims) in stages {
            let calls = claims
                .into_iter()
                .map(|claim| self.call(context, fence, claim));
            for done in together(calls, CALLS_AT_ONCE).await {
                done?;
            }
        }
        Ok(())
    }

    async fn call(&self, context: &Context, fence: Fence, claim: Claim) -> Result<(), LedgerError> {
        let ledger = &self.desk.ledger;
        let settled = self
            .deliver
            .deliver(ledger, &context.tenant, fence, claim.clone())
            .await?;
        if let (Some(observer), Some(event)) = (&self.observer, event(context, &claim, &settled)) {
            observer.changed(&event);
        }
        Ok(())
    }

    /// Takes a tenant over once, and tells the ledger what the application can do.
    async fn lease(&self, tenant: &TenantId, now: Timestamp) -> Result<Fence, SyncError> {
        let held = {
            let leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
            leases.get(tenant).copied()
        };
        if let Some(fence) = held {
            return Ok(fence);
        }
        let fence = self.desk.ledger.lease(tenant).await?;
        if let Some(mut capabilities) = self.deliver.capabilities() {
            // Seats are reported, and change; what the application can do is code.
            let known = self.desk.ledger.context(tenant).await?.capabilities.seats;
            capabilities.seats = capabilities.seats.or(known);
            self.desk
                .ledger
                .set_capabilities(tenant, capabilities, now)
                .await?;
        }
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        leases.insert(tenant.clone(), fence);
        Ok(fence)
    }
}

impl<D: fmt::Debug, L: fmt::Debug, S> fmt::Debug for Job<D, L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

/// Returns the first of: leavers, groups, people. Each is a batch of its own, because the next
/// needs the last one's outcome.
fn first_class(due: Vec<Due>) -> Vec<Due> {
    let class = |due: &Due| (due.lane == Lane::Settle, due.subject.kind);
    let Some(first) = due.first().map(class) else {
        return due;
    };
    due.into_iter()
        .take_while(|due| class(due) == first)
        .collect()
}

/// Returns the calls to make for the steps that stay in the queue.
fn claims(steps: &[Step], items: &[Item], now: Timestamp) -> Vec<Claim> {
    let by_subject: BTreeMap<_, _> = items.iter().map(|item| (&item.subject, item)).collect();
    let kept = steps.iter().filter(|step| step.next == Next::Keep);
    let claim = |step: &Step| {
        let item = (*by_subject.get(&step.subject)?).clone();
        Some(Claim {
            item,
            stamp: step.stamp?,
            now,
            again: false,
        })
    };
    kept.filter_map(claim).collect()
}

/// Tells what happened, if anything did.
fn event(context: &Context, claim: &Claim, settled: &Settled) -> Option<Event> {
    let item = &claim.item;
    let app_ref = match &settled.answer {
        Answer::Account(Outcome::Applied { app_ref, .. }) => Some(app_ref.clone()),
        _ => item.app_ref.clone(),
    };
    let account = app_ref
        .zip(item.account.clone())
        .map(|(app_ref, profile)| Account { app_ref, profile });
    let access_group = match (&settled.answer, item.subject.kind) {
        (Answer::Group(GroupOutcome::Applied { group_ref }), SubjectKind::Group) => item
            .group
            .as_ref()
            .map(|wish| wish.as_made(group_ref.clone())),
        _ => account
            .as_ref()
            .and_then(|account| entered(context, account)),
    };
    Some(Event {
        tenant: context.tenant.clone(),
        seq: settled.seq?,
        at: claim.now,
        subject: item.subject.clone(),
        op: item.op,
        account,
        access_group,
        changed: item.changed.clone(),
        reasons: item.reasons.clone(),
        cause: item.cause.clone(),
    })
}

fn entered(context: &Context, account: &Account) -> Option<AccessGroup> {
    let group = account.profile.access_groups.first()?;
    context
        .access_groups
        .iter()
        .find(|known| known.group_ref == *group)
        .cloned()
}

fn soon(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_add(FAULT_MILLIS))
}

fn sooner(one: Option<Timestamp>, other: Timestamp) -> Timestamp {
    one.map_or(other, |one| one.min(other))
}
