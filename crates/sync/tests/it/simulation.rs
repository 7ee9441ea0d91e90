//! Days of a provider's changes over an application that is down, deaf and echoing, with crashes at
//! every step: in the end no effect is missing and none happened twice.

use std::collections::BTreeMap;

use enroll_sync::{Op, Policy, Preset, Report};
use serde_json::json;

use crate::moody::{self, Effect, Mood, Moody, Shaky};

/// A sequence that is the same for the same seed (xorshift64).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
}

const PEOPLE: usize = 20;
const GROUPS: [&str; 2] = ["Admins", "Crew"];
/// Steps of ten minutes.
const DAY: usize = 144;
const MOODS: [Mood; 7] = [
    Mood::Well,
    Mood::Well,
    Mood::Down,
    Mood::Deaf,
    Mood::Echo,
    Mood::DiesBefore,
    Mood::DiesAfter,
];

/// What the directory says of one person.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    active: bool,
    given: String,
    group: usize,
}

fn name(person: usize) -> String {
    format!("p{person:02}")
}

async fn start(app: &Moody) -> (Shaky, Vec<Said>) {
    let mut world = moody::world(app, Policy::preset(Preset::HandsOff)).await;
    let limit = json!({"count": 1_000, "percent": 100});
    let open = json!({"guards": {"removals": limit, "burst": limit, "mass_removal": "apply"}});
    world.policy(open).await;
    for group in GROUPS {
        world.group(group, &[]).await;
    }
    let mut said = Vec::new();
    for person in 0..PEOPLE {
        let name = name(person);
        world.user(&name, json!({})).await;
        world.join(GROUPS[person % 2], &name).await;
        let group = person % 2;
        said.push(Said {
            active: true,
            given: name,
            group,
        });
    }
    (world, said)
}

async fn change(world: &mut Shaky, said: &mut [Said], dice: &mut Dice) {
    let person = dice.below(PEOPLE);
    let (key, one) = (name(person), &mut said[person]);
    match dice.below(3) {
        0 => {
            one.active = !one.active;
            world.set(&key, "active", json!(one.active)).await;
        }
        1 => {
            // Few names, so that a change is often taken back.
            ["Ada", "Bob"][dice.below(2)].clone_into(&mut one.given);
            world.set(&key, "name.givenName", json!(one.given)).await;
        }
        _ => {
            let to = 1 - one.group;
            world.join(GROUPS[to], &key).await;
            world.leave(GROUPS[one.group], &key).await;
            one.group = to;
        }
    }
}

async fn step(world: &mut Shaky, app: &Moody) {
    moody::turns(world, app).await;
    world.pass(600);
    moody::turns(world, app).await;
}

/// Compares what the application has with what the directory says.
async fn check(world: &Shaky, app: &Moody, said: &[Said], seed: u64) {
    let groups: BTreeMap<_, _> = world
        .groups()
        .await
        .into_iter()
        .map(|group| (group.group_ref, group.name))
        .collect();
    let accounts = app.accounts();
    assert_eq!(accounts.len(), PEOPLE, "seed {seed}: one account a person");
    for (person, one) in said.iter().enumerate() {
        let address = format!("{}@x.example", name(person));
        let own = accounts
            .iter()
            .find(|(_, profile)| profile.email.as_deref() == Some(&address));
        let (_, profile) = own.unwrap_or_else(|| panic!("seed {seed}: {address} is missing"));
        assert_eq!(profile.active, one.active, "seed {seed}: {address}");
        if one.active {
            assert_eq!(
                profile.first_name.as_deref(),
                Some(&*one.given),
                "seed {seed}: {address}"
            );
            let inside: Vec<_> = profile
                .access_groups
                .iter()
                .map(|id| &*groups[id])
                .collect();
            assert_eq!(inside, [GROUPS[one.group]], "seed {seed}: {address}");
        }
    }
}

