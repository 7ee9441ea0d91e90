//! The verbs as methods (architecture §3).

use enroll_schema::{
    EnterpriseUser, ErrorKind, Group, Member, PatchOp, ResourceId, SearchRequest, User,
};
use serde_json::json;

use crate::bench::{Bench, wait};

fn id(text: &str) -> ResourceId {
    ResourceId::new(text).unwrap()
}

fn matching(filter: &str) -> SearchRequest {
    SearchRequest {
        filter: Some(filter.to_owned()),
        ..SearchRequest::default()
    }
}

#[test]
fn people_come_change_and_go() {
    let directory = Bench::filled().directory;
    let enterprise = EnterpriseUser {
        department: Some("Decks".into()),
        ..EnterpriseUser::default()
    };
    let eve = User::new("eve").with_enterprise(enterprise.clone());
    let mut made = wait(directory.create(&eve)).unwrap();
    let eve_id = id(made.id.as_deref().unwrap());
    assert_eq!(
        (made.active, &made.enterprise),
        (Some(true), &Some(enterprise))
    );
    assert_eq!(wait(directory.get::<User>(&eve_id)).unwrap(), made);

    made.title = Some("Captain".into());
    let put = wait(directory.replace(&eve_id, &made)).unwrap();
    assert_eq!(put.title.as_deref(), Some("Captain"));
    made.title = Some("Mate".into());
    let stale = wait(directory.replace(&eve_id, &made)).unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::PreconditionFailed);
    made.meta = None;
    assert_eq!(
        wait(directory.replace(&eve_id, &made)).unwrap().title,
        made.title
    );

    let leave = PatchOp::new().replace("active", false.into());
    wait(directory.patch::<User>(&eve_id, &leave)).unwrap();
    let found = wait(directory.search::<User>(&matching("title eq \"mate\""))).unwrap();
    let found: Vec<_> = found
        .resources
        .iter()
        .map(|u| (u.id.as_deref(), u.active))
        .collect();
    assert_eq!(found, [(Some(eve_id.as_str()), Some(false))]);

    wait(directory.delete::<User>(&eve_id)).unwrap();
    let gone = wait(directory.delete::<User>(&eve_id)).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[test]
fn groups_have_their_members() {
    let directory = Bench::with(|options| options.links_held_max = 1).directory;
    let mut group = Group::new("Pilots");
    for name in ["ada", "bob", "cid"] {
        let user: User = wait(directory.create(&User::new(name))).unwrap();
        group.members.push(Member::new(user.id.unwrap()));
    }
    let made = wait(directory.create(&group)).unwrap();
    let group_id = id(made.id.as_deref().unwrap());
    assert_eq!(made.members.len(), 3);
    let first = json!([{"value": group.members[0].value}]);
    let change = PatchOp::new().remove("members").add("members", first);
    wait(directory.patch::<Group>(&group_id, &change)).unwrap();
    let members = wait(directory.get::<Group>(&group_id)).unwrap().members;
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].value, group.members[0].value);
}

#[test]
fn refusals_are_errors() {
    let directory = Bench::filled().directory;
    let kind = |error: enroll_schema::Error| error.kind();
    let nobody = id("nobody");
    let taken = wait(directory.create(&User::new("BOB@x.example"))).map_err(kind);
    assert_eq!(taken, Err(ErrorKind::Uniqueness));
    let none = wait(directory.get::<User>(&nobody)).map_err(kind);
    assert_eq!(none, Err(ErrorKind::NotFound));
    let unread = wait(directory.search::<User>(&matching("userName"))).map_err(kind);
    assert_eq!(unread, Err(ErrorKind::InvalidFilter));
    let bad = PatchOp::new().replace("id", "x".into());
    let fixed = wait(directory.patch::<User>(&id("r1"), &bad)).map_err(kind);
    assert_eq!(fixed, Err(ErrorKind::Mutability));
}
