//! Items to try a receiver with.

use std::collections::BTreeMap;

use enroll_schema::ResourceId;
use enroll_store::{DirectoryId, TenantId};
use enroll_sync::{Code, GroupWish, Item, Kind, Op, Profile, Reason, Stage, State, Subject};
use serde_json::Value;

/// Returns the item that makes Ada Lovelace's account for the person `id`.
pub fn account(id: &ResourceId) -> Item {
    let text = |text: &str| Some(text.to_owned());
    let profile = Profile {
        email: text("ada@example.com"),
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        time_zone: text("Europe/London"),
        login: None,
        kind: Kind::Internal,
        active: true,
        access_groups: Vec::new(),
        fields: BTreeMap::new(),
    };
    let to = [
        ("email", Value::from("ada@example.com")),
        ("first_name", Value::from("Ada")),
        ("last_name", Value::from("Lovelace")),
        ("time_zone", Value::from("Europe/London")),
        ("kind", Value::from("internal")),
        ("active", Value::from(true)),
    ];
    Item {
        lane: Stage::Joiners,
        changed: to.iter().map(|(name, _)| (*name).to_owned()).collect(),
        to: to.map(|(name, value)| (name.to_owned(), value)).into(),
        account: Some(profile),
        external_id: text("00u1ada"),
        ..blank(
            Subject::person(&integration(), id),
            Op::Create,
            Code::NewInGroup,
        )
    }
}

/// Returns the item that makes the access group `Staff` for the group `id`.
pub fn access_group(id: &ResourceId) -> Item {
    let name = "Staff".to_owned();
    Item {
        lane: Stage::Groups,
        name: name.clone(),
        changed: vec!["name".to_owned()],
        to: BTreeMap::from([("name".to_owned(), Value::from("Staff"))]),
        group: Some(GroupWish {
            group_ref: None,
            name,
            archived: false,
        }),
        ..blank(
            Subject::group(&integration(), id),
            Op::CreateGroup,
            Code::GroupSelected,
        )
    }
}

fn integration() -> DirectoryId {
    DirectoryId::new("int_1")
}

fn blank(subject: Subject, op: Op, code: Code) -> Item {
    Item {
        tenant: TenantId::new("acme"),
        key: format!("sample-{}-{}", op.as_str(), subject.id),
        subject,
        op,
        state: State::Ready,
        lane: Stage::Changes,
        app_ref: None,
        account: None,
        group: None,
        external_id: None,
        name: "ada@example.com".to_owned(),
        from: BTreeMap::new(),
        to: BTreeMap::new(),
        changed: Vec::new(),
        kept: Vec::new(),
        reasons: vec![Reason::plain(code)],
        cause: Vec::new(),
        via: None,
        until: None,
        waits: Vec::new(),
        heir_of: None,
        after: 0,
        revision: 1,
    }
}
