//! Rehearsals: what a write would do, with nothing done.

use std::sync::Arc;

use enroll_filter::{LinkPlan, Unknown};
use enroll_store::{
    Cause, Draft, Expected, Feed, Journal, Note, NoteFilter, NoteKey, Pending, Record, Rehearse,
    Result, Revision, Store, Target, Want, Write, Written,
};
use serde_json::json;

use super::{
    Ground,
    ground::{id, versions},
    members::{op, values},
};

/// Everything a directory shows.
#[derive(Debug, PartialEq)]
struct Shown {
    records: Vec<Record>,
    waiting: Vec<Pending>,
    changes: Vec<enroll_store::Change>,
    notes: Vec<(NoteKey, Note)>,
}

async fn shown<S: Feed + Journal>(on: &Ground<S>) -> Shown {
    let mut records = Vec::new();
    for kind in ["User", "Group"] {
        records.extend(on.store.find(on.query(kind, "")).await.unwrap().records);
    }
    Shown {
        records,
        waiting: on.store.pending(None, 99).await.unwrap(),
        changes: on.store.changes(Revision(0), 999).await.unwrap().changes,
        notes: on
            .store
            .notes(NoteFilter::default(), None, 999)
            .await
            .unwrap(),
    }
}

/// The writes of a day, each in the state that the ones before it left; many are refused.
fn writes<S: Store>(on: &Ground<S>) -> Vec<Write> {
    let cause = || on.noted(200, Some("ada"));
    let any = || Expected::Any;
    let make = |kind: &str, draft: Draft| Write::Create(on.kind(kind), draft, cause());
    let user = |name: &str, more| make("User", on.user(name, more));
    let group = |name: &str, members: &[&str]| make("Group", on.group(name, members));
    let put = |kind: &str, draft: Draft, expected| {
        let target = on.target(kind, draft.id.as_str());
        let links = LinkPlan {
            clear: true,
            ..draft.links
        };
        Write::Replace(target, expected, Draft { links, ..draft }, cause())
    };
    let patch = |target: Target, operations| {
        let plan = on.plan(target.kind.name(), &operations);
        Write::Patch(target, any(), plan, cause())
    };
    let of = |kind: &str, name: &str| on.target(kind, name);
    let delete = |target: Target, expected| Write::Delete(target, expected, cause());
    let title = |title: &str| json!([{"op": "replace", "path": "title", "value": title}]);
    let strict = Draft {
        links: LinkPlan {
            link: values(&["ada", "stranger"]),
            unknown: Unknown::Refuse,
            ..LinkPlan::default()
        },
        ..on.group("strict", &[])
    };
    vec![
        user("ada", json!({"externalId": "00u-ada"})),
        user("ada", json!({})),
        make("User", on.user_called("eve", "ADA", json!({}))),
        group("early", &["ada", "00u-bob", "nobody"]),
        user("bob", json!({"externalId": "00u-bob"})),
        make("Group", strict),
        group("late", &["early", "bob"]),
        put(
            "User",
            on.user("ada", json!({"title": "x"})),
            versions(&[9]),
        ),
        put(
            "User",
            on.user("ada", json!({"title": "x"})),
            versions(&[1]),
        ),
        put("User", on.user("ada", json!({"title": "x"})), any()),
        put("User", on.user_called("ada", "bob", json!({})), any()),
        put("User", on.user("nobody", json!({})), any()),
        put("Group", on.group("early", &["bob", "cyd"]), any()),
        patch(of("User", "ada"), title("y")),
        patch(of("User", "ada"), title("y")),
        patch(of("User", "nobody"), title("y")),
        patch(
            of("User", "ada"),
            json!([{"op": "replace", "path": "emails[type eq \"x\"].value", "value": "y"}]),
        ),
        patch(of("Group", "early"), op("add", &["ada", "dan"])),
        patch(of("Group", "early"), op("remove", &["bob", "stranger"])),
        patch(of("Group", "late"), op("add", &["bob"])),
        delete(of("User", "ada"), versions(&[1])),
        delete(of("User", "ada"), any()),
        delete(of("User", "ada"), any()),
        user("ada", json!({})),
        delete(of("Group", "early"), any()),
    ]
}

fn target(write: &Write) -> Target {
    match write {
        Write::Create(kind, draft, _) => Target {
            kind: kind.clone(),
            id: draft.id.clone(),
        },
        Write::Replace(target, ..) | Write::Patch(target, ..) | Write::Delete(target, ..) => {
            target.clone()
        }
    }
}

async fn really<S: Store>(store: &S, write: Write) -> Result<Written> {
    let any = |plan: &Arc<enroll_filter::Plan>| Arc::clone(plan);
    match write {
        Write::Create(kind, draft, cause) => store.create(kind, draft, cause).await,
        Write::Replace(at, expected, draft, cause) => {
            store.replace(at, expected, draft, cause).await
        }
        Write::Patch(at, expected, plan, cause) => {
            store.patch(at, expected, any(&plan), cause).await
        }
        Write::Delete(at, expected, cause) => store.delete(at, expected, cause).await,
    }
}

/// A rehearsal changes nothing, and says what the write would say: of each write, then it is done.
pub async fn a_rehearsal_changes_nothing_and_says_what_a_write_would_say<S>(store: S)
where
    S: Feed + Journal + Rehearse,
{
    let on = Ground::new(store);
    let (mut refused, mut empty) = (0, 0);
    for (place, write) in writes(&on).into_iter().enumerate() {
        let (before, target) = (shown(&on).await, target(&write));
        let wanted = match &write {
            Write::Create(..) => None,
            _ => on.store.get(target, Want::UpTo(1_000)).await.unwrap(),
        };
        let first = on.store.rehearse(write.clone()).await;
        let again = on.store.rehearse(write.clone()).await;
        assert_eq!(format!("{first:?}"), format!("{again:?}"), "write {place}");
        assert_eq!(shown(&on).await, before, "write {place} was only rehearsed");
        let done = really(&on.store, write).await;
        match (first, done) {
            (Ok(told), Ok(done)) => {
                assert_eq!(told.before, wanted, "write {place}");
                assert_eq!(told.written, done, "write {place}");
                empty += u32::from(!done.changed);
            }
            (told, done) => {
                let (told, done) = (told.map(|told| told.written), done);
                assert_eq!(format!("{told:?}"), format!("{done:?}"), "write {place}");
                refused += 1;
            }
        }
    }
    assert!(
        refused >= 8 && empty >= 3,
        "{refused} refused, {empty} empty"
    );
}

/// Rehearsals between writes take neither a number nor an id nor a name (decision: nothing is kept).
pub async fn rehearsals_between_writes_leave_no_gap<S>(store: S)
where
    S: Feed + Journal + Rehearse,
{
    let on = Ground::new(store);
    let create =
        |name: &str, cause: Cause| Write::Create(on.kind("User"), on.user(name, json!({})), cause);
    for name in ["ada", "bob", "cyd"] {
        for other in ["ada", "bob", "cyd", "dan"] {
            // Refused or not: both are rolled back.
            drop(on.store.rehearse(create(other, on.cause())).await);
        }
        on.add_user(name, json!({})).await;
    }
    let told = on.store.changes(Revision(0), 99).await.unwrap().changes;
    let told: Vec<_> = told.iter().map(|c| (c.revision.0, c.id.clone())).collect();
    assert_eq!(told, [(1, id("ada")), (2, id("bob")), (3, id("cyd"))]);
}
