//! Schema extensions of one's own.

use enroll_schema::{
    Attribute, Document, ErrorKind, Kind, Mode, Mutability, Relation, Returned, Schemas,
    Uniqueness, Urn, fold, urns,
};
use serde_json::{Value, json};

/// The extension that the filter tables use.
pub(crate) const HR: &str = "urn:example:params:scim:schemas:extension:hr:2.0:User";

pub(crate) fn hr() -> Vec<Attribute> {
    [
        json!({ "name": "level", "type": "integer" }),
        json!({ "name": "score", "type": "decimal" }),
        json!({ "name": "startDate", "type": "dateTime" }),
        json!({ "name": "badges", "multiValued": true }),
    ]
    .iter()
    .map(|definition| Attribute::from_json(definition).unwrap())
    .collect()
}

pub(crate) fn with_hr() -> Schemas {
    Schemas::standard()
        .with_extension("User", Urn::from(HR), false, hr())
        .unwrap()
}

/// 7643-3.3-04: the extension is found, shown, and moves no other attribute.
#[test]
fn an_extension_joins_its_type() {
    let (before, after) = (Schemas::standard(), with_hr());
    let (old, new) = (before.named("User").unwrap(), after.named("User").unwrap());
    for id in old.ids() {
        assert_eq!(old.path(id), new.path(id));
    }
    assert_eq!(new.ids().count(), old.ids().count() + 4);
    let level = new.find(Some(HR), "LEVEL").unwrap();
    assert_eq!(new.path(level), format!("{HR}:level"));
    assert_eq!(new.find(None, "level"), None);
    let shown = after.schema_resources();
    assert_eq!(shown.len(), 7);
    assert_eq!(shown[6]["id"], HR);
    assert_eq!(shown[6]["attributes"][0]["type"], "integer");
    assert_eq!(
        after.resource_type_resources()[0]["schemaExtensions"][1]["schema"],
        HR
    );
}

#[test]
fn a_required_extension_must_have_data() {
    let schemas = Schemas::standard()
        .with_extension("User", Urn::from(HR), true, hr())
        .unwrap();
    let read = |body: Value| Document::read(schemas.named("User").unwrap(), body, Mode::Lenient);
    let body = json!({ "schemas": [urns::USER, HR], "userName": "a" });
    assert_eq!(
        read(body.clone()).unwrap_err().detail(),
        format!("{HR} is required")
    );
    let mut full = body;
    full[HR] = json!({ "level": 1 });
    assert!(read(full).is_ok());
}

/// A required attribute of an extension is wanted where the extension has data.
#[test]
fn an_optional_extension_may_have_required_attributes() {
    let attributes = [
        json!({ "name": "level", "type": "integer", "required": true }),
        json!({ "name": "grade" }),
    ];
    let attributes = attributes
        .iter()
        .map(|one| Attribute::from_json(one).unwrap())
        .collect();
    let schemas = Schemas::standard()
        .with_extension("User", Urn::from(HR), false, attributes)
        .unwrap();
    let read = |hr: Value| {
        let body = json!({ "schemas": [urns::USER], "userName": "a", HR: hr });
        Document::read(schemas.named("User").unwrap(), body, Mode::Lenient)
    };
    assert!(read(json!(null)).is_ok());
    assert!(read(json!({ "level": 1 })).is_ok());
    assert_eq!(
        read(json!({ "grade": "a" })).unwrap_err().detail(),
        format!("{HR}:level is required")
    );
}

/// RFC 7643 §2.2: what only the server writes is ignored, what nobody reads is dropped.
#[test]
fn an_extension_has_mutability_too() {
    let attributes = [
        json!({ "name": "since", "mutability": "readOnly", "required": true }),
        json!({ "name": "pin", "mutability": "writeOnly", "required": true, "returned": "never" }),
        json!({ "name": "hint", "returned": "never" }),
        json!({ "name": "grade", "mutability": "immutable" }),
        json!({ "name": "card", "type": "complex", "subAttributes": [
            { "name": "code", "mutability": "writeOnly", "required": true }, { "name": "colour" },
        ]}),
    ];
    let attributes = attributes
        .iter()
        .map(|one| Attribute::from_json(one).unwrap())
        .collect();
    let schemas = Schemas::standard()
        .with_extension("User", Urn::from(HR), false, attributes)
        .unwrap();
    let read = |hr: Value| {
        let body = json!({ "schemas": [urns::USER], "userName": "a", HR: hr });
        Document::read(schemas.named("User").unwrap(), body, Mode::Strict)
    };
    let card = json!({ "code": "5678", "colour": "red" });
    let hr = json!({ "SINCE": 7, "pin": "1234", "hint": "b", "grade": "a", "card": card });
    let incoming = read(hr).unwrap();
    let kept = json!({ "grade": "a", "card": { "colour": "red" } });
    assert_eq!(incoming.document.as_map()[HR], kept);
    assert!(read(json!({ "pin": "1234", "card": { "code": 5678 } })).is_err());
    assert_eq!(incoming.ignored, [format!("{HR}:SINCE")]);
}

