//! The leaver's theorem: no order of requests, crashes, retries and approvals ends with a person
//! inactive in the directory, active in the application, and nobody alerted.

use std::collections::{BTreeMap, BTreeSet};

use enroll_sync::{
    Alarms, CONCERNS_MAX, Exception, Ledger, OpenFilter, Policy, Preset, Rule, Say, Subject,
    findings, settled_alerts,
};
use proptest::{prelude::*, test_runner::Config};
use serde_json::json;
use tokio::runtime::Builder;

use crate::{
    moody::{self, Mood, Moody, Shaky},
    world::id,
};

const USERS: [&str; 4] = ["ada", "bob", "eve", "kim"];
const GROUPS: [&str; 2] = ["Admins", "Crew"];
const MOODS: [Mood; 8] = [
    Mood::Well,
    Mood::Down,
    Mood::Deaf,
    Mood::Echo,
    Mood::Refusing,
    Mood::Contrary,
    Mood::DiesBefore,
    Mood::DiesAfter,
];

/// Changes of rules that leavers come to feel.
fn policies() -> [serde_json::Value; 8] {
    let limit = |count| json!({"count": count, "percent": 0});
    [
        json!({"auto_sync": true}),
        json!({"auto_sync": false}),
        json!({"guards": {"removals": limit(0), "burst": limit(0)}}),
        json!({"guards": {"removals": limit(100), "burst": limit(100)}}),
        json!({"guards": {"freeze": "all"}}),
        json!({"guards": {"freeze": "none"}}),
        json!({"guards": {"protected": ["ada@x.example", "bob@x.example"]}}),
        json!({"guards": {"protected": []}}),
    ]
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Join(usize, usize),
    Leave(usize, usize),
    Activate(usize, bool),
    Delete(usize),
    Return(usize),
    Policy(usize),
    /// Deselects everything, or selects all: some paused.
    Select(Option<bool>),
    /// Says yes or no to everything that stands open.
    Say(bool),
    /// Gives access back to a person by name.
    Keep(usize),
    Mood(usize),
    Crash,
    Look,
    Wait(u16),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (group, user) = (0..GROUPS.len(), 0..USERS.len());
    let act = prop_oneof![
        2 => (group.clone(), user.clone()).prop_map(|(group, user)| Act::Join(group, user)),
        1 => (group, user.clone()).prop_map(|(group, user)| Act::Leave(group, user)),
        6 => (user.clone(), any::<bool>()).prop_map(|(user, on)| Act::Activate(user, on)),
        2 => user.clone().prop_map(Act::Delete),
        2 => user.clone().prop_map(Act::Return),
        3 => (0..policies().len()).prop_map(Act::Policy),
        1 => any::<Option<bool>>().prop_map(Act::Select),
        2 => any::<bool>().prop_map(Act::Say),
        1 => user.prop_map(Act::Keep),
        4 => (0..MOODS.len()).prop_map(Act::Mood),
        2 => Just(Act::Crash),
        2 => Just(Act::Look),
        6 => (0_u16..900).prop_map(Act::Wait),
    ];
    proptest::collection::vec(act, 1..50)
}

/// One run: what the provider says, told apart from everything the job knows.
struct Run {
    world: Shaky,
    app: Moody,
    here: BTreeMap<usize, String>,
    active: BTreeSet<usize>,
    members: BTreeSet<(usize, String)>,
    lives: u32,
}

