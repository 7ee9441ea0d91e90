//! Moving in and out (issue 3.8), and tokens that a provider has already.

use enroll_store::{Directories as _, DirectoryId, Feed as _, Journal as _, NoteFilter, Revision};
use enroll_tenants::{Digest, Gate, Secret};
use serde_json::{Value, json};

use crate::world::{Reply, World};

const LINES: &str = r#"{"format":"enroll-directory","version":1}
{"id":"A-1","userName":"Ada","meta":{"resourceType":"User","created":"2019-01-02T03:04:05.678Z"}}
{"id":"G-1","displayName":"Staff","members":["A-1"],"meta":{"resourceType":"Group"}}
{"id":"no id","userName":"bob","meta":{"resourceType":"User"}}
"#;

async fn import(world: &World, place: &str, lines: &str) -> Reply {
    let auth = format!("Bearer {}", world.key.expose());
    let headers = [
        ("authorization", auth.as_str()),
        ("content-type", "application/x-ndjson"),
    ];
    let path = format!("{place}/import");
    world.send("POST", &path, &headers, lines.to_owned()).await
}

#[tokio::test]
async fn lines_come_in_with_changes_for_the_job_and_one_line_in_the_request_log() {
    let world = World::new().await;
    let id = world.okta().await;
    let place = format!("/v1/tenants/acme/integrations/{id}");
    let reply = import(&world, &place, LINES).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let became: Vec<_> = reply.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["became"].clone())
        .collect();
    assert_eq!(became, ["created", "created", "refused"]);

    let store = world.directories.open(&DirectoryId::new(id)).await.unwrap();
    let changes = store.changes(Revision(0), 10).await.unwrap().changes;
    assert_eq!(changes.len(), 2);
    let request = reply.body["request"].as_str().unwrap();
    assert!(
        changes
            .iter()
            .all(|change| change.request.as_str() == request)
    );
    assert!(changes.iter().all(|change| change.at == world.now()));
    let notes = store.notes(NoteFilter::default(), None, 10).await.unwrap();
    assert_eq!(notes.len(), 1);
    let shown = world.get(&format!("{place}/requests/{request}")).await;
    assert_eq!(shown.body["imported"], json!({"created": 2, "refused": 1}));
    assert!(!shown.body.to_string().contains("Ada"), "no personal data");

    let again = import(&world, &place, LINES).await;
    let same = again.body["items"].as_array().unwrap();
    assert_eq!(
        (&same[0]["became"], &same[1]["became"]),
        (&json!("same"), &json!("same"))
    );
    assert_eq!(
        store.changes(Revision(0), 10).await.unwrap().changes.len(),
        2
    );
}

#[tokio::test]
async fn an_export_is_lines_and_another_tenants_is_unknown() {
    let world = World::new().await;
    let id = world.okta().await;
    let place = format!("/v1/tenants/acme/integrations/{id}");
    import(&world, &place, LINES).await;
    let auth = format!("Bearer {}", world.key.expose());
    let headers = [("authorization", auth.as_str())];
    let path = format!("{place}/export");
    let reply = world.send("GET", &path, &headers, String::new()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "application/x-ndjson");
    assert!(reply.headers.get("x-next").is_none());
    let lines = reply.body.as_str().unwrap();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(lines.contains("2019-01-02T03:04:05.678Z") && lines.contains("[\"A-1\"]"));

    let theirs = place.replace("acme", "globex");
    for (method, end) in [("GET", "export"), ("GET", "tokens")] {
        let reply = world
            .call(method, &format!("{theirs}/{end}"), Value::Null)
            .await;
        assert_eq!(reply.status, 404, "{end}");
    }
    assert_eq!(import(&world, &theirs, LINES).await.status, 404);
    let reply = world.get(&format!("{path}?after=nonsense")).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["code"]),
        (400, &json!("invalid_cursor"))
    );
}

#[tokio::test]
async fn too_many_lines_and_other_bodies_are_refused() {
    let world = World::new().await;
    let id = world.okta().await;
    let place = format!("/v1/tenants/acme/integrations/{id}");
    let many = "{}\n".repeat(1_001);
    assert_eq!(import(&world, &place, &many).await.status, 413);
    assert_eq!(
        import(&world, &place, &"{}\n".repeat(1_000)).await.status,
        200
    );
    let long = format!("{{\"id\":\"{}\"}}", "x".repeat(8 << 20));
    assert_eq!(import(&world, &place, &long).await.status, 413);
    let auth = format!("Bearer {}", world.key.expose());
    let headers = [
        ("authorization", auth.as_str()),
        ("content-type", "application/json"),
    ];
    let path = format!("{place}/import");
    let json = world.send("POST", &path, &headers, "{}").await;
    assert_eq!(json.status, 415);
}

#[tokio::test]
async fn b3_a_token_is_taken_by_its_digest_and_never_seen() {
    let world = World::new().await;
    let (id, other) = (world.okta().await, world.connect("globex", "Okta").await);
    let all = format!("/v1/tenants/acme/integrations/{id}/tokens");
    // Without prefix and check digits: a stranger's.
    let token = "eyJhbGciOiJub25lIn0.e30.";
    let digest = |text: &str| -> String {
        let bytes = *Digest::of(text).as_bytes();
        bytes
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    let gate = Gate::new(world.tenants.clone());
    assert_eq!(gate.admit(token, world.now()).await.unwrap(), None);
    let body = json!({"sha256": digest(token)});
    let wanted = json!({"id": "…", "live": true, "expires": "1971-01-01T00:16:40.000Z"});
    let made = world.check("POST", &all, body.clone(), 201, wanted).await;
    assert!(made.body.get("token").is_none());
    let access = gate.admit(token, world.now()).await.unwrap().unwrap();
    assert_eq!(access.directory.as_str(), id);
    for close in [
        "",
        "eyJhbGciOiJub25lIn0.e30",
        "eyJhbGciOiJub25lIn0.e30..",
        &digest(token),
    ] {
        assert_eq!(
            gate.admit(close, world.now()).await.unwrap(),
            None,
            "{close}"
        );
    }

    // Known already, here or in another tenant: a token opens one integration (B5).
    let theirs = format!("/v1/tenants/globex/integrations/{other}/tokens");
    for place in [&all, &theirs] {
        let reply = world.call("POST", place, body.clone()).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["code"]),
            (409, &json!("exists"))
        );
    }
    let dated = json!({"sha256": digest("two"), "expires": "2030-01-31T00:00:00Z"});
    let wanted = json!({"live": true, "expires": "2030-01-31T00:00:00.000Z"});
    world.check("POST", &all, dated, 201, wanted).await;
    for bad in [
        json!({"sha256": "2cf2"}),
        json!({"sha256": digest("")}),
        json!({"sha256": digest("\n")}),
        json!({"sha256": "z".repeat(64)}),
        json!({"sha256": digest("x"), "expires": "1970-01-01T00:00:01Z"}),
        json!({"sha256": digest("x"), "expires": "tomorrow"}),
        json!({"expires": "2030-01-31T00:00:00Z"}),
    ] {
        let reply = world.call("POST", &all, bad.clone()).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["code"]),
            (400, &json!("invalid_value")),
            "{bad}"
        );
    }

    // Revoked like any other.
    let one = format!("{all}/{}", made.body["id"].as_str().unwrap());
    world
        .check("DELETE", &one, Value::Null, 204, Value::Null)
        .await;
    assert_eq!(gate.admit(token, world.now()).await.unwrap(), None);
    assert!(Secret::given(token).is_ok());
}
