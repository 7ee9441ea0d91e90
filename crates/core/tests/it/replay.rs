//! Recorded requests once more: what would be answered now, what would change, and that nothing does.

use enroll_core::{Call, Recorded, Replay};
use enroll_quirks::Dialect;
use enroll_schema::ResourceId;
use enroll_store::{Feed, Journal, Note, NoteFilter, RequestId, Revision, Store};
use serde_json::{Value, json};

use crate::bench::{Bench, GROUP, PATCH, USER, wait};

/// Sends a call and returns its line.
fn record(bench: &Bench, id: &str, call: Call) -> Note {
    let call = Call {
        request: RequestId::new(id),
        noted: true,
        ..call
    };
    let reply = bench.send(call);
    if let Some(note) = reply.log.note {
        return note;
    }
    let filter = NoteFilter {
        id: Some(RequestId::new(id)),
        ..NoteFilter::default()
    };
    let mut notes = wait(bench.directory.store().notes(filter, None, 1)).unwrap();
    notes.pop().expect("a line").1
}

/// Replays a line; nothing in the directory may be other afterwards.
fn replay(bench: &Bench, note: &Note, dialect: Dialect) -> Replay {
    let all = || {
        let store = bench.directory.store();
        let lists = ["/Users?count=99", "/Groups?count=99"].map(|path| {
            let (path, query) = path.split_once('?').unwrap();
            bench.json(Call::new("GET", path).query(query))
        });
        let changes = wait(store.changes(Revision(0), 999)).unwrap();
        let notes = wait(store.notes(NoteFilter::default(), None, 999)).unwrap();
        (
            lists,
            changes,
            notes,
            wait(store.pending(None, 99)).unwrap(),
        )
    };
    let before = all();
    let recorded = Recorded::read(note).unwrap();
    let replay = wait(bench.directory.replay(&recorded, dialect));
    assert_eq!(all(), before, "a replay writes nothing");
    replay
}

fn patch(path: &str, operations: &Value) -> Call {
    let body = json!({"schemas": [PATCH], "Operations": operations});
    Call::new("PATCH", path).body(body.to_string())
}

#[test]
fn what_was_done_already_is_no_difference() {
    let bench = Bench::filled();
    let title = json!([{"op": "Replace", "path": "title", "value": "Captain"}]);
    let done = record(&bench, "q1", patch("/Users/r1", &title));
    let again = replay(&bench, &done, Dialect::Auto);
    assert_eq!((again.then.status, again.now.status), (200, 200));
    assert!(!again.is_different(), "{again:?}");
    assert_eq!(again.then.quirks, again.now.quirks);

    // Somebody else wrote since: the same request would change it back.
    record(
        &bench,
        "q2",
        patch("/Users/r1", &json!([{"op": "remove", "path": "title"}])),
    );
    let again = replay(&bench, &done, Dialect::Auto);
    assert!(again.differs.is_empty() && again.is_different());
    let would = serde_json::to_value(again.would.unwrap()).unwrap();
    let wanted = json!({
        "what": "update", "resourceType": "User", "id": "r1", "changed": true,
        "attributes": [{"at": "title", "after": "Captain"}],
    });
    assert_eq!(would, wanted);
}

#[test]
fn another_answer_is_a_difference() {
    let bench = Bench::empty();
    let body = json!({"schemas": [USER], "userName": "zed"}).to_string();
    let made = record(&bench, "q1", Call::new("POST", "/Users").body(body));
    let again = replay(&bench, &made, Dialect::Auto);
    assert_eq!((again.then.status, again.now.status), (201, 409));
    assert_eq!(again.now.scim_type.as_deref(), Some("uniqueness"));
    assert_eq!(again.differs, ["status", "scimType", "detail"]);
    assert!(again.is_different() && again.would.is_none());
    // Deleted since, it would be made.
    let id = bench.json(Call::new("GET", "/Users"))["Resources"][0]["id"].clone();
    let id = ResourceId::new(id.as_str().unwrap()).unwrap();
    record(&bench, "q2", Call::new("DELETE", &format!("/Users/{id}")));
    let again = replay(&bench, &made, Dialect::Auto);
    assert!(again.differs.is_empty(), "{again:?}");
    assert_eq!(again.would.unwrap().what, "create");
}

#[test]
fn members_are_counted_and_named() {
    let bench = Bench::filled();
    let members = json!([{"op": "replace", "path": "members", "value": [{"value": "r1"}]}]);
    let first = record(&bench, "q1", patch("/Groups/r4", &members));
    let other = json!([{"op": "replace", "path": "members", "value": [{"value": "r2"}, {"value": "late"}]}]);
    record(&bench, "q2", patch("/Groups/r4", &other));
    let again = replay(&bench, &first, Dialect::Auto);
    let links = again.would.unwrap().links.unwrap();
    assert_eq!((links.before, links.after), (1, 1));
    assert_eq!(
        (links.added, links.removed),
        (vec!["r1".to_owned()], vec!["r2".to_owned()])
    );
    let add = json!([{"op": "add", "path": "members", "value": [{"value": "never"}]}]);
    let call = patch("/Groups/r4", &add);
    let added = record(&bench, "q3", call);
    record(
        &bench,
        "q4",
        patch(
            "/Groups/r4",
            &json!([{"op": "remove", "path": "members", "value": [{"value": "never"}]}]),
        ),
    );
    let again = replay(&bench, &added, Dialect::Auto);
    assert_eq!(again.would.unwrap().pending, ["never"]);
}

#[test]
fn a_dialect_that_was_set_since_reads_it_otherwise() {
    let bench = Bench::filled();
    let body = json!({"schemas": [GROUP], "displayName": "Twins"}).to_string();
    record(
        &bench,
        "q1",
        Call::new("POST", "/Groups").body(body.clone()),
    );
    let second = record(&bench, "q2", Call::new("POST", "/Groups").body(body));
    let again = replay(&bench, &second, Dialect::Entra);
    assert_eq!((again.then.status, again.now.status), (201, 409));
    assert_eq!(again.differs, ["dialect", "status", "scimType", "detail"]);
    let capital = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    let read = record(&bench, "q3", patch("/Users/r1", &capital));
    let again = replay(&bench, &read, Dialect::Strict);
    assert!(again.differs.contains(&"quirks") && again.differs.contains(&"read_as"));
}

#[test]
fn a_password_is_not_played() {
    let bench = Bench::empty();
    let body = json!({"schemas": [USER], "userName": "zed", "password": "hush"}).to_string();
    let made = record(&bench, "q1", Call::new("POST", "/Users").body(body));
    let again = replay(&bench, &made, Dialect::Auto);
    assert_eq!(
        again.caveats,
        ["the log keeps no password: it is played without"]
    );
    assert_eq!(again.differs, ["status", "scimType", "detail"]);
}

#[test]
fn reads_are_replayed_too() {
    let bench = Bench::filled();
    let found = record(
        &bench,
        "q1",
        Call::new("GET", "/Users").query("filter=userName%20eq%20\"x\""),
    );
    let again = replay(&bench, &found, Dialect::Auto);
    assert!(!again.is_different() && again.would.is_none());
    let gone = record(&bench, "q2", Call::new("GET", "/Users/nobody"));
    let again = replay(&bench, &gone, Dialect::Auto);
    assert!(
        !again.is_different() && again.now.status == 404,
        "{again:?}"
    );
}