impl Run {
    async fn new() -> Self {
        let app = Moody::default();
        let mut world = moody::world(&app, Policy::preset(Preset::HandsOff)).await;
        for group in GROUPS {
            world.group(group, &[]).await;
        }
        let mut run = Self {
            world,
            app,
            here: BTreeMap::new(),
            active: BTreeSet::new(),
            members: BTreeSet::new(),
            lives: 0,
        };
        for user in 0..USERS.len() {
            run.act(Act::Return(user)).await;
            run.act(Act::Join(user % 2, user)).await;
        }
        run.turns(60).await;
        run
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::Return(user) if !self.here.contains_key(&user) => self.hire(user).await,
            Act::Return(_) => {}
            Act::Join(group, user) => {
                if let Some(key) = self.here.get(&user).cloned() {
                    self.world.join(GROUPS[group], &key).await;
                    self.members.insert((group, key));
                }
            }
            Act::Leave(group, user) => {
                let key = self.here.get(&user).cloned().unwrap_or_default();
                if self.members.remove(&(group, key.clone())) {
                    self.world.leave(GROUPS[group], &key).await;
                }
            }
            Act::Activate(user, on) => {
                if let Some(key) = self.here.get(&user).cloned() {
                    self.world.set(&key, "active", json!(on)).await;
                    if on {
                        self.active.insert(user);
                    } else {
                        self.active.remove(&user);
                    }
                }
            }
            Act::Delete(user) => {
                if let Some(key) = self.here.remove(&user) {
                    self.world.delete("User", &key).await;
                    self.active.remove(&user);
                    self.members.retain(|(_, member)| *member != key);
                }
            }
            Act::Policy(which) => self.world.policy(policies()[which].clone()).await,
            Act::Select(None) => self.world.select(json!([])).await,
            Act::Select(Some(paused)) => {
                let crew = json!({"group": "g-Crew", "paused": paused});
                self.world
                    .select(json!([crew, {"group": "g-Admins"}]))
                    .await;
            }
            Act::Say(yes) => self.say(yes).await,
            Act::Keep(user) => self.keep(user).await,
            Act::Mood(mood) => self.app.set(MOODS[mood]),
            Act::Crash => moody::restart(&mut self.world, &self.app),
            Act::Look => self.look().await,
            Act::Wait(seconds) => self.turns(i64::from(seconds)).await,
        }
    }

    async fn hire(&mut self, user: usize) {
        self.lives += 1;
        let (name, key) = (USERS[user], format!("{}-{}", USERS[user], self.lives));
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("{name}@x.example"), "externalId": format!("ext-{name}"),
            "emails": [{"type": "work", "value": format!("{name}@x.example")}],
        });
        self.world.create("User", &key, body, vec![]).await;
        self.here.insert(user, key);
        self.active.insert(user);
    }

    async fn say(&mut self, approved: bool) {
        let Shaky {
            job, tenant, now, ..
        } = &self.world;
        let open = job
            .desk()
            .open_decisions(tenant, OpenFilter::ALL, None, 100);
        let items = open.await.unwrap().into_iter();
        let items = items
            .map(|last| (last.item.subject, last.item.key))
            .collect();
        let (by, reason) = ("kim".to_owned(), "looked at it".to_owned());
        let say = Say {
            approved,
            by,
            reason,
        };
        job.desk().say(tenant, items, &say, *now).await.unwrap();
    }

    /// An exception for two days, as giving back makes one.
    async fn keep(&mut self, user: usize) {
        let Some(key) = self.here.get(&user) else {
            return;
        };
        let Some(group) = self.world.groups().await.into_iter().next() else {
            return;
        };
        let world = &self.world;
        let until = world.now.as_millis() + 48 * 3_600_000;
        let exception = Exception {
            access_group: group.group_ref,
            via: id("g-Crew"),
            until: enroll_schema::Timestamp::from_millis(until),
            by: "kim".to_owned(),
            reason: "needed until Friday".to_owned(),
        };
        let subject = Subject::person(&world.integration, &id(key));
        let rules = vec![(subject, Rule::Keep(exception))];
        world
            .ledger
            .rule(&world.tenant, rules, world.now)
            .await
            .unwrap();
    }

    /// Lets time pass in steps as a job that is driven would have it.
    async fn turns(&mut self, seconds: i64) {
        moody::turns(&mut self.world, &self.app).await;
        for _ in 0..(seconds / 60) {
            self.world.pass(60);
            moody::turns(&mut self.world, &self.app).await;
        }
        self.world.pass(seconds % 60);
        moody::turns(&mut self.world, &self.app).await;
    }

    /// Finds and writes down what somebody must know, as the watch does.
    async fn look(&self) {
        let Shaky {
            ledger,
            tenant,
            now,
            ..
        } = &self.world;
        let concerns = ledger.concerns(tenant, CONCERNS_MAX).await.unwrap();
        let due = ledger.due(tenant, *now, 100).await.unwrap();
        let found = findings(&concerns, &due, *now);
        let kept = ledger.alerts(tenant).await.unwrap();
        let kept = kept.into_iter().map(|posted| posted.alert).collect();
        let changes = settled_alerts(tenant, kept, found, *now);
        ledger.put_alerts(tenant, changes).await.unwrap();
    }

    /// Lists those who are in, although the directory says that they are not active or gone.
    fn lingering(&self) -> Vec<&'static str> {
        let out = (0..USERS.len()).filter(|user| !self.active.contains(user));
        let names = out.map(|user| USERS[user]);
        names.filter(|name| self.app.lets_in(name)).collect()
    }

    async fn check(&self) -> usize {
        self.look().await;
        let alerts = self.world.ledger.alerts(&self.world.tenant).await.unwrap();
        let stands = alerts
            .iter()
            .filter(|posted| posted.alert.resolved_at.is_none());
        let named: BTreeSet<&str> = stands
            .flat_map(|posted| posted.alert.sample.iter().map(String::as_str))
            .collect();
        let lingering = self.lingering();
        for name in &lingering {
            let address = format!("{name}@x.example");
            assert!(
                named.contains(address.as_str()),
                "{name} is in; told: {alerts:#?}"
            );
        }
        lingering.len()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(future)
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn nobody_who_left_stays_in_without_somebody_being_told(acts in acts()) {
        run(async {
            let mut run = Run::new().await;
            for act in acts {
                run.act(act).await;
            }
            // Whatever the application's mood is, it stays so.
            run.turns(1_200).await;
            run.check().await;
            // Long after the last repeat was given up.
            for _ in 0..36 {
                run.world.pass(6 * 3_600);
                moody::turns(&mut run.world, &run.app).await;
            }
            run.check().await;
        });
    }
}

