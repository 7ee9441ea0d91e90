//! The feed of events and the whole they come to: sync §6.3, E-04.

use std::collections::{BTreeMap, BTreeSet};

use enroll_sync::{
    EventKind, Feed, FeedEvent, Gone, Ledger, MirrorKey, MirrorObject, Mirrored, Stretch,
};
use proptest::{prelude::*, test_runner::Config};
use serde_json::json;
use tokio::runtime::Builder;

use crate::world::World;

async fn events(world: &World, after: u64, kinds: &[EventKind], most: usize) -> Stretch {
    let kinds: BTreeSet<_> = kinds.iter().copied().collect();
    let desk = world.job.desk();
    let told = desk.events(&world.tenant, after, &kinds, most).await;
    told.unwrap().expect("nothing is forgotten")
}

fn words(stretch: &Stretch) -> Vec<String> {
    let name = |event: &FeedEvent| match &event.object {
        MirrorObject::Account(account) => account.profile.email.clone().unwrap(),
        MirrorObject::AccessGroup(group) => group.name.clone(),
    };
    let word = |event: &FeedEvent| format!("{} {}", event.kind.as_str(), name(event));
    stretch.events.iter().map(word).collect()
}

/// Everything that can happen to an account and an access group, each with its word.
#[tokio::test]
async fn every_change_is_an_event_with_its_word() {
    let mut world = World::new().await;
    world.group("Staff", &[]).await;
    world.user("ada", json!({})).await;
    world.join("Staff", "ada").await;
    world.settle().await;
    world.set("ada", "name.givenName", json!("Ada")).await;
    world.settle().await;
    world.set("ada", "active", json!(false)).await;
    world.settle().await;
    world.set("ada", "active", json!(true)).await;
    world.settle().await;
    world.set("ada", "userType", json!("external")).await;
    world.settle().await;
    world
        .patch(
            "Group",
            "g-Staff",
            json!([{"op": "replace", "path": "displayName", "value": "Crew"}]),
        )
        .await;
    world.settle().await;
    // E-04: a deselected group leaves its people to the application, and takes them back.
    world.policy(json!({"select_new_groups": false})).await;
    world.select(json!([])).await;
    world.settle().await;
    world.select(json!([{"group": "g-Staff"}])).await;
    world.settle().await;
    world.delete("User", "ada").await;
    world.settle().await;
    world.delete("Group", "g-Staff").await;
    world.settle().await;
    let all = events(&world, 0, &[], 100).await;
    assert_eq!(
        words(&all),
        [
            "access_group.created Staff",
            "account.created ada@x.example",
            "account.updated ada@x.example",
            "account.deactivated ada@x.example",
            "account.reactivated ada@x.example",
            "account.converted ada@x.example",
            "access_group.renamed Crew",
            "account.released ada@x.example",
            "account.linked ada@x.example",
            "account.deactivated ada@x.example",
            "access_group.archived Crew",
        ]
    );
    let numbers: Vec<_> = all.events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
    assert_eq!((all.last, all.more), (11, false));
    let updated = &all.events[2];
    assert_eq!(updated.changed, ["first_name"]);
    assert_eq!(updated.from["first_name"], "ada");
    assert_eq!(updated.to["first_name"], "Ada");
    assert_eq!(updated.cause.len(), 1, "the request that asked for it");
    assert!(!all.events[7].managed && all.events[8].managed);
}

#[tokio::test]
async fn a_stretch_is_cut_and_goes_on_and_kinds_are_chosen() {
    let mut world = World::new().await;
    let names = ["a", "b", "c", "d"];
    for name in names {
        world.user(name, json!({})).await;
    }
    world.group("Staff", &names).await;
    world.settle().await;
    let two = events(&world, 0, &[], 2).await;
    assert_eq!((two.events.len(), two.last, two.more), (2, 2, true));
    let rest = events(&world, 2, &[], 10).await;
    assert_eq!((rest.events.len(), rest.last, rest.more), (3, 5, false));
    // What was not wanted is passed over, not asked about again.
    let groups = [EventKind::AccessGroupCreated];
    let one = events(&world, 0, &groups, 10).await;
    assert_eq!((words(&one).len(), one.last, one.more), (1, 5, false));
    let none = events(&world, 1, &groups, 10).await;
    assert_eq!((none.events.len(), none.last), (0, 5));
    let end = events(&world, 5, &[], 10).await;
    assert_eq!((end.events.len(), end.last, end.more), (0, 5, false));
}

