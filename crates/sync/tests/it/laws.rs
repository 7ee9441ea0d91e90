//! Laws: order independence (S-41), nothing is done twice, the same inputs give the same plan,
//! removals never let anybody in.

use std::collections::{BTreeMap, BTreeSet};

use enroll_sync::{Current, Ledger, Person, SourceGroup, Subject, desired, plan};
use proptest::{prelude::*, test_runner::Config};
use serde_json::json;
use tokio::runtime::Builder;

use crate::world::{World, id};

const USERS: [&str; 4] = ["ada", "bob", "eve", "kim"];
const GROUPS: [&str; 3] = ["Admins", "Crew", "Staff"];

fn run<T>(future: impl Future<Output = T>) -> T {
    Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// One thing that is done while an integration is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    User(usize),
    Group(usize),
    Join(usize, usize),
    Select,
    Automatic,
    Wait,
}

/// The steps of one set-up, in any order; waiting comes in between anywhere.
fn setup() -> impl Strategy<Value = (Vec<Step>, Vec<Step>)> {
    let edges = proptest::collection::btree_set((0..GROUPS.len(), 0..USERS.len()), 0..8);
    edges.prop_flat_map(|edges| {
        let users = (0..USERS.len()).map(Step::User);
        let groups = (0..GROUPS.len()).map(Step::Group);
        let joins = edges
            .into_iter()
            .map(|(group, user)| Step::Join(group, user));
        let plain: Vec<_> = users
            .chain(groups)
            .chain(joins)
            .chain([Step::Select, Step::Automatic])
            .collect();
        let waits = std::iter::repeat_n(Step::Wait, 4);
        let mixed: Vec<_> = plain.iter().copied().chain(waits).collect();
        (Just(plain), Just(mixed).prop_shuffle())
    })
}

/// Does the steps; one whose group is not there yet is put off.
async fn set_up(steps: &[Step]) -> World {
    let mut world = World::careful().await;
    let mut there = BTreeSet::new();
    let mut queue: std::collections::VecDeque<_> = steps.iter().copied().collect();
    while let Some(step) = queue.pop_front() {
        let ready = match step {
            Step::Join(group, _) => there.contains(&group),
            Step::Select => there.len() == GROUPS.len(),
            _ => true,
        };
        if !ready {
            queue.push_back(step);
            continue;
        }
        match step {
            Step::User(user) => world.user(USERS[user], json!({})).await,
            Step::Group(group) => {
                world.group(GROUPS[group], &[]).await;
                there.insert(group);
            }
            Step::Join(group, user) => world.join(GROUPS[group], USERS[user]).await,
            Step::Select => {
                world
                    .select(json!([{"group": "g-Crew"}, {"group": "g-Admins"}]))
                    .await;
            }
            Step::Automatic => world.policy(json!({"auto_sync": true})).await,
            Step::Wait => world.settle().await,
        }
    }
    world.settle().await;
    world
}

/// One thing that a provider does later.
#[derive(Clone, Copy, Debug)]
enum Act {
    Join(usize, usize),
    Leave(usize, usize),
    Activate(usize, bool),
    Delete(usize),
    Return(usize),
    Rename(usize, u8),
    Wait(u8),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (group, user) = (0..GROUPS.len(), 0..USERS.len());
    let act = prop_oneof![
        4 => (group.clone(), user.clone()).prop_map(|(group, user)| Act::Join(group, user)),
        3 => (group, user.clone()).prop_map(|(group, user)| Act::Leave(group, user)),
        2 => (user.clone(), any::<bool>()).prop_map(|(user, on)| Act::Activate(user, on)),
        1 => user.clone().prop_map(Act::Delete),
        2 => user.clone().prop_map(Act::Return),
        1 => (user, any::<u8>()).prop_map(|(user, name)| Act::Rename(user, name)),
        3 => any::<u8>().prop_map(Act::Wait),
    ];
    proptest::collection::vec(act, 1..40)
}

/// What the directory says, told apart from everything the job knows.
#[derive(Default)]
struct Model {
    here: BTreeMap<usize, String>,
    active: BTreeSet<usize>,
    members: BTreeSet<(usize, usize)>,
    lives: u32,
}

impl Model {
    async fn act(&mut self, world: &mut World, act: Act) {
        match act {
            Act::Return(user) if !self.here.contains_key(&user) => {
                self.lives += 1;
                let key = format!("{}-{}", USERS[user], self.lives);
                let name = USERS[user];
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                    "userName": format!("{name}@x.example"), "externalId": format!("ext-{name}"),
                    "emails": [{"type": "work", "value": format!("{name}@x.example")}],
                });
                world.create("User", &key, body, vec![]).await;
                self.here.insert(user, key);
                self.active.insert(user);
            }
            Act::Wait(seconds) => {
                world.pass(i64::from(seconds) / 4);
                world.turns().await;
            }
            Act::Return(user)
            | Act::Join(_, user)
            | Act::Leave(_, user)
            | Act::Activate(user, _)
            | Act::Delete(user)
            | Act::Rename(user, _) => {
                if let Some(key) = self.here.get(&user).cloned() {
                    self.act_on(world, act, user, &key).await;
                }
            }
        }
    }

    async fn act_on(&mut self, world: &mut World, act: Act, user: usize, key: &str) {
        match act {
            Act::Join(group, _) => {
                world.join(GROUPS[group], key).await;
                self.members.insert((group, user));
            }
            Act::Leave(group, _) => {
                if self.members.remove(&(group, user)) {
                    world.leave(GROUPS[group], key).await;
                }
            }
            Act::Activate(_, on) => {
                world.set(key, "active", json!(on)).await;
                if on {
                    self.active.insert(user)
                } else {
                    self.active.remove(&user)
                };
            }
            Act::Delete(_) => {
                world.delete("User", key).await;
                self.here.remove(&user);
                self.active.remove(&user);
                self.members.retain(|(_, member)| *member != user);
            }
            Act::Rename(_, name) => {
                world
                    .set(key, "name.givenName", json!(format!("n{name}")))
                    .await;
            }
            Act::Return(_) | Act::Wait(_) => {}
        }
    }

    /// Active people in the first of their groups by name.
    fn wanted(&self) -> Vec<String> {
        let group =
            |user: usize| (0..GROUPS.len()).find(|group| self.members.contains(&(*group, user)));
        let line = |user: &usize| Some(format!("{}: {}", USERS[*user], GROUPS[group(*user)?]));
        self.active.iter().filter_map(line).collect()
    }
}

