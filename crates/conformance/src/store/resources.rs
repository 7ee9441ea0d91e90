//! Single resources: created, read, changed, deleted.

use enroll_schema::{Document, ErrorKind, urns};
use enroll_store::{Cause, Expected, Manager, Result, Store, StoreError, Want, Write, Written};
use serde_json::json;

use super::{
    Ground,
    ground::{body, id, versions},
    join_all,
};

/// What was written is read back, byte by byte, and nowhere else.
pub async fn a_created_user_is_read_back<S: Store>(store: S) {
    let on = Ground::new(store);
    let draft = on.user(
        "Ada",
        json!({"externalId": "00u1", "name": {"givenName": "Äda"}}),
    );
    let cause = on.cause();
    let written = on
        .store
        .create(on.kind("User"), draft.clone(), cause.clone())
        .await
        .unwrap();
    let record = written.record.unwrap();
    assert_eq!(
        (record.version.0, record.created, record.modified),
        (1, cause.at, cause.at)
    );
    assert_eq!(record.document, draft.document.to_bytes());
    assert!(written.changed);
    assert_eq!(on.read("User", "Ada").await, Some(record));
    // Ids compare by bytes (decision 32), and an id of another type is none.
    assert_eq!(on.read("User", "ada").await, None);
    assert_eq!(on.read("Group", "Ada").await, None);
}

/// Versions count 1, 2, 3 (RFC 7644 §3.14); `created` stays, `lastModified` moves.
pub async fn e_version_rises_by_one_with_each_change<S: Store>(store: S) {
    let on = Ground::new(store);
    let first = on.add_user("ada", json!({})).await.record.unwrap();
    let put = on
        .put("User", on.user("ada", json!({"title": "Countess"})))
        .await
        .unwrap();
    let put = put.record.unwrap();
    let operations = json!([{"op": "add", "path": "nickName", "value": "A"}]);
    let patched = on
        .patch("User", "ada", operations)
        .await
        .unwrap()
        .record
        .unwrap();
    assert_eq!(
        [first.version.0, put.version.0, patched.version.0],
        [1, 2, 3]
    );
    assert_eq!(
        [put.created, patched.created],
        [first.created, first.created]
    );
    assert!(first.modified < put.modified && put.modified < patched.modified);
    assert_eq!(body(&patched)["title"], "Countess");
    assert_eq!(on.read("User", "ada").await, Some(patched));
}

/// The same PUT or PATCH twice is one change.
pub async fn a_write_that_changes_nothing_changes_nothing<S: Store>(store: S) {
    let on = Ground::new(store);
    let first = on.add_user("ada", json!({"active": true})).await.record;
    let operations = json!([{"op": "replace", "path": "active", "value": true}]);
    for again in [
        on.put("User", on.user("ada", json!({"active": true})))
            .await
            .unwrap(),
        on.patch("User", "ada", operations).await.unwrap(),
    ] {
        assert_eq!((again.changed, again.revision), (false, None));
        assert_eq!(again.record, first);
    }
}

/// Of equal creates at the same time, one wins and the others are told why (threat D4).
pub async fn d4_one_of_many_creates_wins<S: Store>(store: S) {
    let on = Ground::new(store);
    let create = |number: usize| {
        let mut draft = on.user(
            if number.is_multiple_of(2) {
                "Ada"
            } else {
                "aDA"
            },
            json!({}),
        );
        draft.id = id(&format!("u{number}"));
        on.store.create(on.kind("User"), draft, on.cause())
    };
    let answers = join_all((0..16).map(create)).await;
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    let taken = answers
        .iter()
        .filter(|answer| is_taken(answer, "userName"))
        .count();
    assert_eq!((won, taken), (1, 15), "{answers:?}");
    assert_eq!(on.found("User", "").await.len(), 1);
}

/// userName is unique by its key (decision 33), at every door.
pub async fn names_are_unique_whatever_their_letter_case<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob"]).await;
    for name in ["ADA", "Ada", "ａｄａ"] {
        let mut draft = on.user_called("new", name, json!({}));
        let created = on
            .store
            .create(on.kind("User"), draft.clone(), on.cause())
            .await;
        assert!(is_taken(&created, "userName"), "{name}: {created:?}");
        draft.id = id("bob");
        let put = on.put("User", draft).await;
        assert!(is_taken(&put, "userName"), "{name}: {put:?}");
        let operations = json!([{"op": "replace", "path": "userName", "value": name}]);
        let patched = on.patch("User", "bob", operations).await;
        assert!(is_taken(&patched, "userName"), "{name}: {patched:?}");
    }
    assert_eq!(on.version("User", "bob").await, 1);
    assert_eq!(on.read("User", "new").await, None);
}

