//! DELETE (RFC 7644 §3.6).

use enroll_schema::ErrorKind::NotFound;
use serde_json::json;

use crate::{
    bench::{BASE, Bench, ENTERPRISE, PATCH, USER, text},
    row::{check, row},
};
use enroll_core::Call;

#[test]
fn what_is_deleted_is_gone() {
    let absent = json!({"$absent": true});
    check(vec![
        row("7644-3.6-01 7644-3.6-02 7644-3.6-04 D9", "DELETE /Users/r2")
            .is(204, json!({}))
            .then("/Users/r2", 404, json!({"status": "404"}))
            .then(
                "/Users?filter=id eq \"r2\"",
                200,
                json!({"totalResults": 0, "Resources": []}),
            )
            .then("/Users", 200, json!({"totalResults": 2}))
            .then(
                "/Groups/r4",
                200,
                json!({"members": [{"value": "r1"}], "meta": {"version": "W/\"2\""}}),
            )
            // Decision 40: the manager's id stays, what is derived from the manager goes.
            .then(
                "/Users/r1",
                200,
                json!({ENTERPRISE: {"manager": {
                    "value": "r2", "$ref": absent, "displayName": absent,
                }}}),
            ),
        row("ENTRA-53", "DELETE /Groups/r4")
            .is(204, json!({}))
            .then("/Users/r1", 200, json!({"groups": absent}))
            .then("/Users", 200, json!({"totalResults": 3})),
        row("7644-3.6-06", "DELETE /Users/nobody").fails(NotFound),
        row("7644-3.6-06", "DELETE /Users/r4").fails(NotFound),
    ]);
}

/// 7644-3.6-01, 7644-3.6-02, 7644-3.6-05, A5.
#[test]
fn after_it_every_operation_is_404_and_the_name_is_free() {
    let bench = Bench::filled();
    let reply = bench.send(Call::new("DELETE", "/Users/r1"));
    assert_eq!((reply.status, reply.header("content-type")), (204, None));
    assert_eq!(text(reply), "");
    let user = json!({"schemas": [USER], "userName": "Ada@x.example"}).to_string();
    let patch = json!({"schemas": [PATCH], "Operations": [{"op": "remove", "path": "title"}]});
    for (method, body) in [
        ("GET", ""),
        ("DELETE", ""),
        ("PUT", &user),
        ("PATCH", &patch.to_string()),
    ] {
        let call = Call::new(method, "/Users/r1").body(body.to_owned());
        assert_eq!(bench.send(call).status, 404, "{method}");
    }
    let again = bench.json(Call::new("POST", "/Users").body(user));
    assert_eq!(
        (&again["id"], &again["meta"]["location"]),
        (&json!("r6"), &json!(format!("{BASE}/Users/r6")))
    );
}