/// The theorem is not true for want of cases: each of these leaves somebody in, and is told.
#[test]
fn each_way_of_staying_in_is_told() {
    let leave = [Act::Activate(0, false), Act::Activate(1, false)];
    for (before, code) in [
        (Act::Mood(1), "LEAVER_UNCONFIRMED"),
        (Act::Mood(4), "REMOVAL_REFUSED"),
        (Act::Mood(5), "LEAVER_UNCONFIRMED"),
        (Act::Policy(1), "REMOVALS_WAIT"),
        (Act::Policy(2), "H_MASS_DEACTIVATION"),
        (Act::Policy(4), "H_FROZEN"),
        (Act::Policy(6), "H_PROTECTED"),
        (Act::Select(None), "LEAVER_KEPT"),
    ] {
        run(async {
            let mut run = Run::new().await;
            run.act(before).await;
            run.turns(60).await;
            for act in leave {
                run.act(act).await;
            }
            run.act(Act::Crash).await;
            run.turns(600).await;
            assert_eq!(run.check().await, 2, "{before:?}");
            let alerts = run.world.ledger.alerts(&run.world.tenant).await.unwrap();
            let codes: Vec<_> = alerts.iter().map(|one| one.alert.code.as_str()).collect();
            assert_eq!(codes, [code], "{before:?}");
        });
    }
}

/// Found by thinking of the random runs: the call that lets somebody in has its effect, its answer is
/// lost, and the provider takes the change back before the call is repeated.
#[test]
fn a_change_that_is_taken_back_before_its_answer_came_is_taken_back_in_the_application_too() {
    for mood in [Mood::Deaf, Mood::DiesAfter] {
        for end in [Act::Activate(0, false), Act::Delete(0)] {
            run(async {
                let mut run = Run::new().await;
                run.act(Act::Activate(0, false)).await;
                run.turns(10).await;
                run.app.set(mood);
                run.act(Act::Activate(0, true)).await;
                run.world.pass(1);
                moody::turns(&mut run.world, &run.app).await;
                run.app.set(Mood::Down);
                run.act(end).await;
                run.turns(600).await;
                run.check().await;
                run.app.set(Mood::Well);
                run.turns(1_200).await;
                assert_eq!(run.check().await, 0, "{mood:?}, {end:?}");
            });
        }
    }
}

/// What is over is over: the alert ends when access has ended.
#[test]
fn an_alert_ends_with_its_cause() {
    run(async {
        let mut run = Run::new().await;
        run.act(Act::Policy(2)).await;
        run.act(Act::Activate(0, false)).await;
        run.turns(10).await;
        assert_eq!(run.check().await, 1);
        run.act(Act::Say(true)).await;
        run.turns(10).await;
        assert_eq!(run.check().await, 0);
        let alerts = run.world.ledger.alerts(&run.world.tenant).await.unwrap();
        assert!(alerts.iter().all(|one| one.alert.resolved_at.is_some()));
    });
}
