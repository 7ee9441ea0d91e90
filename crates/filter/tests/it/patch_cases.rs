//! `patch-cases.jsonl`: every row.

use enroll_filter::patch::Leniency;
use serde_json::Value;

use crate::harness::{kind_of, patch};

#[test]
fn every_case_ends_as_it_says() {
    let mut count = 0;
    for row in include_str!("../data/patch-cases.jsonl").lines() {
        let case: Value = serde_json::from_str(row).unwrap();
        let id = format!("{} {}", case["id"], case["title"]);
        let found = patch(
            &kind_of(&case["before"]),
            &case["before"],
            &case["operations"],
            Leniency::default(),
        );
        let expect = &case["expect"];
        match found {
            Ok(after) => assert_eq!(
                (&after, 200.into()),
                (&expect["after"], expect["status"].clone()),
                "{id}"
            ),
            Err(error) => {
                assert_eq!(
                    error.scim_type(),
                    expect["scimType"].as_str(),
                    "{id}: {error}"
                );
                assert_eq!(error.status(), expect["status"], "{id}: {error}");
            }
        }
        count += 1;
    }
    assert_eq!(count, 124);
}