/// The rules of userName and externalId are those of the common and core attributes alone.
#[test]
fn an_extension_may_use_the_names_of_the_core() {
    let attributes = [
        json!({ "name": "userName" }),
        json!({ "name": "other", "type": "complex", "subAttributes": [{ "name": "externalId" }] }),
    ];
    let attributes = attributes
        .iter()
        .map(|one| Attribute::from_json(one).unwrap())
        .collect();
    let schemas = Schemas::standard()
        .with_extension("User", Urn::from(HR), false, attributes)
        .unwrap();
    let kind = schemas.named("User").unwrap();
    let own = json!({ "userName": "a\n".repeat(200), "other": { "externalId": "a\nb" } });
    let body = json!({ "schemas": [urns::USER], "userName": "a", HR: own });
    let document = Document::read(kind, body, Mode::Strict).unwrap().document;
    assert_eq!(document.as_map()[HR], own);
    let id = kind.find(Some(HR), "userName").unwrap();
    assert_eq!(fold::key(kind, id, "Straße"), "strasse");
    assert!(kind.canonical(id, json!("a\nb"), Mode::Strict).is_ok());
}

#[test]
fn an_extension_that_cannot_be_is_refused() {
    let check = |kind: &str, urn: &str, attributes: Vec<Attribute>| {
        let result = Schemas::standard().with_extension(kind, Urn::from(urn), false, attributes);
        assert_eq!(
            result.unwrap_err().kind(),
            ErrorKind::InvalidValue,
            "{kind} {urn}"
        );
    };
    check("Device", HR, hr());
    check("User", "https://x.example/schema", hr());
    check("User", "", hr());
    check("User", &urns::ENTERPRISE.to_ascii_uppercase(), hr());
    check("Group", urns::USER, hr());
    check(
        "User",
        HR,
        vec![
            Attribute::new("a", Kind::String),
            Attribute::new("A", Kind::String),
        ],
    );
    check("User", HR, vec![Attribute::new("a b", Kind::String)]);
    check("User", HR, vec![Attribute::new("a", Kind::Complex)]);
    let relation = Attribute {
        relation: Some(Relation::Members),
        ..Attribute::new("a", Kind::String)
    };
    check("User", HR, vec![relation]);
    let many = (0..5_000)
        .map(|n| Attribute::new(&format!("a{n}"), Kind::String))
        .collect();
    check("User", HR, many);
}

/// 7643-6-03: what is not kept is not offered either.
#[test]
fn a_type_that_is_left_out_takes_its_schemas_along() {
    let check = |schemas: Schemas, types: &[&str], gone: &[&str]| {
        let names: Vec<_> = schemas
            .types()
            .iter()
            .map(enroll_schema::ResourceType::name)
            .collect();
        assert_eq!(names, types);
        let shown = schemas.schema_resources();
        let shows = |urn: &str| shown.iter().any(|schema| schema["id"] == urn);
        for urn in [urns::USER, urns::GROUP, urns::ENTERPRISE, urns::SCHEMA] {
            assert_eq!(shows(urn), !gone.contains(&urn), "{urn}");
        }
    };
    let all = Schemas::standard;
    check(all().without("Group"), &["User"], &[urns::GROUP]);
    check(
        all().without("User"),
        &["Group"],
        &[urns::USER, urns::ENTERPRISE],
    );
    check(all().without("Device"), &["User", "Group"], &[]);
}

/// 7643-2.2-01.
#[test]
fn what_a_definition_leaves_out_has_a_default() {
    let attribute = Attribute::from_json(&json!({ "name": "a" })).unwrap();
    assert_eq!(attribute, Attribute::new("a", Kind::String));
    assert!(!attribute.required && !attribute.multi && !attribute.case_exact);
    assert_eq!(attribute.mutability, Mutability::ReadWrite);
    assert_eq!(attribute.returned, Returned::Default);
    assert_eq!(attribute.uniqueness, Uniqueness::None);
    assert!(attribute.canonical_values.is_empty());
    // 7643-2.3.6-03, 7643-2.3.7-05.
    for word in ["binary", "reference"] {
        let exact = Attribute::from_json(&json!({ "name": "a", "type": word })).unwrap();
        assert!(exact.case_exact);
    }
}

/// 7643-2.1-03, 7643-2.3-01, 7643-2.3.8-02.
#[test]
fn a_definition_that_is_none_is_refused() {
    let sub =
        |kind: &str| json!([{ "name": "b", "type": kind, "subAttributes": [{ "name": "c" }] }]);
    for definition in [
        json!("a"),
        json!({}),
        json!({ "name": 5 }),
        json!({ "name": "" }),
        json!({ "name": "1a" }),
        json!({ "name": "a.b" }),
        json!({ "name": "ä" }),
        json!({ "name": "$a" }),
        json!({ "name": "a", "type": "text" }),
        json!({ "name": "a", "type": "String" }),
        json!({ "name": "a", "type": 5 }),
        json!({ "name": "a", "multiValued": "true" }),
        json!({ "name": "a", "mutability": "never" }),
        json!({ "name": "a", "returned": "sometimes" }),
        json!({ "name": "a", "uniqueness": "tenant" }),
        json!({ "name": "a", "canonicalValues": "x" }),
        json!({ "name": "a", "canonicalValues": [5] }),
        json!({ "name": "a", "type": "complex" }),
        json!({ "name": "a", "subAttributes": [{ "name": "b" }] }),
        json!({ "name": "a", "type": "complex", "subAttributes": {} }),
        json!({ "name": "a", "type": "complex", "subAttributes": [{ "name": "b" }, { "name": "B" }] }),
        json!({ "name": "a", "type": "complex", "subAttributes": [{ "name": "b", "type": "complex" }] }),
    ] {
        let error = Attribute::from_json(&definition).expect_err(&definition.to_string());
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
    }
    // A third level does not exist in a resource type: it is not read.
    let read = Attribute::from_json(
        &json!({ "name": "a", "type": "complex", "subAttributes": sub("string") }),
    );
    assert!(read.unwrap().sub[0].sub.is_empty());
}
