//! Changes and notes: written with the write, read in order.

use enroll_schema::Timestamp;
use enroll_store::{
    Change, Dated, Expected, Feed, Journal, Lane, NoteFilter, Revision, Store, StoreError, Target,
    Touched, What, Write,
};
use serde_json::{Value, json};

use super::{Ground, ground::id, ground::versions};

async fn changes<S: Feed>(on: &Ground<S>, after: u64) -> Vec<Change> {
    on.store
        .changes(Revision(after), 1_000)
        .await
        .unwrap()
        .changes
}

fn told(change: &Change) -> (u64, &str, What) {
    (change.revision.0, change.id.as_str(), change.what)
}

/// What was brought from elsewhere keeps its dates; that is no change, and goes on from there.
pub async fn dates_from_elsewhere_are_kept<S: Feed>(store: S) {
    let on = Ground::new(store);
    let before = on.add_user("ada", json!({})).await.record.unwrap();
    on.add_user("bob", json!({})).await;
    let dated = |kind: &str, name: &str| Dated {
        target: Target {
            kind: on.kind(kind),
            id: id(name),
        },
        created: Timestamp::from_millis(1_500_000_000_678),
        modified: Timestamp::from_millis(1_600_000_000_000),
    };
    let nobody = [dated("User", "eve"), dated("Group", "bob")];
    let all = [&nobody[..], &[dated("User", "ada")]].concat();
    if !on.store.dated(all).await.unwrap() {
        return;
    }
    let ada = on.read("User", "ada").await.unwrap();
    assert_eq!(ada.created.as_millis(), 1_500_000_000_678);
    assert_eq!(ada.modified.as_millis(), 1_600_000_000_000);
    assert_eq!(
        (ada.version, &ada.document),
        (before.version, &before.document)
    );
    let bob = on.read("User", "bob").await.unwrap();
    assert_ne!(bob.created, ada.created);
    assert_eq!(changes(&on, 0).await.len(), 2);
    on.put("User", on.user("ada", json!({"title": "x"})))
        .await
        .unwrap();
    let later = on.read("User", "ada").await.unwrap();
    assert_eq!(later.created, ada.created);
    assert!(later.modified > bob.created);
}

/// Every effective write is one change, numbered without gaps; refused and empty ones are none.
pub async fn changes_have_no_gaps<S: Feed>(store: S) {
    let on = Ground::new(store);
    let empty = on.store.changes(Revision(0), 9).await.unwrap();
    assert_eq!((empty.changes.len(), empty.head), (0, Revision(0)));
    let created = on.add_user("ada", json!({})).await;
    assert_eq!(created.revision, Some(Revision(1)));
    let cause = on.cause();
    let taken = on
        .store
        .create(on.kind("User"), on.user("ADA", json!({})), cause)
        .await;
    assert!(
        matches!(taken, Err(StoreError::Taken { .. } | StoreError::IdTaken)),
        "{taken:?}"
    );
    on.put("User", on.user("ada", json!({}))).await.unwrap();
    let put = on
        .put("User", on.user("ada", json!({"title": "x"})))
        .await
        .unwrap();
    assert_eq!(put.revision, Some(Revision(2)));
    on.delete("User", "ada").await.unwrap();
    on.add_user("bob", json!({})).await;
    let told: Vec<_> = changes(&on, 0).await;
    let told: Vec<_> = told.iter().map(self::told).collect();
    let wanted = [
        (1, "ada", What::Created),
        (2, "ada", What::Updated),
        (3, "ada", What::Deleted),
        (4, "bob", What::Created),
    ];
    assert_eq!(told, wanted);
    let all = changes(&on, 0).await;
    let record = on.read("User", "bob").await.unwrap();
    assert_eq!((all[3].at, all[3].kind.as_str()), (record.created, "User"));
}

