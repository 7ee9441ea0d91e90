//! What `normalise` tells about a request.

use std::process::Output;

use crate::example;

fn told(arguments: &[&str]) -> Output {
    example("normalise").args(arguments).output().unwrap()
}

#[track_caller]
fn check(output: &Output, wanted: &[&str]) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    for part in wanted {
        assert!(text.contains(part), "{part} is not told in {text}");
    }
}

/// The sample of Entra's default job: each rewriting is named.
#[test]
fn a_sample_of_entra_is_read_as_it_is_meant() {
    let read = [
        "entra sends PATCH /Users/7",
        "it is read as PATCH /Users/7",
        r#""value": false"#,
        "text-boolean (has one reading",
    ];
    check(&told(&[]), &read);
}

#[test]
fn what_the_rfc_has_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.json");
    let body = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}"#;
    std::fs::write(&file, body).unwrap();
    let output = told(&[file.to_str().unwrap(), "onelogin", "PUT /Users/7"]);
    check(
        &output,
        &[
            "onelogin sends PUT /Users/7",
            "nothing had to be understood",
        ],
    );
}

#[test]
fn an_unknown_provider_is_refused_with_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.json");
    std::fs::write(&file, "{}").unwrap();
    let output = told(&[file.to_str().unwrap(), "oktopus"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("no provider oktopus") && text.contains("okta"),
        "{text}"
    );
}