/// The application honours keys, so that what could happen twice is a call under another key: an
/// account made twice, or a change that follows itself, unless it makes sure after a call that nobody
/// answered.
fn check_effects(app: &Moody, seed: u64) {
    let mut made = 0;
    let mut last = BTreeMap::new();
    for Effect {
        account,
        op,
        profile,
        sure,
    } in app.effects()
    {
        made += usize::from(op == Op::Create);
        let same = last.insert(account.clone(), profile.clone()) == Some(profile);
        assert!(!(same && sure), "seed {seed}: {account} twice");
    }
    assert_eq!(made, PEOPLE, "seed {seed}");
}

async fn simulate(seed: u64) {
    let (app, mut dice) = (Moody::default(), Dice::new(seed));
    let (mut world, mut said) = start(&app).await;
    // Half of the runs begin with everybody in; in the others accounts are made under all moods too.
    let all_in = seed.is_multiple_of(2);
    if all_in {
        step(&mut world, &app).await;
    }
    for at in 0..5 * DAY {
        // Down for three days in the middle; before and after as the dice say.
        if (DAY..4 * DAY).contains(&at) {
            app.set(Mood::Down);
        } else if dice.below(4) == 0 {
            app.set(MOODS[dice.below(MOODS.len())]);
        }
        if dice.below(6) == 0 {
            change(&mut world, &mut said, &mut dice).await;
        }
        if dice.below(30) == 0 {
            moody::restart(&mut world, &app);
        }
        if at == 4 * DAY {
            resume(&mut world, &app, all_in).await;
        }
        step(&mut world, &app).await;
    }
    resume(&mut world, &app, all_in).await;
    check(&world, &app, &said, seed).await;
    check_effects(&app, seed);
    let state = world.state().await;
    assert_eq!(
        (state.held, state.blocked, state.pending),
        (0, 0, 0),
        "seed {seed}"
    );
    // Nothing is left to do, and nothing is done again.
    let calls = app.calls();
    world.job.reconcile(world.now).await.unwrap();
    moody::turns(&mut world, &app).await;
    assert_eq!(app.calls(), calls, "seed {seed}");
}

/// The application is back, and everybody is looked at: one call at most for each account. One that is
/// being made is asked for as it was, and then for what changed since.
async fn resume(world: &mut Shaky, app: &Moody, all_in: bool) {
    app.set(Mood::Well);
    let before = app.calls();
    world.job.reconcile(world.now).await.unwrap();
    moody::turns(world, app).await;
    let calls = app.calls() - before;
    let most = if all_in { PEOPLE } else { 2 * PEOPLE };
    assert!(calls <= most, "{calls} calls for {PEOPLE} accounts");
}

#[tokio::test]
async fn five_days_with_an_application_down_for_three_end_exactly_right() {
    for seed in 0..12 {
        simulate(seed).await;
    }
}

/// A lie is not seen by whoever is lied to. What finds it is the application's own report: the next
/// one about the account puts it right.
#[tokio::test]
async fn an_application_that_lies_is_found_out_by_its_own_report() {
    let app = Moody::default();
    let (mut world, _) = start(&app).await;
    moody::turns(&mut world, &app).await;
    step(&mut world, &app).await;
    app.set(Mood::Lying);
    world.set("p00", "active", json!(false)).await;
    step(&mut world, &app).await;
    assert!(app.lets_in("p00"), "it said that it was done");
    app.set(Mood::Well);
    world.job.reconcile(world.now).await.unwrap();
    step(&mut world, &app).await;
    assert!(
        app.lets_in("p00"),
        "comparing finds nothing: the ledger believes the answer"
    );
    let report = |(app_ref, profile): &(_, enroll_sync::Profile)| Report {
        app_ref: Clone::clone(app_ref),
        external_id: None,
        values: [("active".to_owned(), json!(profile.active))].into(),
        is_admin: None,
        changed_by: None,
        changed_at: None,
    };
    let reports = app.accounts().iter().map(report).collect();
    let desk = world.job.desk();
    desk.report(&world.tenant, reports, world.now)
        .await
        .unwrap();
    step(&mut world, &app).await;
    assert!(!app.lets_in("p00"));
}