/// A user may respell its own name; a name is free as soon as its owner is deleted or renamed.
pub async fn a_name_stays_with_its_owner_and_is_free_when_he_goes<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob"]).await;
    let rename = |name: &str| json!([{"op": "replace", "path": "userName", "value": name}]);
    assert!(
        on.patch("User", "ada", rename("ADA"))
            .await
            .unwrap()
            .changed
    );
    assert!(
        on.patch("User", "ada", rename("countess"))
            .await
            .unwrap()
            .changed
    );
    assert!(
        on.patch("User", "bob", rename("ada"))
            .await
            .unwrap()
            .changed
    );
    on.delete("User", "bob").await.unwrap();
    let mut again = on.user("ada", json!({}));
    again.id = id("second");
    assert!(
        on.store
            .create(on.kind("User"), again, on.cause())
            .await
            .is_ok()
    );
    assert_eq!(on.found("User", r#"userName eq "ADA""#).await, ["second"]);
}

/// What must be unique is said with each write, and asked only of keys that the write changes.
pub async fn only_what_the_cause_names_must_be_unique<S: Store>(store: S) {
    let on = Ground::new(store);
    let display = on.attribute("User", "displayName");
    let same = json!({"displayName": "Ada", "externalId": "1"});
    on.add_user("u1", same.clone()).await;
    // Neither displayName nor externalId (decision 31) is unique by itself.
    on.add_user("u2", same).await;
    let strict = || Cause {
        unique: vec![display],
        ..on.cause()
    };
    let draft = on.user("u3", json!({"displayName": "ADA"}));
    let created = on.store.create(on.kind("User"), draft, strict()).await;
    assert!(is_taken(&created, "displayName"), "{created:?}");
    // u2 shares its name since before the rule; another attribute may change all the same.
    let plan = on.plan(
        "User",
        &json!([{"op": "add", "path": "title", "value": "x"}]),
    );
    let target = on.target("User", "u2");
    let patched = on.store.patch(target, Expected::Any, plan, strict()).await;
    assert!(patched.unwrap().changed);
}

/// `If-Match` is decided inside the write: of two with one version, one wins (threat D5).
pub async fn d5_if_match_decides_inside_the_write<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    let patch = |title: usize| {
        let title = title.to_string();
        let plan = on.plan(
            "User",
            &json!([{"op": "replace", "path": "title", "value": title}]),
        );
        on.store
            .patch(on.target("User", "ada"), versions(&[1]), plan, on.cause())
    };
    let answers = join_all((0..8).map(patch)).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let moved = |answer: &Result<Written>| matches!(answer, Err(StoreError::Moved { current }) if current.0 == 2);
    assert_eq!(
        answers.iter().filter(|answer| moved(answer)).count(),
        7,
        "{answers:?}"
    );

    let draft = || on.user("ada", json!({"title": "put"}));
    let put = |expected| {
        on.store
            .replace(on.target("User", "ada"), expected, draft(), on.cause())
    };
    assert!(moved(&put(versions(&[1, 9])).await));
    assert!(put(versions(&[1, 2])).await.is_ok());
    let delete = |expected| {
        on.store
            .delete(on.target("User", "ada"), expected, on.cause())
    };
    assert!(delete(versions(&[2])).await.is_err());
    assert!(delete(versions(&[3])).await.is_ok());
    assert!(matches!(
        delete(versions(&[3])).await,
        Err(StoreError::NotFound)
    ));
}

/// An id that was used is used for ever, by whatever type (threat A5).
pub async fn a5_ids_never_return<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    let again = || {
        on.store
            .create(on.kind("User"), renamed(&on, "ada", "other"), on.cause())
    };
    assert!(matches!(again().await, Err(StoreError::IdTaken)));
    on.delete("User", "ada").await.unwrap();
    assert!(matches!(again().await, Err(StoreError::IdTaken)));
    assert_eq!(on.read("User", "ada").await, None);
    for gone in [
        on.delete("User", "ada").await,
        on.patch(
            "User",
            "ada",
            json!([{"op": "add", "path": "title", "value": "x"}]),
        )
        .await,
        on.put("User", on.user("ada", json!({}))).await,
    ] {
        assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
    }
}

