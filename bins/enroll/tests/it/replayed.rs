//! Recorded requests once more, on the built binary: replay and export.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Dev, call, enroll};

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Runs `enroll requests …` and returns its exit code and what it says.
fn requests(dev: &Dev, arguments: &[&str]) -> (Option<i32>, String) {
    let (url, key) = (dev.text("manage_url"), dev.text("manage_key"));
    let output = enroll()
        .arg("requests")
        .args(arguments)
        .args(["--url", url, "--key", key])
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// The ids of the log, oldest first.
fn ids(dev: &Dev) -> Vec<String> {
    let (_, lines) = requests(dev, &["tail", "--json"]);
    let read = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
    let ids = lines.lines().map(read);
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_request_is_replayed_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("data"), &["--listen", "127.0.0.1:0"]);
    let (users, token) = (format!("{}/Users", dev.text("base_url")), dev.text("token"));
    let body = json!({"schemas": [SCHEMA], "userName": "ada@lovelace.org", "active": "True"});
    let (status, made) = call("POST", &users, token, Some(&body));
    assert_eq!(status, 201);
    let user = format!("{users}/{}", made["id"].as_str().unwrap());
    let leave = json!({
        "schemas": [PATCH],
        "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
    });
    assert_eq!(call("PATCH", &user, token, Some(&leave)).0, 200);
    let ids = ids(&dev);
    let [made, left] = ids.as_slice() else {
        panic!("{ids:?}")
    };

    let (code, told) = requests(&dev, &["replay", left]);
    assert_eq!(code, Some(0), "{told}");
    for row in [
        "status    200, as then",
        "would     change nothing",
        "no difference",
    ] {
        assert!(told.contains(row), "{row}: {told}");
    }
    let (code, told) = requests(&dev, &["replay", made]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("status    then 201, now 409"), "{told}");
    let (code, told) = requests(&dev, &["replay", made, "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (code, &told["now"]["scimType"]),
        (Some(2), &json!("uniqueness"))
    );
    assert_eq!(self::ids(&dev), ids, "a replay is no request");
    let (code, told) = requests(&dev, &["replay", "req_none"]);
    assert!(code == Some(4) && told.contains("answers 404"), "{told}");

    let out = folder.path().join("corpus").display().to_string();
    let (code, told) = requests(&dev, &["export", "--last", "9", "--out", &out]);
    assert_eq!((code, told.lines().count()), (Some(0), 2), "{told}");
    for (path, method) in told.lines().zip(["POST", "PATCH"]) {
        let text = fs::read_to_string(path).unwrap();
        assert!(
            !text.contains("ada") && !text.contains("lovelace"),
            "{text}"
        );
        let case: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(case["request"]["method"], method);
        let id = case["id"].as_str().unwrap().to_lowercase();
        assert!(path.ends_with(&format!("/generic/{id}.json")), "{path}");
    }
    let (code, told) = requests(&dev, &["export", left]);
    let case: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (code, &case["given"][0]["resource"]["active"]),
        (Some(0), &json!(true))
    );
    assert_eq!(case["expect"]["after"][0]["match"]["active"], false);
    let (code, told) = requests(&dev, &["export", left, "req_none"]);
    assert!(code == Some(4) && told.contains("req_none"), "{told}");
    let file = folder.path().join("one.json").display().to_string();
    let (code, told) = requests(&dev, &["export", left, made, "--out", &file]);
    assert!(code == Some(1) && told.contains("--out DIR"), "{told}");
}

/// 2 says that something is different, so nothing else does; 4 that what was named is not there.
#[test]
fn exit_codes_tell_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("data"), &["--listen", "127.0.0.1:0"]);
    for (arguments, code) in [
        (&["tail"][..], 0),
        (&["--help"], 0),
        (&["replay", "req_none"], 4),
        (&["show", "req_none"], 4),
        (&["tail", "--integration", "int_none"], 4),
        (&["export", "req_none"], 4),
        (&["replay"], 1),
        (&["replay", "req_none", "--nonsense"], 1),
    ] {
        let (found, told) = requests(&dev, arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {told}");
    }
}
