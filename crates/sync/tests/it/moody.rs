//! An application with moods: it is down, loses answers, refuses, dies in the middle, lies.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use enroll_schema::Schemas;
use enroll_sync::{
    AccountId, AccountSink, AnySink, Item, Job, Op, Outcome, Outside, Policy, Profile, Turn,
};

use crate::world::World;

/// How it takes the next calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Does what it is told.
    Well,
    /// Is not reached.
    Down,
    /// Does it, and the answer is lost.
    Deaf,
    /// Is called twice, as networks do, and answers the second time.
    Echo,
    /// Will not.
    Refusing,
    /// Says that the account is something else.
    Contrary,
    /// The server dies before the application does anything; once.
    DiesBefore,
    /// The server dies after the application did it; once.
    DiesAfter,
    /// Says that it is done, and forgets it.
    Lying,
}

/// The application; clones share it. The same key has the effect of one call.
#[derive(Clone, Default)]
pub(crate) struct Moody(Arc<Mutex<Inside>>);

/// One thing that it did.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) account: AccountId,
    pub(crate) op: Op,
    pub(crate) profile: Profile,
    /// Whether every call about the account so far was answered.
    pub(crate) sure: bool,
}

#[derive(Default)]
struct Inside {
    mood: Option<Mood>,
    accounts: BTreeMap<AccountId, Profile>,
    by_key: BTreeMap<String, Outcome>,
    effects: Vec<Effect>,
    unsure: BTreeSet<AccountId>,
    calls: usize,
}

impl Inside {
    fn effect(&mut self, item: &Item) -> Outcome {
        if let Some(before) = self.by_key.get(&item.key) {
            return before.clone();
        }
        let next = self.accounts.len() + 1;
        let fresh = || AccountId::new(format!("a{next}"));
        let app_ref = item.app_ref.clone().unwrap_or_else(fresh);
        let profile = item.account.clone().unwrap();
        self.effects.push(Effect {
            account: app_ref.clone(),
            op: item.op,
            profile: profile.clone(),
            sure: !self.unsure.remove(&app_ref),
        });
        self.accounts.insert(app_ref.clone(), profile);
        let outcome = Outcome::applied(app_ref);
        self.by_key.insert(item.key.clone(), outcome.clone());
        outcome
    }
}

impl Moody {
    pub(crate) fn set(&self, mood: Mood) {
        self.0.lock().unwrap().mood = Some(mood);
    }

    /// The accounts as the application really has them, by address.
    pub(crate) fn accounts(&self) -> Vec<(AccountId, Profile)> {
        let inside = self.0.lock().unwrap();
        let all = inside.accounts.iter();
        all.map(|(id, profile)| (id.clone(), profile.clone()))
            .collect()
    }

    /// Everything it ever did, in order.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        self.0.lock().unwrap().effects.clone()
    }

    /// How often it was called.
    pub(crate) fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    /// Whether anybody with this address is in.
    pub(crate) fn lets_in(&self, name: &str) -> bool {
        let address = format!("{name}@x.example");
        let own = |profile: &Profile| profile.email.as_deref() == Some(&address);
        let all = self.accounts();
        all.iter()
            .any(|(_, profile)| own(profile) && profile.active)
    }
}

impl AccountSink for Moody {
    async fn apply(&self, item: &Item) -> Outcome {
        let mood = {
            let mut inside = self.0.lock().unwrap();
            inside.calls += 1;
            let mood = inside.mood.unwrap_or(Mood::Well);
            if matches!(mood, Mood::DiesBefore | Mood::DiesAfter) {
                inside.mood = None;
            }
            mood
        };
        let effect = || self.0.lock().unwrap().effect(item);
        let unanswered = || {
            let mut inside = self.0.lock().unwrap();
            inside.unsure.extend(item.app_ref.clone());
        };
        match mood {
            Mood::Well => effect(),
            Mood::Down => {
                unanswered();
                Outcome::retry()
            }
            Mood::Deaf => {
                effect();
                unanswered();
                Outcome::retry()
            }
            Mood::Echo => {
                effect();
                effect()
            }
            Mood::Refusing => Outcome::rejected("no", "not today"),
            Mood::Contrary => match &item.app_ref {
                Some(app_ref) => Outcome::Conflict {
                    observed: Box::new(self.0.lock().unwrap().accounts[app_ref].clone()),
                },
                None => Outcome::retry(),
            },
            Mood::DiesBefore => {
                unanswered();
                std::future::pending().await
            }
            Mood::DiesAfter => {
                effect();
                unanswered();
                std::future::pending().await
            }
            Mood::Lying => {
                let next = self.0.lock().unwrap().accounts.len() + 1;
                let fresh = || AccountId::new(format!("a{next}"));
                Outcome::applied(item.app_ref.clone().unwrap_or_else(fresh))
            }
        }
    }
}

pub(crate) type Shaky = World<Outside<AnySink>>;

/// A world whose application is `app`.
pub(crate) async fn world(app: &Moody, policy: Policy) -> Shaky {
    World::with(Outside(AnySink::new(app.clone())), policy).await
}

/// Takes turns at this instant until nothing is due; a server that dies is started again.
pub(crate) async fn turns(world: &mut Shaky, app: &Moody) {
    for _ in 0..1_000 {
        match polled_once(world.job.turn(world.now)).await {
            None => restart(world, app),
            Some(turn) => {
                let Turn { next_at, .. } = turn.unwrap();
                if next_at.is_none_or(|at| at > world.now) {
                    return;
                }
            }
        }
    }
    panic!("the job never comes to rest");
}

/// Starts a new job over what is written down, as after `kill -9`.
pub(crate) fn restart(world: &mut Shaky, app: &Moody) {
    let job = Job::new(
        world.directories.clone(),
        world.ledger.clone(),
        Outside(AnySink::new(app.clone())),
        &Schemas::standard(),
    );
    world.job = job.unwrap().observed_by(world.events.clone());
}

/// Polls until the future waits for something that never comes, then drops it.
async fn polled_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
