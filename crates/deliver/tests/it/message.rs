//! What is sent: signed, whole, and the same on every repeat.

use enroll_deliver::{HttpSink, Message, Signed, SigningSecret, Target, Unverified, verify};
use enroll_sync::{AccessGroupId, AccountId, AccountSink, Item, Op, Outcome, Profile, Reason};
use serde_json::{Value, json};

use crate::receiver::{Receiver, ada, at, secret, sink, staff};

fn account(item: &Item) -> Value {
    serde_json::from_slice(&Message::account(item, at(0)).unwrap().to_json()).unwrap()
}

#[test]
fn s_10_a_move_says_what_changes_and_the_whole() {
    let profile = Profile {
        email: Some("li.wei@acme.com".to_owned()),
        time_zone: Some("Asia/Shanghai".to_owned()),
        active: true,
        access_groups: vec![AccessGroupId::new("hiring-manager")],
        fields: [("room".to_owned(), json!("7"))].into(),
        ..Profile::default()
    };
    let to = [
        ("time_zone", json!("Asia/Shanghai")),
        ("access_groups", json!(["hiring-manager"])),
        ("login", Value::Null),
        ("fields.room", json!("7")),
        ("fields.desk", Value::Null),
    ];
    let reason = |code| Reason::new(code, "for people");
    let item = Item {
        op: Op::Update,
        revision: 8_124,
        app_ref: Some(AccountId::new("u_77")),
        account: Some(profile),
        to: to.map(|(name, value)| (name.to_owned(), value)).into(),
        reasons: vec![
            reason(enroll_sync::Code::IdpChanged),
            reason(enroll_sync::Code::MultipleGroups),
        ],
        ..ada()
    };
    let wanted = json!({
        "type": "account.apply",
        "timestamp": "1970-01-01T00:00:00.000Z",
        "data": {
            "tenant": "acme", "integration": "int_1", "op": "update", "revision": 8_124,
            "account": {"app_ref": "u_77", "directory_id": "0192-ada", "external_id": "00u1ada"},
            "set": {
                "time_zone": "Asia/Shanghai",
                "access_groups": ["hiring-manager"],
                "fields": {"room": "7", "desk": null},
            },
            "full": {
                "email": "li.wei@acme.com", "time_zone": "Asia/Shanghai", "kind": "internal",
                "active": true, "access_groups": ["hiring-manager"], "fields": {"room": "7"},
            },
            "locks": [],
            "reasons": ["IDP_CHANGED", "W_MULTIPLE_GROUPS"],
        },
    });
    assert_eq!(account(&item), wanted);
}

#[test]
fn d_6_who_leaves_has_end_access_and_nobody_else() {
    let mut item = ada();
    assert_eq!(account(&item)["data"].get("end_access"), None);
    item.account.as_mut().unwrap().active = false;
    assert_eq!(account(&item)["data"]["end_access"], json!(true));
}

#[test]
fn s_07_an_access_group() {
    let message = Message::access_group(&staff(), at(0)).unwrap();
    let message: Value = serde_json::from_slice(&message.to_json()).unwrap();
    let wanted = json!({
        "type": "access_group.apply",
        "timestamp": "1970-01-01T00:00:00.000Z",
        "data": {
            "tenant": "acme", "integration": "int_1", "op": "create_group", "revision": 1,
            "access_group": {"directory_id": "0192-staff"},
            "set": {"name": "Staff"},
            "full": {"name": "Staff", "archived": false},
            "reasons": ["GROUP_SELECTED"],
        },
    });
    assert_eq!(message, wanted);
    assert!(Message::account(&staff(), at(0)).is_none());
    assert!(Message::access_group(&ada(), at(0)).is_none());
}

#[tokio::test]
async fn an_item_about_nothing_is_not_sent() {
    let receiver = Receiver::saying(204, "").await;
    let sink = sink(&receiver.url());
    assert_eq!(sink.apply(&staff()).await, Outcome::Unchanged);
    let outcome = sink.apply_group(&ada()).await;
    assert!(matches!(
        outcome,
        enroll_sync::GroupOutcome::Rejected { .. }
    ));
    assert!(receiver.calls().is_empty());
}

#[tokio::test]
async fn p_13_a_repeat_has_the_same_id_and_during_rotation_both_secrets_sign() {
    let receiver = Receiver::saying(503, "").await;
    let old = SigningSecret::from_bytes(&[1; 32]).unwrap();
    let target = Target::new(receiver.url(), [secret(), old.clone()]);
    let sink = HttpSink::new(&target).unwrap().with_clock(|| at(5_000));
    for _ in 0..2 {
        assert!(matches!(sink.apply(&ada()).await, Outcome::Retry { .. }));
    }
    let calls = receiver.calls();
    assert_eq!(calls.len(), 2);
    for call in calls {
        let signed = Signed {
            id: call.header("webhook-id"),
            timestamp: call.header("webhook-timestamp"),
            signature: call.header("webhook-signature"),
        };
        assert_eq!((signed.id, signed.timestamp), (&*ada().key, "5000"));
        for known in [secret(), old.clone()] {
            assert_eq!(verify(&[known], signed, &call.body, 5_000), Ok(()));
        }
        let stranger = SigningSecret::from_bytes(&[2; 32]).unwrap();
        let refused = verify(&[stranger], signed, &call.body, 5_000);
        assert_eq!(refused, Err(Unverified::Wrong));
        assert!(call.header("user-agent").starts_with("enroll/"));
    }
}
