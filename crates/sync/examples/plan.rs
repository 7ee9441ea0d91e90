//! Measures how long a plan takes: everybody with some changes, and one person among everybody.
//!
//! ```text
//! cargo run --release -p enroll-sync --example plan
//! ```
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "an example talks to its terminal and may fail loudly"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, TenantId};
use enroll_sync::{
    AccessGroupId, AccountId, Capabilities, Context, Current, GroupShadow, Guarding, Integration,
    Item, Kind, Person, Plan, Policy, Preset, Selection, Shadow, SourceGroup, Subject, desired,
    guard, plan,
};
use serde_json::json;

const PEOPLE: usize = 100_000;
const CHANGES: usize = 1_000;
const GROUPS: usize = 50;

fn main() {
    let context = context();
    let mut people: Vec<Person> = (0..PEOPLE).map(person).collect();
    let first = made(&people, &Current::default(), &context);
    let current = Current {
        shadows: shadows(&first),
        ..Current::default()
    };
    for person in people.iter_mut().step_by(PEOPLE / CHANGES) {
        person.first_name = Some("Pat".to_owned());
    }
    let began = Instant::now();
    let changed = made(&people, &current, &context);
    let ready = changed.items.iter().filter(|item| item.is_ready()).count();
    println!("{PEOPLE} people, {ready} changes: {:?}", began.elapsed());

    let one = people.first().expect("there are people");
    let own = current
        .shadows
        .get(&one.subject())
        .expect("everybody has an account");
    let alone = Current {
        shadows: BTreeMap::from([(one.subject(), own.clone())]),
        ..Current::default()
    };
    let began = Instant::now();
    black_box(made(std::slice::from_ref(one), &alone, &context));
    println!("one person among {GROUPS} groups: {:?}", began.elapsed());
}

fn made(people: &[Person], current: &Current, context: &Context) -> Plan {
    let wanted = desired(people, &[], context);
    let plan = plan(&wanted, current, context, now());
    guard(plan, &Guarding::default(), &BTreeMap::new(), context, now())
}

fn shadows(plan: &Plan) -> BTreeMap<Subject, Shadow> {
    let tie = |item: &Item| Shadow {
        subject: item.subject.clone(),
        app_ref: AccountId::new(item.subject.id.as_str()),
        external_id: item.external_id.clone(),
        user_name: item.name.clone(),
        managed: true,
        base: item.account.clone().unwrap_or_default(),
        observed: None,
        via: item.via.clone(),
        ungrouped_since: None,
        gone_at: None,
        former_logins: Vec::new(),
        doubt: None,
        seq: 1,
    };
    plan.items
        .iter()
        .map(|item| (item.subject.clone(), tie(item)))
        .collect()
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn id(kind: &str, number: usize) -> ResourceId {
    ResourceId::new(&format!("{kind}-{number:06}")).expect("letters, digits and dashes")
}

fn directory() -> DirectoryId {
    DirectoryId::new("int_1")
}

fn person(number: usize) -> Person {
    let value = json!({
        "integration": directory(), "id": id("p", number).as_str(), "version": 1,
        "external_id": format!("ext-{number}"), "user_name": format!("p{number}@acme.example"),
        "active": true, "gone_at": null, "groups": [id("g", number % GROUPS).as_str()],
        "email": format!("p{number}@acme.example"), "first_name": "Ada", "last_name": "Brenner",
        "time_zone": "Europe/London", "user_type": null, "fields": {}, "references": {}, "notes": [],
    });
    serde_json::from_value(value).expect("a person")
}

fn context() -> Context {
    let group = |number| SourceGroup {
        integration: directory(),
        id: id("g", number),
        external_id: None,
        display_name: format!("Group {number}"),
        gone: false,
    };
    let selection = |number| Selection {
        integration: directory(),
        group: id("g", number),
        access_group: None,
        kind: Kind::Internal,
        priority: None,
        rank: (format!("group {number}"), String::new()),
        sync_name: None,
        paused: false,
    };
    let binding = |number| GroupShadow {
        subject: Subject::group(&directory(), &id("g", number)),
        group_ref: AccessGroupId::new(format!("ag_{number}")),
        external_id: None,
        name: format!("Group {number}"),
        made: true,
        archived: false,
        seq: 1,
    };
    let bindings: Vec<_> = (0..GROUPS).map(binding).collect();
    Context {
        tenant: TenantId::new("acme"),
        policy: Policy::preset(Preset::HandsOff),
        version: 1,
        capabilities: Capabilities::default(),
        seq: 1,
        integrations: vec![Integration {
            id: directory(),
            name: "Okta".to_owned(),
            order: 0,
        }],
        selections: (0..GROUPS).map(selection).collect(),
        groups: (0..GROUPS).map(group).collect(),
        access_groups: bindings.iter().map(GroupShadow::access_group).collect(),
        bindings,
    }
}