/// A group's change names the members that moved, or says that all may have (E-18, decision 40).
pub async fn changes_say_whose_membership_moved<S: Feed>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob"]).await;
    on.add_group("g", &["bob", "ada", "late"]).await;
    let members = |ids: &[&str]| Touched::Members(ids.iter().map(|id| (*id).to_owned()).collect());
    let remove = json!([{"op": "remove", "path": "members", "value": [{"value": "bob"}]}]);
    on.patch("Group", "g", remove).await.unwrap();
    on.put("Group", on.group("g", &["ada", "bob", "late"]))
        .await
        .unwrap();
    let rename = json!([{"op": "replace", "path": "displayName", "value": "h"}]);
    on.patch("Group", "g", rename).await.unwrap();
    on.put("Group", on.group("g", &["ada", "late"]))
        .await
        .unwrap();
    on.add_user("late", json!({})).await;
    on.delete("User", "ada").await.unwrap();
    on.delete("Group", "g").await.unwrap();
    let all = changes(&on, 2).await;
    let told: Vec<_> = all
        .iter()
        .map(|c| (c.id.as_str(), c.what, c.touched.clone()))
        .collect();
    let wanted = [
        ("g", What::Created, members(&["ada", "bob"])),
        ("g", What::Updated, members(&["bob"])),
        ("g", What::Updated, members(&["bob"])),
        ("g", What::Updated, Touched::None),
        ("g", What::Updated, Touched::All),
        ("late", What::Created, Touched::None),
        ("g", What::Updated, members(&["late"])),
        ("ada", What::Deleted, Touched::None),
        ("g", What::Updated, members(&["ada"])),
        ("g", What::Deleted, Touched::All),
    ];
    assert_eq!(told, wanted);
    // What follows from a write carries the write's request.
    assert_eq!(all[5].request, all[6].request);
    assert_eq!(all[7].request, all[8].request);
}

/// Who becomes inactive or is deleted is looked at first (threat D6, S-06).
pub async fn d6_deactivation_is_told_at_once<S: Feed>(store: S) {
    let on = Ground::new(store);
    on.add_user("ada", json!({"active": true})).await;
    on.add_user("bob", json!({})).await;
    on.add_user("cyd", json!({"active": false})).await;
    on.add_group("g", &["ada"]).await;
    let active = |active: bool| json!([{"op": "replace", "path": "active", "value": active}]);
    on.patch("User", "ada", active(false)).await.unwrap();
    on.patch("User", "ada", active(true)).await.unwrap();
    on.put("User", on.user("bob", json!({"active": false})))
        .await
        .unwrap();
    on.put(
        "User",
        on.user("cyd", json!({"active": false, "title": "x"})),
    )
    .await
    .unwrap();
    on.delete("Group", "g").await.unwrap();
    on.delete("User", "cyd").await.unwrap();
    let all = changes(&on, 4).await;
    let lanes: Vec<_> = all.iter().map(|change| change.lane).collect();
    let (now, settle) = (Lane::Now, Lane::Settle);
    assert_eq!(lanes, [now, settle, now, settle, settle, now]);
}

/// A reader goes on where it was, and learns how far there is to go.
pub async fn changes_are_read_on<S: Feed>(store: S) {
    let on = Ground::new(store);
    let names: Vec<String> = (0..7).map(|number| format!("u{number}")).collect();
    let create = |name: &String| {
        vec![Write::Create(
            on.kind("User"),
            on.user(name, json!({})),
            on.cause(),
        )]
    };
    on.store
        .batch(names.iter().map(create).collect(), None)
        .await;
    let mut read = Vec::new();
    let mut after = Revision(0);
    loop {
        let some = on.store.changes(after, 3).await.unwrap();
        assert_eq!(some.head, Revision(7));
        let Some(last) = some.changes.last() else {
            break;
        };
        after = last.revision;
        read.extend(some.changes);
    }
    let told: Vec<_> = read.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(told, names);
}

async fn noted<S: Journal>(on: &Ground<S>, filter: NoteFilter) -> Vec<(u16, String)> {
    let notes = on.store.notes(filter, None, 1_000).await.unwrap();
    let shown = |note: enroll_store::Note| {
        (
            note.status,
            note.subject.map(|id| id.to_string()).unwrap_or_default(),
        )
    };
    notes.into_iter().map(|(_, note)| shown(note)).collect()
}

