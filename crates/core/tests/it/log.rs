//! The line of each request (data §5): with the write, or handed back with the reply.

use enroll_core::{Call, Pii};
use enroll_quirks::Dialect;
use enroll_schema::ResourceId;
use enroll_store::{Journal, Note, NoteFilter, RequestId};
use serde_json::{Value, json};

use crate::bench::{Bench, PATCH, USER, wait};

fn stored(bench: &Bench) -> Vec<(Note, Value)> {
    let notes = wait(
        bench
            .directory
            .store()
            .notes(NoteFilter::default(), None, 100),
    )
    .unwrap();
    notes
        .into_iter()
        .rev()
        .map(|(_, note)| line(note))
        .collect()
}

fn line(note: Note) -> (Note, Value) {
    let body = serde_json::from_slice(&note.body).expect("a line is JSON");
    (note, body)
}

fn patch(operations: Value) -> String {
    json!({"schemas": [PATCH], "Operations": operations}).to_string()
}

#[test]
fn a_write_takes_its_line_along() {
    let bench = Bench::filled();
    let before = stored(&bench).len();
    let call = Call {
        request: RequestId::new("req_7"),
        ..Call::new("PATCH", "/Users/r1")
            .dialect(Dialect::Entra)
            .query("x=1")
            .body(patch(
                json!([{"op": "Replace", "path": "active", "value": "False"}]),
            ))
    };
    let reply = bench.send(call);
    assert!(reply.log.note.is_none() && reply.log.revision.is_some());
    let fired: Vec<_> = reply.log.quirks.iter().map(|quirk| quirk.id).collect();
    assert_eq!(fired, ["op-letter-case", "text-boolean"]);
    let notes = stored(&bench);
    assert_eq!(notes.len(), before + 1);
    let (note, line) = notes.last().unwrap();
    assert_eq!((note.id.as_str(), note.status), ("req_7", 200));
    assert_eq!(note.subject.as_ref().map(ResourceId::as_str), Some("r1"));
    for (name, wanted) in [
        ("method", json!("PATCH")),
        ("path", json!("/Users/r1")),
        ("query", json!("x=1")),
        ("dialect", json!("entra")),
        ("status", json!(200)),
        ("ms", json!(0)),
        ("revision", json!(reply.log.revision.unwrap().0)),
        ("pii", Value::Null),
        (
            "quirks",
            json!([
                {"id": "op-letter-case", "changes": [
                    {"operation": 0, "at": "op", "before": "Replace", "after": "replace"},
                ]},
                {"id": "text-boolean", "changes": [
                    {"operation": 0, "at": "active", "before": "False", "after": false},
                ]},
            ]),
        ),
    ] {
        assert_eq!(line[name], wanted, "{name}");
    }
    assert_eq!(
        line["sent"]["Operations"][0],
        json!({"op": "Replace", "path": "active", "value": "False"})
    );
    assert_eq!(line["read_as"]["body"]["Operations"][0]["value"], false);
}

#[test]
fn refusals_and_reads_hand_it_back() {
    let bench = Bench::filled();
    let before = stored(&bench).len();
    let refused =
        bench.send(Call::new("PATCH", "/Users/r1").body(patch(json!([{"op": "remove"}]))));
    let (note, said) = line(refused.log.note.unwrap());
    assert_eq!(
        (note.status, &said["error"]["scimType"]),
        (400, &json!("noTarget"))
    );
    assert_eq!(said["error"]["operation"], 0);
    assert_eq!(
        said.get("revision"),
        None,
        "a refusal changes nothing by nature"
    );
    assert_eq!(note.subject.as_ref().map(ResourceId::as_str), Some("r1"));
    let same = bench.send(Call::new("PATCH", "/Users/r1").body(patch(
        json!([{"op": "add", "path": "title", "value": "Countess"}]),
    )));
    assert_eq!((same.status, same.log.revision), (200, None));
    let (_, same) = line(same.log.note.unwrap());
    assert_eq!(
        (&same["status"], same.get("revision")),
        (&json!(200), Some(&Value::Null))
    );
    assert!(bench.send(Call::new("GET", "/Users/r1")).log.note.is_none());
    let noted = bench.send(Call {
        noted: true,
        ..Call::new("GET", "/Users/r1")
    });
    let (_, read) = line(noted.log.note.unwrap());
    assert_eq!(
        (&read["method"], read.get("revision")),
        (&json!("GET"), None)
    );
    let search = bench
        .send(Call::new("POST", "/Users/.search").body(json!({"schemas": [SEARCH]}).to_string()));
    let (_, search) = line(search.log.note.unwrap());
    assert_eq!(
        (&search["status"], search.get("revision")),
        (&json!(200), None)
    );
    assert_eq!(stored(&bench).len(), before);
}