/// A PATCH whose last operation fails leaves no trace (threat D3).
pub async fn patches_are_all_or_nothing<S: Store>(store: S) {
    let on = Ground::new(store);
    let before = on
        .add_user("ada", json!({"emails": [{"value": "a@x", "type": "home"}]}))
        .await;
    let operations = json!([
        {"op": "add", "path": "title", "value": "x"},
        {"op": "replace", "path": r#"emails[type eq "work"].value"#, "value": "b@x"},
    ]);
    let patched = on.patch("User", "ada", operations).await;
    let refused =
        |kind| matches!(&patched, Err(StoreError::Patch(e)) if e.kind == kind && e.index == 1);
    assert!(refused(ErrorKind::NoTarget), "{patched:?}");
    assert_eq!(on.read("User", "ada").await, before.record);
}

/// Patches of one resource at the same time are done one after the other; none is lost.
pub async fn concurrent_patches_are_all_kept<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    let patch = |number: usize| {
        let value = json!([{"value": format!("{number}@x"), "type": "other"}]);
        let plan = on.plan(
            "User",
            &json!([{"op": "add", "path": "emails", "value": value}]),
        );
        on.store
            .patch(on.target("User", "ada"), Expected::Any, plan, on.cause())
    };
    let answers = join_all((0..16).map(patch)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let record = on.read("User", "ada").await.unwrap();
    assert_eq!(record.version.0, 17);
    assert_eq!(body(&record)["emails"].as_array().unwrap().len(), 16);
}

/// The manager's name is read where he is, and absent while he is not (decision 40).
pub async fn decision_40_a_manager_is_derived<S: Store>(store: S) {
    let on = Ground::new(store);
    let boss = json!({urns::ENTERPRISE: {"manager": {"value": "boss"}}});
    on.add_user("ada", boss).await;
    let manager = async || on.read("User", "ada").await.unwrap().manager;
    assert_eq!(manager().await, None);
    on.add_user("boss", json!({"displayName": "The Boss"}))
        .await;
    assert_eq!(
        manager().await,
        Some(Manager {
            display_name: Some("The Boss".to_owned())
        })
    );
    on.put("User", on.user("boss", json!({}))).await.unwrap();
    assert_eq!(manager().await, Some(Manager { display_name: None }));
    on.delete("User", "boss").await.unwrap();
    assert_eq!(manager().await, None);
    let record = on.read("User", "ada").await.unwrap();
    assert_eq!(
        (
            record.version.0,
            &body(&record)[urns::ENTERPRISE]["manager"]["value"]
        ),
        (1, &json!("boss"))
    );
}

/// A unit of one write stands or falls alone; answers keep their places.
pub async fn units_are_all_or_nothing<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    let create = |name: &str, user_name: &str| {
        Write::Create(on.kind("User"), renamed(&on, name, user_name), on.cause())
    };
    let units = vec![
        vec![create("u1", "u1")],
        vec![create("u2", "ADA")],
        vec![create("u3", "u3")],
        vec![Write::Delete(
            on.target("User", "ada"),
            Expected::Any,
            on.cause(),
        )],
        vec![create("u4", "ada")],
    ];
    let answers = on.store.batch(units, None).await;
    let good: Vec<_> = answers
        .iter()
        .map(|unit| unit.iter().all(Result::is_ok))
        .collect();
    assert_eq!(good, [true, false, true, true, true], "{answers:?}");
    assert!(is_taken(&answers[1][0], "userName"));
    assert_eq!(on.found("User", "").await, ["u1", "u3", "u4"]);
}

/// `failOnErrors` stops the units after it; what was done stays (decision 27).
pub async fn a_batch_stops_after_errors<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    let create = |name: &str, user_name: &str| {
        vec![Write::Create(
            on.kind("User"),
            renamed(&on, name, user_name),
            on.cause(),
        )]
    };
    let units = vec![
        create("u1", "ada"),
        create("u2", "u2"),
        create("u3", "Ada"),
        create("u4", "u4"),
    ];
    let answers = on.store.batch(units, Some(2)).await;
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert_eq!(on.found("User", "").await, ["ada", "u2"]);
    let record = on
        .store
        .get(on.target("User", "u2"), Want::Omit)
        .await
        .unwrap()
        .unwrap();
    assert!(Document::from_bytes(&record.document).is_ok());
}

fn renamed<S: Store>(on: &Ground<S>, name: &str, user_name: &str) -> enroll_store::Draft {
    on.user_called(name, user_name, json!({}))
}

fn is_taken(answer: &Result<Written>, wanted: &str) -> bool {
    matches!(answer, Err(StoreError::Taken { kind, attribute }) if kind == "User" && attribute == wanted)
}
