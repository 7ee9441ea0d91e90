//! The standard tables against the catalogue (RFC 7643 §8.7, errata applied).

use enroll_schema::{Attribute, Kind, Mutability, Relation, ResourceType, Schemas, urns};
use serde_json::Value;

const SCHEMAS: &str = include_str!("../data/schemas-corrected.json");
const ATTRIBUTES: &str = include_str!("../data/attributes.tsv");

#[test]
fn schema_resources_are_those_of_the_catalogue() {
    let mut wanted: Vec<Value> = serde_json::from_str(SCHEMAS).unwrap();
    for schema in &mut wanted {
        schema.as_object_mut().unwrap().remove("meta");
    }
    assert_eq!(Schemas::standard().schema_resources(), wanted);
}

/// Finds a row's definition: common attributes in every type, the others where their schema says.
fn definitions(schema: &str, path: &str) -> Vec<Attribute> {
    let schemas = Schemas::standard();
    let of = |kind: &ResourceType, urn: Option<&str>| {
        let mut parts = path.split('.');
        let top = kind.find(urn, parts.next().unwrap())?;
        let id = match parts.next() {
            Some(sub) => kind.find_sub(top, sub)?,
            None => top,
        };
        assert_eq!(parts.next(), None, "{path}");
        kind.attribute(id).cloned()
    };
    match schema {
        "(common)" => schemas
            .types()
            .iter()
            .map(|kind| of(kind, None).unwrap())
            .collect(),
        urns::USER | urns::ENTERPRISE => {
            vec![of(schemas.named("User").unwrap(), Some(schema)).unwrap()]
        }
        urns::GROUP => vec![of(schemas.named("Group").unwrap(), Some(schema)).unwrap()],
        discovery => vec![shown(discovery, path).unwrap_or_else(|| panic!("{discovery} {path}"))],
    }
}

/// Reads a definition of the discovery schemas, which nest deeper than any resource type.
fn shown(schema: &str, path: &str) -> Option<Attribute> {
    let all = Schemas::standard().schema_resources();
    let mut level = all.iter().find(|one| one["id"] == schema)?["attributes"].clone();
    let mut found = Value::Null;
    for name in path.split('.') {
        found = level
            .as_array()?
            .iter()
            .find(|one| one["name"] == name)?
            .clone();
        level = found["subAttributes"].clone();
    }
    let members = found.as_object_mut()?;
    members.remove("subAttributes");
    if members["type"] == "complex" {
        let mut sub = serde_json::json!({ "name": "any" });
        sub["type"] = "string".into();
        members.insert("subAttributes".into(), Value::Array(vec![sub]));
    }
    Attribute::from_json(&found).ok()
}

/// The columns of attributes.tsv.
fn row(attribute: &Attribute) -> [String; 9] {
    let text = matches!(
        attribute.kind,
        Kind::String | Kind::Reference | Kind::Binary
    );
    let unique = matches!(
        attribute.kind,
        Kind::String | Kind::Reference | Kind::Integer
    );
    [
        attribute.kind.as_str().to_owned(),
        attribute.multi.to_string(),
        attribute.required.to_string(),
        if text {
            attribute.case_exact.to_string()
        } else {
            String::new()
        },
        attribute.mutability.as_str().to_owned(),
        attribute.returned.as_str().to_owned(),
        if unique {
            attribute.uniqueness.as_str().to_owned()
        } else {
            String::new()
        },
        attribute.reference_types.join(","),
        attribute.canonical_values.join(","),
    ]
}

#[test]
fn every_attribute_of_the_catalogue_is_in_the_tables() {
    let mut rows = 0;
    for line in ATTRIBUTES.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (schema, path) = (columns[0], columns[1]);
        rows += 1;
        // Errata 8418, 8419: no schema lists the common attribute id.
        if path == "id" && schema != "(common)" {
            assert_eq!(shown(schema, path), None);
            continue;
        }
        for definition in definitions(schema, path) {
            assert_eq!(
                row(&definition).as_slice(),
                &columns[2..11],
                "{schema} {path}"
            );
        }
    }
    assert_eq!(rows, 159);
}

#[test]
fn no_table_holds_more_than_the_catalogue() {
    let listed = |schema: &str| {
        let of = |line: &&str| line.starts_with(&format!("{schema}\t"));
        ATTRIBUTES.lines().filter(of).count()
    };
    let counts = |name: &str| Schemas::standard().named(name).unwrap().ids().count();
    let common = listed("(common)");
    assert_eq!(
        counts("User"),
        common + listed(urns::USER) + listed(urns::ENTERPRISE)
    );
    assert_eq!(counts("Group"), common + listed(urns::GROUP));
}

/// 7643-2.1-03, 7643-2.3-01, 7643-2.3.8-02: every definition of a resource type is one.
#[test]
fn every_definition_is_well_formed() {
    for kind in Schemas::standard().types() {
        for id in kind.ids() {
            let attribute = kind.attribute(id).unwrap();
            attribute.check().unwrap();
            assert_eq!(
                Attribute::from_json(&attribute.to_json()).unwrap().sub,
                attribute.sub
            );
        }
    }
}

/// 7643-2.4-01, 7643-2.4-09: the sub-attributes RFC 7643 §2.4 predefines mean the same everywhere.
#[test]
fn predefined_sub_attributes_keep_their_meaning() {
    for kind in Schemas::standard().types() {
        for id in kind.ids().filter(|id| kind.attribute(*id).unwrap().multi) {
            for sub in kind
                .subs(id)
                .iter()
                .map(|sub| kind.attribute(*sub).unwrap())
            {
                let wanted = match sub.name.as_str() {
                    "primary" => Kind::Boolean,
                    "$ref" => Kind::Reference,
                    "type" | "display" => Kind::String,
                    _ => continue,
                };
                assert_eq!((sub.kind, sub.multi), (wanted, false), "{}", kind.path(id));
            }
        }
    }
    let emails = shown(urns::USER, "emails.type").unwrap();
    assert_eq!(emails.canonical_values, ["work", "home", "other"]);
}

