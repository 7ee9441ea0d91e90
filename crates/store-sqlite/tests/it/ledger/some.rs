//! A tenant with a little of everything.

use enroll_store::{DirectoryId, Lane, RequestId, Revision, TenantId};
use enroll_store_sqlite::Sqlite;
use enroll_sync::{
    AccessGroupId, Capabilities, Claim, Decision, Effect, Fence, Hint, Intake, Integration, Item,
    Joined as _, Kind, Ledger as _, Next, Person, Policy, Preset, Profile, Selection, SourceGroup,
    Span, State, Step, Subject, WaitKey, Window, name_key,
};
use serde_json::json;

use super::view::{NOW, id};

pub(super) fn acme() -> TenantId {
    TenantId::new("acme")
}

pub(super) fn okta() -> DirectoryId {
    DirectoryId::new("int_1")
}

pub(super) fn ada() -> Subject {
    Subject::person(&okta(), &id("ada"))
}

pub(super) fn person() -> Person {
    let value = json!({
        "integration": "int_1", "id": "ada", "version": 3, "external_id": "00u1", "user_name": "Ada@Acme.com",
        "active": true, "gone_at": null, "groups": ["hiring", "staff"], "email": "ada@acme.com", "first_name": "Ada",
        "last_name": "Li", "time_zone": "Europe/Lisbon", "user_type": null, "fields": {"cost_center": 7},
        "references": {}, "notes": []
    });
    serde_json::from_value(value).unwrap()
}

pub(super) fn profile(email: &str, groups: &[&str]) -> Profile {
    Profile {
        email: Some(email.to_owned()),
        active: true,
        access_groups: groups
            .iter()
            .map(|group| AccessGroupId::new(*group))
            .collect(),
        ..Profile::default()
    }
}

/// A create of an account with this address.
pub(super) fn create(email: &str) -> Item {
    let value = json!({
        "tenant": "acme", "key": "k1", "subject": {"kind": "person", "integration": "int_1", "id": "ada"},
        "op": "create", "state": "ready", "lane": "joiners", "account": profile(email, &[]), "external_id": "00u1",
        "name": "Ada@Acme.com", "reasons": [], "after": 0, "revision": 1
    });
    serde_json::from_value(value).unwrap()
}

pub(super) fn claim(item: Item) -> Claim {
    Claim {
        item,
        stamp: 1,
        now: NOW,
        again: false,
    }
}

pub(super) fn decision(item: Item) -> Decision {
    Decision {
        item,
        at: NOW,
        in_flight: false,
        waiting: false,
        recorded: None,
    }
}

pub(super) fn step(subject: Subject, effects: Vec<Effect>, decision: Option<Decision>) -> Step {
    Step {
        subject,
        stamp: None,
        effects,
        decision,
        next: Next::Keep,
        wake: Vec::new(),
        members_of: Vec::new(),
        at: NOW,
    }
}

pub(super) fn hint(subject: Subject) -> Hint {
    Hint {
        subject,
        lane: Lane::Settle,
        at: NOW,
        cause: Some(RequestId::new("req_1")),
    }
}

pub(super) fn intake(hints: Vec<Hint>) -> Intake {
    let window = Window {
        settle: Span::from_secs(5),
        most: Span::from_secs(60),
    };
    Intake {
        integration: okta(),
        from: Revision(0),
        upto: Revision(4),
        hints,
        members_of: Vec::new(),
        window,
    }
}

/// A tenant with an integration, a policy, a catalogue, a group, a person, a queue, a decision and an account.
pub(super) async fn filled(database: &Sqlite) -> Fence {
    let tenant = acme();
    let integration = Integration {
        id: okta(),
        name: "Okta".to_owned(),
        order: 1,
    };
    database
        .attach(&tenant, integration, Policy::preset(Preset::HandsOff))
        .await
        .unwrap();
    let roles = Capabilities::roles(["admin", "staff"]);
    database
        .set_capabilities(&tenant, roles, NOW)
        .await
        .unwrap();
    database
        .intake(&tenant, intake(vec![hint(ada())]))
        .await
        .unwrap();
    let fence = database.lease(&tenant).await.unwrap();
    let group = SourceGroup {
        integration: okta(),
        id: id("hiring"),
        external_id: None,
        display_name: "Hiring".to_owned(),
        gone: false,
    };
    let selection = Selection {
        integration: okta(),
        group: id("hiring"),
        access_group: Some(AccessGroupId::new("staff")),
        kind: Kind::Internal,
        priority: Some(0),
        rank: ("hiring".to_owned(), String::new()),
        sync_name: None,
        paused: false,
    };
    let effects = vec![Effect::Source(group), Effect::Select(selection)];
    let about_group = step(Subject::group(&okta(), &id("hiring")), effects, None);
    let about_ada = step(
        ada(),
        vec![Effect::Person(Box::new(person()))],
        Some(decision(create("ada@acme.com"))),
    );
    database
        .decide(&tenant, fence, vec![about_group, about_ada])
        .await
        .unwrap();
    let item = Item {
        account: Some(profile("ada@acme.com", &["staff"])),
        ..create("ada@acme.com")
    };
    database
        .apply_and_settle(&tenant, fence, claim(item))
        .await
        .unwrap();
    let blocked = Item {
        state: State::Blocked,
        waits: vec![WaitKey::Name(name_key("eve@acme.com"))],
        subject: Subject::person(&okta(), &id("bob")),
        ..create("eve@acme.com")
    };
    let about_bob = step(blocked.subject.clone(), Vec::new(), Some(decision(blocked)));
    database
        .decide(&tenant, fence, vec![about_bob])
        .await
        .unwrap();
    fence
}