/// The note of a write is there if and only if the write is (threat D3).
pub async fn d3_notes_are_written_with_their_write<S: Journal + Store>(store: S) {
    let on = Ground::new(store);
    let cause = on.noted(201, Some("ada"));
    let note = cause.note.clone().unwrap();
    let written = on
        .store
        .create(on.kind("User"), on.user("ada", json!({})), cause)
        .await
        .unwrap();
    let note = note.committed(written.revision.unwrap());
    let notes = on
        .store
        .notes(NoteFilter::default(), None, 9)
        .await
        .unwrap();
    assert_eq!(
        notes.into_iter().map(|(_, note)| note).collect::<Vec<_>>(),
        [note]
    );

    let same = on.user("ada", json!({}));
    let target = || on.target("User", "ada");
    let nothing = on
        .store
        .replace(target(), Expected::Any, same, on.noted(200, Some("ada")))
        .await;
    assert!(!nothing.unwrap().changed);
    let refused = on
        .store
        .delete(target(), versions(&[9]), on.noted(204, Some("ada")))
        .await;
    assert!(refused.is_err());
    assert_eq!(
        noted(&on, NoteFilter::default()).await,
        [(201, "ada".to_owned())]
    );
    let gone = on
        .store
        .delete(target(), Expected::Any, on.noted(204, Some("ada")))
        .await
        .unwrap();
    let wanted = [(204, "ada".to_owned()), (201, "ada".to_owned())];
    assert_eq!(noted(&on, NoteFilter::default()).await, wanted);
    // The line tells the number of the change it came with.
    let notes = on.store.notes(NoteFilter::default(), None, 1).await;
    let line: Value = serde_json::from_slice(&notes.unwrap()[0].1.body).unwrap();
    assert_eq!(line["revision"], json!(gone.revision.unwrap().0));
}

/// Notes are listed newest first, by request, by resource, or refusals only, and read on by key.
pub async fn notes_are_listed_newest_first<S: Journal + Store>(store: S) {
    let on = Ground::new(store);
    let rows = [
        (200, Some("a")),
        (404, Some("b")),
        (200, None),
        (409, Some("a")),
        (500, None),
        (200, Some("b")),
    ];
    let notes: Vec<_> = rows
        .iter()
        .filter_map(|(status, subject)| on.noted(*status, *subject).note)
        .collect();
    let first = notes[0].clone();
    on.store.append(notes).await.unwrap();
    let filter = NoteFilter::default();
    let of = |subject: &str| NoteFilter {
        subject: Some(id(subject)),
        ..NoteFilter::default()
    };
    for (filter, statuses) in [
        (filter.clone(), [200, 500, 409, 200, 404, 200].as_slice()),
        (
            NoteFilter {
                refused: true,
                ..filter.clone()
            },
            &[500, 409, 404],
        ),
        (of("a"), &[409, 200]),
        (
            NoteFilter {
                refused: true,
                ..of("b")
            },
            &[404],
        ),
        (
            NoteFilter {
                id: Some(first.id.clone()),
                ..filter.clone()
            },
            &[200],
        ),
        (
            NoteFilter {
                id: Some(first.id.clone()),
                refused: true,
                ..filter.clone()
            },
            &[],
        ),
        (
            NoteFilter {
                id: Some(first.id.clone()),
                ..of("b")
            },
            &[],
        ),
    ] {
        let listed: Vec<u16> = noted(&on, filter.clone())
            .await
            .into_iter()
            .map(|n| n.0)
            .collect();
        assert_eq!(listed, statuses, "{filter:?}");
    }
    let mut read = Vec::new();
    let mut before = None;
    loop {
        let page = on.store.notes(filter.clone(), before, 4).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        before = Some(*last);
        read.extend(page.into_iter().map(|(_, note)| note.status));
    }
    assert_eq!(read, [200, 500, 409, 200, 404, 200]);
}

/// The oldest notes go first: those that are too old, then what is too much.
pub async fn old_notes_are_forgotten<S: Journal + Store>(store: S) {
    let on = Ground::new(store);
    let notes: Vec<_> = (0..9)
        .filter_map(|status| on.noted(status, None).note)
        .collect();
    let size = notes[0].body.len() as u64;
    let third = notes[3].at;
    on.store.append(notes).await.unwrap();
    let forget = async |before, bytes_max| on.store.forget(before, bytes_max).await.unwrap();
    assert_eq!(forget(third, u64::MAX).await, 3);
    assert_eq!(forget(third, u64::MAX).await, 0);
    assert_eq!(forget(third, 4 * size + 1).await, 2);
    let left: Vec<u16> = noted(&on, NoteFilter::default())
        .await
        .into_iter()
        .map(|n| n.0)
        .collect();
    assert_eq!(left, [8, 7, 6, 5]);
    assert_eq!(forget(third, 0).await, 4);
    assert_eq!(forget(third, 0).await, 0);
}
