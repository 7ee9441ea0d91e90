//! Names, URNs, ids and versions.

use std::{
    collections::{BTreeSet, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use enroll_schema::{AttrName, ErrorKind, ExternalId, ResourceId, Urn, Version};
use proptest::prelude::*;

/// RFC 7643 §2.1: ASCII letters without case, and nothing else.
#[test]
fn names_compare_without_letter_case() {
    for (one, other, same) in [
        ("userName", "USERNAME", true),
        ("$ref", "$REF", true),
        ("userName", "userNames", false),
        ("é", "É", false),
        ("", "", true),
        ("a_b", "a-b", false),
    ] {
        let (a, b, urn) = (AttrName::from(one), AttrName::from(other), Urn::from(one));
        assert_eq!(
            (a == b, a.is(other), urn == *other),
            (same, same, same),
            "{one} {other}"
        );
    }
    assert_eq!(AttrName::from("userName").as_str(), "userName");
    assert_eq!(AttrName::from("userName").to_string(), "userName");
    assert_eq!(format!("{:?}", Urn::from("urn:x")), "\"urn:x\"");
}

fn hash(name: &AttrName) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equality_order_and_hash_agree(one in "[a-cA-C_]{0,3}", other in "[a-cA-C_]{0,3}") {
        let (a, b) = (AttrName::from(one.as_str()), AttrName::from(other.as_str()));
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a.cmp(&b), one.to_ascii_lowercase().cmp(&other.to_ascii_lowercase()));
        if a == b {
            prop_assert_eq!(hash(&a), hash(&b));
        }
        let sizes = (BTreeSet::from([a.clone(), b.clone()]).len(), HashSet::from([a, b]).len());
        prop_assert_eq!(sizes.0, sizes.1);
    }
}

/// 7643-3.1-02, 7643-3.1-07, threat C4.
#[test]
fn a_resource_id_is_unreserved_text() {
    let longest = "a".repeat(255);
    for text in [
        "1",
        "AZaz09-._~",
        "2819c223-7f76-453a-919d-413861904646",
        longest.as_str(),
    ] {
        assert_eq!(ResourceId::new(text).unwrap().as_str(), text);
    }
    let longer = "a".repeat(256);
    for text in [
        "",
        " ",
        "a b",
        "a/b",
        "a%20",
        "a\r\nb",
        "ä",
        "a?",
        "a#",
        "a:b",
        longer.as_str(),
    ] {
        let kind = ResourceId::new(text).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::InvalidValue, "{text:?}");
    }
    assert_ne!(ResourceId::new("A").unwrap(), ResourceId::new("a").unwrap());
    assert_eq!(ExternalId::new("Ä 1").as_str(), "Ä 1");
    assert_ne!(ExternalId::new("A"), ExternalId::new("a"));
}

/// RFC 7644 §3.14.
#[test]
fn a_version_is_a_weak_tag() {
    assert_eq!(Version(7).etag(), "W/\"7\"");
    assert_eq!(Version(u64::MAX).etag(), "W/\"18446744073709551615\"");
    assert!(Version(9) < Version(10));
}
