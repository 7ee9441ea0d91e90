//! Groups larger than memory should hold are pulled page by page (data §3).

use enroll_core::{Body, Call};
use serde_json::{Value, json};

use crate::bench::{BASE, Bench, GROUP, USER, read, text, wait};

/// Makes a directory with a group `r1` of `members` users that holds few links at once.
fn crowd(members: usize) -> Bench {
    let bench = Bench::with(|options| {
        options.links_held_max = 10;
        options.links_listed_max = 3;
    });
    let group = json!({"schemas": [GROUP], "displayName": "Crowd"});
    assert_eq!(
        bench
            .send(Call::new("POST", "/Groups").body(group.to_string()))
            .status,
        201
    );
    let mut values = Vec::new();
    for number in 0..members {
        let user = json!({"schemas": [USER], "userName": format!("u{number}"), "displayName": "a \"b\" \\ c"});
        let made = bench.json(Call::new("POST", "/Users").body(user.to_string()));
        values.push(json!({"value": made["id"]}));
    }
    let group = json!({"schemas": [GROUP], "displayName": "Crowd", "members": values});
    let reply = bench.send(Call::new("PUT", "/Groups/r1").body(group.to_string()));
    assert_eq!(reply.status, 200);
    assert_eq!(matches!(reply.body, Body::Pulled(_)), members > 10);
    bench
}

fn is_pulled(body: &Body) -> bool {
    matches!(body, Body::Pulled(_))
}

#[test]
fn a_large_group_is_pulled_in_pages() {
    let bench = crowd(2_345);
    let reply = bench.send(Call::new("GET", "/Groups/r1"));
    assert_eq!((reply.status, reply.header("etag")), (200, Some("W/\"2\"")));
    let Body::Pulled(mut chunks) = reply.body else {
        panic!("held in memory")
    };
    let (mut pieces, mut all) = (0, Vec::new());
    while let Some(piece) = wait(chunks.next()) {
        let piece = piece.unwrap();
        assert!(piece.len() < 300_000, "{}", piece.len());
        all.extend_from_slice(&piece);
        pieces += 1;
    }
    assert!(wait(chunks.next()).is_none());
    // The head, three pages of at most a thousand members, the tail.
    assert_eq!(pieces, 5);
    let group: Value = serde_json::from_slice(&all).unwrap();
    let members = group["members"].as_array().unwrap();
    assert_eq!(members.len(), 2_345);
    assert_eq!(
        members[0],
        json!({
            "value": "r2", "$ref": format!("{BASE}/Users/r2"), "type": "User", "display": "a \"b\" \\ c",
        })
    );
    assert_eq!(group["meta"]["version"], "W/\"2\"");
}

#[test]
fn only_what_was_asked_for_is_pulled() {
    let bench = crowd(25);
    let get = |path: &str, query: &str| bench.send(Call::new("GET", path).query(query));
    let values = get("/Groups/r1", "attributes=members.value");
    assert!(is_pulled(&values.body));
    let values = read(values);
    assert_eq!(values["members"][24], json!({"value": "r26"}));
    assert_eq!(
        (&values["displayName"], &values["meta"]),
        (&Value::Null, &Value::Null)
    );
    // ENTRA-10: members that are excluded are never touched.
    let without = get("/Groups/r1", "excludedAttributes=members");
    assert!(!is_pulled(&without.body));
    assert_eq!(read(without)["members"], Value::Null);
    assert!(!is_pulled(
        &get("/Groups", "excludedAttributes=members").body
    ));
    assert!(!is_pulled(
        &get("/Groups/r1", "attributes=displayName").body
    ));
}

#[test]
fn lists_and_users_pull_too() {
    let bench = crowd(12);
    for number in 0..5 {
        let group = json!({"schemas": [GROUP], "displayName": format!("g{number}"), "members": [{"value": "r2"}]});
        assert_eq!(
            bench
                .send(Call::new("POST", "/Groups").body(group.to_string()))
                .status,
            201
        );
    }
    let list = bench.send(Call::new("GET", "/Groups"));
    assert!(is_pulled(&list.body));
    let list = read(list);
    let sizes: Vec<_> = list["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["members"].as_array().unwrap().len())
        .collect();
    assert_eq!(
        (&list["totalResults"], sizes),
        (&json!(6), vec![12, 1, 1, 1, 1, 1])
    );
    let users = bench.send(Call::new("GET", "/Users").query("count=2"));
    assert!(is_pulled(&users.body));
    let users = read(users);
    assert_eq!(users["Resources"][0]["groups"].as_array().unwrap().len(), 6);
    assert_eq!(users["Resources"][0]["groups"][5]["type"], "direct");
    assert_eq!(users["Resources"][1]["groups"].as_array().unwrap().len(), 1);
}

/// E-31: a group in a group is a membership of its members, but an indirect one.
#[test]
fn nested_groups_are_indirect() {
    let bench = Bench::filled();
    let outer = json!({"schemas": [GROUP], "displayName": "Outer", "members": [{"value": "r4"}]});
    let outer = bench.json(Call::new("POST", "/Groups").body(outer.to_string()));
    assert_eq!(
        outer["members"],
        json!([{
            "value": "r4", "$ref": format!("{BASE}/Groups/r4"), "type": "Group", "display": "Crew",
        }])
    );
    let groups =
        bench.json(Call::new("GET", "/Users/r1").query("attributes=groups"))["groups"].clone();
    let kinds: Vec<_> = groups
        .as_array()
        .unwrap()
        .iter()
        .map(|g| (&g["display"], &g["type"]))
        .collect();
    assert_eq!(
        kinds,
        [
            (&json!("Crew"), &json!("direct")),
            (&json!("Outer"), &json!("indirect"))
        ]
    );
}

#[test]
fn a_pulled_body_can_be_collected() {
    let bench = crowd(11);
    let all = text(bench.send(Call::new("GET", "/Groups/r1")));
    assert_eq!(
        serde_json::from_str::<Value>(&all).unwrap()["members"]
            .as_array()
            .unwrap()
            .len(),
        11
    );
}