/// 7643-7-10, decision 55: a password is in no line, wherever it was and however it was spelled.
#[test]
fn secrets_are_cut_out() {
    let bodies = [
        json!({"schemas": [USER], "userName": "dan", "password": "hunter2"}).to_string(),
        json!({"schemas": [USER], "userName": "dan", "PassWord": "hunter2"}).to_string(),
        format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"dan\",\"\\u0070assword\":\"hunter2\"}}"),
        patch(json!([{"op": "replace", "path": "password", "value": "hunter2"}])),
        patch(json!([{"op": "replace", "path": format!("{USER}:Password"), "value": "hunter2"}])),
        patch(json!([{"op": "replace", "value": {"password": "hunter2", "title": "Dr"}}])),
        patch(json!([{"op": "replace", "value": {format!("{USER}:password"): "hunter2"}}])),
        patch(json!([{"Op": "Replace", "Path": "password", "Value": "hunter2"}])),
        patch(json!([{"op": "replace", "path": "User.password", "value": "hunter2"}])),
        patch(json!([{"op": "replace", "path": "password.value", "value": "hunter2"}])),
        patch(json!([{"op": "remove", "path": "password[value eq \"hunter2\"]"}])),
        patch(json!([{"op": "replace", "path": "password", "value": {"password": "hunter2"}}])),
        patch(json!([{"op": "replace", "path": "password", "value": ["hunter2"]}])),
        patch(json!([{"op": "add", "value": {"nope": "x", "title": "x", "password": "hunter2"}}])),
        patch(json!([{"op": "remove", "path": "password[ value eq \"hunter2\" ]"}])),
        patch(json!([{"op": "remove", "path": "password eq hunter2"}])),
        patch(json!([{"op": "replace", "path": ["password"], "value": "hunter2"}])),
        patch(json!([{"op": "replace", "path": "password", "values": "hunter2"}])),
        patch(json!([{"op": "replace", "value": "{\"password\":\"hunter2\"}"}])),
        patch(json!([
            "{\"op\":\"add\",\"path\":\"password\",\"value\":\"hunter2\"}"
        ])),
        json!({"schemas": [SEARCH], "filter": "password eq hunter2"}).to_string(),
    ];
    for dialect in [Dialect::Auto, Dialect::Entra, Dialect::Strict] {
        for body in &bodies {
            let bench = Bench::filled();
            let (method, path) = match body {
                body if body.contains("Operations") => ("PATCH", "/Users/r1"),
                body if body.contains(SEARCH) => ("POST", "/Users/.search"),
                _ => ("POST", "/Users"),
            };
            let reply = bench.send(Call::new(method, path).dialect(dialect).body(body.clone()));
            let notes: Vec<_> = stored(&bench)
                .into_iter()
                .chain(reply.log.note.map(line))
                .collect();
            let (_, last) = notes.last().unwrap();
            assert!(last.to_string().contains("[redacted]"), "{last}");
            assert!(
                notes
                    .iter()
                    .all(|(_, line)| !line.to_string().contains("hunter2")),
                "{notes:?}"
            );
        }
    }
    for query in [
        "filter=password eq \"hunter2\"",
        "filter=p%61ssword%20eq%20%22hunter2%22",
        "filter=p%2561ssword%2520eq%2520%2522hunter2%2522",
        "filter=password%2520eq%2520%2522hunter2%2522",
        "count=1&Access_Token=hunter2",
        "access%5ftoken=hunter2",
    ] {
        let call = Call {
            noted: true,
            ..Call::new("GET", "/Users").query(query)
        };
        let (_, line) = line(Bench::filled().send(call).log.note.unwrap());
        assert_eq!(line["query"], "[redacted]");
        assert!(!line.to_string().contains("hunter2"), "{line}");
    }
    for path in [
        "/Users/password/hunter2",
        "/Users%3Ffilter=p%61ssword%20eq%20%22hunter2%22",
        "/Users/x&password=hunter2",
    ] {
        for dialect in [Dialect::Auto, Dialect::Entra, Dialect::Strict] {
            let call = Call {
                noted: true,
                ..Call::new("GET", path).dialect(dialect)
            };
            let (_, line) = line(Bench::filled().send(call).log.note.unwrap());
            assert_eq!(line["path"], "[redacted]");
            assert!(!line.to_string().contains("hunter2"), "{line}");
        }
    }
}