/// 7643-3-04, 7643-3.1-21, 7643-3.3-03: common attributes are in every type, and no schema has its own.
#[test]
fn common_attributes_are_everywhere() {
    let schemas = Schemas::standard();
    for kind in schemas.types() {
        for name in ["schemas", "id", "externalId", "meta"] {
            assert_eq!(kind.path(kind.find(None, name).unwrap()), name);
        }
    }
    for schema in schemas.schema_resources() {
        let mut names = schema["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["name"]);
        assert!(!names.any(|name| {
            ["schemas", "id", "externalId", "meta"]
                .iter()
                .any(|c| name == c)
        }));
    }
}

#[test]
fn the_two_ends_of_membership_are_marked() {
    let schemas = Schemas::standard();
    let (user, group) = (
        schemas.named("User").unwrap(),
        schemas.named("Group").unwrap(),
    );
    let members = group.related(Relation::Members).unwrap();
    assert_eq!(group.path(members), "members");
    assert_eq!(group.related(Relation::Groups), None);
    let groups = user.related(Relation::Groups).unwrap();
    assert_eq!(
        user.attribute(groups).unwrap().mutability,
        Mutability::ReadOnly
    );
    assert_eq!(user.related(Relation::Members), None);
}

/// 7643-2.1-02, 7644-3.10-01, 7644-3.10-02, 7644-3.10-03: names and URNs are found in any letter case.
#[test]
fn attributes_are_found_by_name() {
    let schemas = Schemas::standard();
    let user = schemas.named("User").unwrap();
    let check = |urn: Option<&str>, name: &str, wanted: Option<&str>| {
        let path = user.find(urn, name).map(|id| user.path(id));
        assert_eq!(path.as_deref(), wanted, "{urn:?} {name}");
    };
    let enterprise = urns::ENTERPRISE.to_ascii_uppercase();
    let department = format!("{}:department", urns::ENTERPRISE);
    check(None, "userName", Some("userName"));
    check(None, "USERNAME", Some("userName"));
    check(None, "meta", Some("meta"));
    check(Some(urns::USER), "username", Some("userName"));
    check(
        Some(&urns::USER.to_ascii_uppercase()),
        "externalid",
        Some("externalId"),
    );
    check(Some(&enterprise), "DEPARTMENT", Some(&department));
    check(None, "department", None);
    check(Some(urns::ENTERPRISE), "userName", None);
    check(Some(urns::GROUP), "displayName", None);
    check(None, "user", None);
    check(None, "userNames", None);
    check(None, "", None);
    check(None, "name.givenName", None);
    for id in user.ids().filter(|id| user.parent(*id).is_none()) {
        let urn = user
            .extension(id)
            .map(|extension| extension.urn.as_str().to_owned());
        let name = user
            .attribute(id)
            .unwrap()
            .name
            .as_str()
            .to_ascii_uppercase();
        assert_eq!(user.find(urn.as_deref(), &name), Some(id));
    }
}

#[test]
fn sub_attributes_know_their_place() {
    let schemas = Schemas::standard();
    let user = schemas.named("User").unwrap();
    let manager = user.find(Some(urns::ENTERPRISE), "manager").unwrap();
    let value = user.find_sub(manager, "VALUE").unwrap();
    assert_eq!(
        user.path(value),
        format!("{}:manager.value", urns::ENTERPRISE)
    );
    let keys: Vec<_> = user.keys(value).iter().map(ToString::to_string).collect();
    assert_eq!(keys, [urns::ENTERPRISE, "manager", "value"]);
    assert_eq!(user.parent(value), Some(manager));
    assert_eq!(
        user.find_sub(manager, "$ref")
            .map(|id| user.path(id))
            .unwrap()
            .rsplit('.')
            .next(),
        Some("$ref")
    );
    assert_eq!(user.find_sub(manager, "givenName"), None);
}

/// 7643-6-02, 7643-6-03, 7643-6-04, 7643-7-01: types and schemas name each other.
#[test]
fn resource_types_join_schemas() {
    let schemas = Schemas::standard();
    let ids: Vec<_> = schemas
        .schema_resources()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    let shown = schemas.resource_type_resources();
    assert_eq!(shown.len(), 2);
    for kind in &shown {
        assert!(ids.contains(&kind["schema"]), "{kind}");
        for extension in kind["schemaExtensions"].as_array().unwrap_or(&Vec::new()) {
            assert!(ids.contains(&extension["schema"]) && extension["required"].is_boolean());
        }
    }
    assert_eq!(shown[0]["endpoint"], "/Users");
    assert_eq!(shown[0]["schemaExtensions"][0]["schema"], urns::ENTERPRISE);
    assert_eq!(shown[1]["name"], "Group");
    assert_eq!(schemas.endpoint("Users").unwrap().name(), "User");
    assert_eq!(schemas.named("User"), schemas.endpoint("Users"));
    assert_ne!(schemas.named("User"), schemas.named("Group"));
    assert_eq!(
        format!("{:?}", schemas.named("User").unwrap()),
        "ResourceType(User)"
    );
    assert_eq!(schemas.endpoint("users"), None);
    assert_eq!(schemas.endpoint("/Users"), None);
}