async fn read(world: &World) -> (Vec<Person>, Vec<SourceGroup>, Current) {
    let context = world.ledger.context(&world.tenant).await.unwrap();
    let people = USERS
        .iter()
        .map(|name| Subject::person(&world.integration, &id(name)));
    let known = world
        .ledger
        .known(&world.tenant, people.collect())
        .await
        .unwrap();
    let current = Current {
        shadows: known
            .iter()
            .filter_map(|known| Some((known.subject.clone(), known.shadow.clone()?)))
            .collect(),
        ..Current::default()
    };
    let people = known.into_iter().filter_map(|known| known.person).collect();
    (people, context.groups, current)
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn s_41_any_order_of_setting_up_gives_the_same_accounts((plain, mixed) in setup()) {
        let (one, other) = run(async { (set_up(&plain).await, set_up(&mixed).await) });
        run(async {
            assert_eq!(one.active().await, other.active().await);
            assert_eq!(one.state().await.blocked, other.state().await.blocked);
            assert_eq!(other.state().await.held, 0);
        });
    }

    #[test]
    fn what_was_applied_leaves_nothing_to_do((_, mixed) in setup()) {
        run(async {
            let mut world = set_up(&mixed).await;
            let before = (world.accounts().await, world.groups().await);
            world.events.take();
            world.job.reconcile(world.now).await.unwrap();
            world.settle().await;
            assert!(world.events.take().is_empty());
            assert_eq!((world.accounts().await, world.groups().await), before);
        });
    }

    #[test]
    fn the_accounts_are_what_the_directory_says_whatever_happened(acts in acts()) {
        run(async {
            let mut world = World::new().await;
            for group in GROUPS {
                world.group(group, &[]).await;
            }
            let mut model = Model::default();
            for user in 0..USERS.len() {
                model.act(&mut world, Act::Return(user)).await;
            }
            for act in acts {
                model.act(&mut world, act).await;
            }
            world.settle().await;
            world.pass(60);
            world.settle().await;
            assert_eq!(world.active().await, model.wanted());
            let state = world.state().await;
            assert_eq!((state.held, state.blocked, state.pending), (0, 0, 0));
            // One account a person, however often they were deleted and came back (E-27).
            assert!(world.accounts().await.len() <= USERS.len());
        });
    }

    #[test]
    fn taking_away_lets_nobody_in((_, mixed) in setup(), acts in acts()) {
        run(async {
            let mut world = set_up(&mixed).await;
            let before: BTreeSet<_> = people(&world).await;
            let mut model = Model {
                here: USERS.iter().enumerate().map(|(at, name)| (at, (*name).to_owned())).collect(),
                members: (0..GROUPS.len())
                    .flat_map(|group| (0..USERS.len()).map(move |user| (group, user)))
                    .collect(),
                ..Model::default()
            };
            let takes = |act: &Act| {
                matches!(act, Act::Delete(_) | Act::Activate(_, false) | Act::Wait(_))
            };
            for act in acts.into_iter().filter(takes) {
                model.act(&mut world, act).await;
            }
            world.settle().await;
            world.pass(3_600);
            world.settle().await;
            assert!(people(&world).await.is_subset(&before));
        });
    }

    #[test]
    fn the_same_inputs_give_the_same_plan_byte_for_byte(
        (_, mixed) in setup(),
        seed in any::<prop::sample::Index>(),
    ) {
        run(async {
            let world = set_up(&mixed).await;
            let mut context = world.ledger.context(&world.tenant).await.unwrap();
            let (mut people, mut groups, mut current) = read(&world).await;
            // Nothing is known of any account or access group: everything is to be done.
            current.shadows.clear();
            context.bindings.clear();
            context.access_groups.clear();
            let text = |people: &[Person], groups: &[SourceGroup]| {
                let wanted = desired(people, groups, &context);
                let made = plan(&wanted, &current, &context, world.now);
                serde_json::to_string(&made).unwrap()
            };
            let first = text(&people, &groups);
            assert_eq!(first, text(&people, &groups));
            let at = seed.index(people.len().max(1));
            let at = at.min(people.len());
            people.rotate_left(at);
            groups.reverse();
            assert_eq!(first, text(&people, &groups));
        });
    }
}

async fn people(world: &World) -> BTreeSet<String> {
    let lines = world.active().await;
    lines
        .iter()
        .map(|line| line.split(':').next().unwrap().to_owned())
        .collect()
}
