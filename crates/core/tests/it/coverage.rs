//! Every MUST of the areas this crate answers for is named by a row, here or in the crate that holds it.

/// The rows of the standards' table with level MUST, by area.
const MUSTS: &str = include_str!("../data/musts.txt");

const TESTS: &[&str] = &[
    include_str!("create.rs"),
    include_str!("delete.rs"),
    include_str!("discovery.rs"),
    include_str!("errors.rs"),
    include_str!("etag.rs"),
    include_str!("get.rs"),
    include_str!("log.rs"),
    include_str!("members.rs"),
    include_str!("patch.rs"),
    include_str!("put.rs"),
    include_str!("query.rs"),
    include_str!("search.rs"),
];

/// Held elsewhere, or by decision not at all.
const ELSEWHERE: &[(&str, &str)] = &[
    ("7644-2-03", "http: auth"),
    ("7644-2-04", "http: auth"),
    ("7644-2.1-02", "no client assertions are taken"),
    ("7644-7.4-01", "tenants: secrets have 256 random bits"),
    ("7644-7.4-02", "the operator's TLS"),
    ("7644-7.4-03", "tenants: tokens expire"),
    ("7644-3.13-02", "http: address"),
    ("7644-3.8-01", "http: round trip"),
    ("7644-3.12-02", "row::agree, for every refusal of every row"),
    ("7644-3.12-17", "decision 18: pages, never tooMany"),
    ("7644-3.12-25", "decision 4: sensitive is off"),
    ("7643-7-08", "patch: refusals; create and put: ignored"),
];

/// What single operations do to a document is tested where they are applied.
const IN_FILTER: &[&str] = &[
    "7644-3.5.2.1-",
    "7644-3.5.2.2-",
    "7644-3.5.2.3-",
    "7644-3.5.2-",
];

#[test]
fn every_must_is_held() {
    let is_held = |id: &str| {
        TESTS.iter().any(|text| text.contains(id))
            || ELSEWHERE.iter().any(|(known, _)| *known == id)
            || IN_FILTER.iter().any(|start| id.starts_with(start))
    };
    let missing: Vec<_> = MUSTS.split_whitespace().filter(|id| !is_held(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(MUSTS.split_whitespace().count() > 150);
}