#[tokio::test]
async fn what_is_forgotten_is_gone_and_the_whole_is_not() {
    let mut world = World::new().await;
    world.group("Staff", &[]).await;
    for name in ["a", "b"] {
        world.user(name, json!({})).await;
        world.join("Staff", name).await;
        world.settle().await;
        world.pass(1_000);
    }
    let desk = world.job.desk().clone();
    let (tenant, none) = (&world.tenant.clone(), BTreeSet::new());
    let cut = world.ledger.happened(tenant, 2, 1).await.unwrap()[0].at;
    assert_eq!(desk.forget_events(tenant, cut).await.unwrap(), 2);
    assert_eq!(desk.forget_events(tenant, cut).await.unwrap(), 0);
    for (after, wanted) in [(0, false), (1, false), (2, true), (3, true), (4, false)] {
        let told = desk.events(tenant, after, &none, 10).await.unwrap();
        assert_eq!(told.is_ok(), wanted, "after {after}");
        let whole = desk.whole(tenant, None, Some(after), 10).await.unwrap();
        assert_eq!(whole.is_ok(), wanted, "at {after}");
    }
    let whole = desk.whole(tenant, None, None, 10).await.unwrap().unwrap();
    assert_eq!((whole.seq, whole.rows.len()), (3, 3));
    // Everything old goes; numbers go on.
    world.pass(1_000);
    assert_eq!(desk.forget_events(tenant, world.now).await.unwrap(), 1);
    assert_eq!(desk.events(tenant, 2, &none, 10).await.unwrap(), Err(Gone));
    world.user("c", json!({})).await;
    world.join("Staff", "c").await;
    world.settle().await;
    assert_eq!(
        words(&events(&world, 3, &[], 10).await),
        ["account.created c@x.example"]
    );
    // Who lost what is still told of what is kept (sync §8b).
    let from = enroll_schema::Timestamp::from_millis(0);
    let later = world.now.as_millis() + 1;
    let to = enroll_schema::Timestamp::from_millis(later);
    let impact = desk.impact(&world.tenant, from, to).await.unwrap();
    let people: usize = impact.causes.iter().map(|cause| cause.people.len()).sum();
    assert_eq!(people, 1);
}

/// A listener: reads the whole page by page, then hears what came after the first page.
#[derive(Default)]
struct Listener {
    rows: BTreeMap<MirrorKey, Mirrored>,
    page: Option<MirrorKey>,
    seq: Option<u64>,
    is_whole: bool,
    heard: Vec<u64>,
}

impl Listener {
    async fn step(&mut self, world: &World, most: usize) {
        if self.is_whole {
            self.listen(world, most).await;
        } else {
            self.read(world, most).await;
        }
    }

    async fn read(&mut self, world: &World, most: usize) {
        let desk = world.job.desk();
        let most = u32::try_from(most).unwrap();
        let page = desk.whole(&world.tenant, self.page.clone(), self.seq, most);
        let page = page.await.unwrap().unwrap();
        self.seq = Some(page.seq);
        self.page = page.rows.last().map(Mirrored::key);
        self.is_whole = page.rows.is_empty();
        self.rows
            .extend(page.rows.into_iter().map(|row| (row.key(), row)));
    }

    async fn listen(&mut self, world: &World, most: usize) {
        let after = self.seq.unwrap();
        let told = events(world, after, &[], most).await;
        assert!(told.last >= after, "a place never goes back");
        for event in told.events {
            self.heard.push(event.seq);
            let row = Mirrored {
                seq: event.seq,
                subject: event.subject,
                external_id: event.external_id,
                managed: event.managed,
                object: event.object,
            };
            let known = self.rows.get(&row.key()).map(|known| known.seq);
            if known.is_none_or(|known| known < row.seq) {
                self.rows.insert(row.key(), row);
            }
        }
        self.seq = Some(told.last);
    }
}

const NAMES: [&str; 4] = ["ada", "bob", "eve", "kim"];

/// One thing that a provider or a listener does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Toggle(usize, bool),
    Rename(usize, u8),
    Move(usize, bool),
    Turn,
    Step(usize, usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = 0..NAMES.len();
    let act = prop_oneof![
        2 => (who.clone(), any::<bool>()).prop_map(|(who, on)| Act::Toggle(who, on)),
        2 => (who.clone(), any::<u8>()).prop_map(|(who, name)| Act::Rename(who, name)),
        2 => (who, any::<bool>()).prop_map(|(who, on)| Act::Move(who, on)),
        4 => Just(Act::Turn),
        5 => (0..3_usize, 1..4_usize).prop_map(|(who, most)| Act::Step(who, most)),
    ];
    proptest::collection::vec(act, 1..60)
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    /// Three listeners who start at any time and read at any pace, while others write, end with
    /// exactly the whole, which is exactly what the application holds.
    #[test]
    fn whoever_listens_misses_nothing_and_ends_with_the_whole(acts in acts()) {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            world.group("Staff", &NAMES[..2]).await;
            world.group("Crew", &[]).await;
            for name in NAMES {
                world.user(name, json!({})).await;
                world.join("Staff", name).await;
            }
            let mut listeners: [Listener; 3] = Default::default();
            for act in acts {
                match act {
                    Act::Toggle(who, on) => world.set(NAMES[who], "active", json!(on)).await,
                    Act::Rename(who, name) => {
                        let name = json!(format!("n{name}"));
                        world.set(NAMES[who], "name.givenName", name).await;
                    }
                    Act::Move(who, true) => world.join("Crew", NAMES[who]).await,
                    Act::Move(who, false) => world.leave("Crew", NAMES[who]).await,
                    Act::Turn => {
                        world.pass(7);
                        world.turns().await;
                    }
                    Act::Step(who, most) => listeners[who].step(&world, most).await,
                }
            }
            world.settle().await;
            let all: Vec<_> = world.ledger.mirrored(&world.tenant, None, 100).await.unwrap();
            for listener in &mut listeners {
                for _ in 0..200 {
                    listener.step(&world, 2).await;
                }
                let rows: Vec<_> = listener.rows.values().cloned().collect();
                assert_eq!(rows, all);
                assert!(
                    listener.heard.windows(2).all(|pair| pair[1] == pair[0] + 1),
                    "nothing skipped, nothing twice: {:?}",
                    listener.heard
                );
            }
            let accounts = all.into_iter().filter_map(|row| match row.object {
                MirrorObject::Account(account) => Some(account),
                MirrorObject::AccessGroup(_) => None,
            });
            assert_eq!(accounts.collect::<Vec<_>>(), world.accounts().await);
        });
    }
}