/// What is no JSON leaves its length and its hash, and nothing else of it.
#[test]
fn unreadable_bodies_leave_a_hash() {
    let bench = Bench::filled();
    let reply = bench.send(Call::new("POST", "/Users").body("{\"password\":\"hunter2\""));
    let (_, line) = line(reply.log.note.unwrap());
    assert_eq!(line["sent_bytes"], 21);
    assert_eq!(line["sent_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(line["sent"], Value::Null);
    assert!(!line.to_string().contains("hunter2"));
}

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// `pii = hash`: no value that was sent is in the line, and the same value has one hash everywhere.
#[test]
fn personal_values_are_hashed_and_still_correlate() {
    let bench = Bench::with(|options| options.pii = Pii::hash(b"a key of this installation"));
    let body = json!({"schemas": [USER], "userName": "Zelda.Q", "active": "True",
        "title": ["Princess"], "emails": [{"value": "zelda@x.example", "type": "work"}]});
    bench.send(Call::new("POST", "/Users").body(body.to_string()));
    let (_, created) = stored(&bench).pop().unwrap();
    assert_eq!(created["pii"], "hash");
    let name = created["sent"]["userName"].clone();
    assert!(name.as_str().unwrap().starts_with("sha256:"), "{created}");
    assert_eq!(created["read_as"]["body"]["userName"], name);
    assert_eq!(created["sent"]["emails"][0]["type"], "work");
    assert_eq!(created["sent"]["schemas"][0], USER);
    let changes = created["quirks"][1]["changes"][0].clone();
    assert_eq!(
        changes,
        json!({"at": "active", "before": "True", "after": true})
    );
    assert!(created["revision"].is_number());

    let again = bench.send(Call::new("POST", "/Users").body(body.to_string()));
    let (_, refused) = line(again.log.note.unwrap());
    assert_eq!(
        (refused["status"].clone(), &refused["sent"]["userName"]),
        (json!(409), &name)
    );
    let read = bench.send(Call {
        noted: true,
        ..Call::new("GET", "/Users").query("filter=userName+eq+%22Zelda.Q%22&count=2")
    });
    let (_, read) = line(read.log.note.unwrap());
    let query = read["query"].as_str().unwrap().replace("%3A", ":");
    assert!(
        query.contains(name.as_str().unwrap()) && query.contains("count=2"),
        "{query}"
    );
    let wrong = patch(
        json!([{"op": "add", "path": "emails[type eq \"work\"].value", "value": {"a": "Zelda.Q"}}]),
    );
    let wrong = bench.send(Call::new("PATCH", "/Users/r1").body(wrong));
    let (_, wrong) = line(wrong.log.note.unwrap());
    assert_eq!(wrong["status"], 400);
    let odd = bench.send(Call::new("POST", "/Users").body("{\"userName\":\"Zelda.Q"));
    let (_, odd) = line(odd.log.note.unwrap());
    assert_eq!(
        (&odd["sent_bytes"], odd.get("sent_sha256")),
        (&json!(20), None)
    );
    for line in [created, refused, read, wrong, odd] {
        let text = line.to_string().to_lowercase();
        assert!(
            !text.contains("zelda") && !text.contains("princess"),
            "{text}"
        );
    }
}

/// ENTRA-26: a capital verb is told, and the body is not kept twice for it.
#[test]
fn letter_case_alone_is_told_without_a_second_body() {
    let bench = Bench::filled();
    let body = patch(json!([{"op": "Replace", "path": "title", "value": "Countess II"}]));
    bench.send(Call::new("PATCH", "/Users/r1").body(body));
    let (_, line) = stored(&bench).pop().unwrap();
    assert_eq!(line["quirks"][0]["id"], "op-letter-case");
    assert_eq!(
        (line.get("read_as"), &line["sent"]["Operations"][0]["op"]),
        (None, &json!("Replace"))
    );
}
