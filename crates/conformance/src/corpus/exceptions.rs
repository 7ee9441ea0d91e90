//! Cases whose written expectation is not what this project decided.

use super::case::Expect;

/// One case which is expected to be answered otherwise than its file says.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// The case.
    pub case: &'static str,
    /// When the other expectation holds.
    pub when: When,
    /// Why.
    pub reason: &'static str,
    /// The rule that decided it.
    pub decided_by: &'static str,
    /// The whole `expect` of the case, as JSON.
    pub instead: &'static str,
}

/// Says in which dialects an [`Exception`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In all of them.
    Always,
    /// Where the dialect is not the case's own: what only a named dialect may do, `auto` does not.
    Unnamed,
}

/// The decisions which override what a case's `policy` chose.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        case: "ENTRA-G-15",
        when: When::Always,
        reason: "the unknown id waits as a pending reference and is no member until it exists: \
                 the case allows it among the members",
        decided_by: "E-18: unknown member ids are kept as pending references",
        instead: r#"{
            "status": 204, "statusAlso": [200],
            "after": [{
                "resourceType": "Group", "id": "fcf3ff8e-ded2-5dcb-a7f3-0dd081e000de",
                "match": {"members": [
                    {"value": "13e55391-36ee-5f4c-80dd-c2ed705b6566"},
                    {"value": "3e361da1-8a1b-5f0f-950c-35a1730d4456"}
                ]}
            }]
        }"#,
    },
    Exception {
        case: "OKTA-G-14",
        when: When::Always,
        reason: "the stale id waits as a pending reference and is no member until it exists: \
                 the case allows it among the members",
        decided_by: "E-18: unknown member ids are kept as pending references",
        instead: r#"{
            "status": 200, "statusAlso": [204],
            "after": [{
                "resourceType": "Group", "id": "7558e1f5-73c2-58a8-94ea-8364540fa4ca",
                "match": {"members": [
                    {"value": "4671650f-8e7d-5585-82fb-0d06e16bd098"},
                    {"value": "b02267fe-7a06-553a-a502-331726949646"}
                ]}
            }]
        }"#,
    },
    Exception {
        case: "ENTRA-U-30",
        when: When::Unnamed,
        reason: "any text is a role's value, JSON too; taking it apart is Entra's meaning of it",
        decided_by: "ENTRA-38: parsed in the named dialect, else stored as sent",
        instead: r#"{
            "status": 200, "statusAlso": [204],
            "after": [{
                "resourceType": "User", "id": "e889559b-0740-53f9-88db-6399faab0957",
                "match": {"roles": [{"value": {"$re": "^\\{\"id\":\"06b07648-ecfe"}}]}
            }]
        }"#,
    },
    Exception {
        case: "ENTRA-G-03",
        when: When::Unnamed,
        reason: "RFC 7643 does not make displayName unique: both groups are kept",
        decided_by: "E-30: a second group of one displayName is a 409 in the Entra dialect only",
        instead: r#"{
            "status": 201, "body": {"displayName": "harbour CREW"}, "count": {"Group": 2}
        }"#,
    },
    Exception {
        case: "ENTRA-U-16",
        when: When::Unnamed,
        reason: "RFC 7644 §3.5.2.3: a replace whose filter matches nothing SHALL fail",
        decided_by: "decisions 6, 51: noTarget, but in the named dialect the provider's meaning",
        instead: r#"{
            "status": 400,
            "body": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "400", "scimType": "noTarget"
            },
            "after": [{
                "resourceType": "User", "id": "fc00d41d-c249-51c9-9f9a-529ac00c3342",
                "match": {"phoneNumbers": [{"type": "work", "value": "+44 20 7946 0000"}]}
            }]
        }"#,
    },
    Exception {
        case: "ENTRA-U-37",
        when: When::Unnamed,
        reason: "RFC 7644 §3.12: a path which is not in the schema is invalidPath",
        decided_by: "decision 51: the error, but in the named dialect the provider's meaning",
        instead: r#"{
            "status": 400,
            "body": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "400", "scimType": "invalidPath"
            },
            "after": [{
                "resourceType": "User", "id": "5d892059-4662-5b75-83c3-b83ea0177eb7",
                "match": {"displayName": "Ines Okafor"}
            }]
        }"#,
    },
    Exception {
        case: "WSO2-U-01",
        when: When::Unnamed,
        reason: "RFC 7643 §4.3 makes manager.displayName readOnly; a PATCH of it is refused whole",
        decided_by: "decisions 11, 51: mutability, but in the named dialect the provider's meaning",
        instead: r#"{
            "status": 400,
            "body": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "400", "scimType": "mutability"
            },
            "after": [{
                "resourceType": "User", "id": "d5784b5b-a7c5-51af-86cb-ec43731516fd",
                "match": {
                    "name": {"$absent": true},
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                        "department": {"$absent": true}, "manager": {"value": "m1"}
                    }
                }
            }]
        }"#,
    },
    Exception {
        case: "ENTRA-U-116",
        when: When::Unnamed,
        reason: "RFC 7644 §3.5.2.3: a replace whose filter matches nothing SHALL fail",
        decided_by: "decisions 6, 51: noTarget, but in the named dialect the provider's meaning",
        instead: r#"{
            "status": 400,
            "body": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "400", "scimType": "noTarget"
            },
            "after": [{
                "resourceType": "User", "id": "f954c3cb-d68c-58a5-b49c-5e68bb12d307",
                "match": {"emails": [{"type": "home", "value": "ada@home.example"}]}
            }]
        }"#,
    },
    Exception {
        case: "ENTRA-U-131",
        when: When::Unnamed,
        reason: "any text is a role's value, JSON too; taking it apart is Entra's meaning of it",
        decided_by: "ENTRA-38: parsed in the named dialect, else stored as sent",
        instead: r#"{
            "status": 200, "statusAlso": [204],
            "after": [{
                "resourceType": "User", "id": "7a4eb668-6607-5203-80cf-7f21717c7efb",
                "match": {"roles": [
                    {"value": {"$re": "\"value\":\"admin\""}}, {"value": {"$re": "\"value\":\"clerk\""}}
                ]}
            }]
        }"#,
    },
    Exception {
        case: "ENTRA-U-137",
        when: When::Unnamed,
        reason: "RFC 7644 §3.12: a path which is not in the schema is invalidPath",
        decided_by: "decision 51: the error, but in the named dialect the provider's meaning",
        instead: r#"{
            "status": 400,
            "body": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "400", "scimType": "invalidPath"
            },
            "after": [{
                "resourceType": "User", "id": "0563009e-db35-50ce-8091-a0e07c41deeb",
                "match": {"displayName": {"$absent": true}}
            }]
        }"#,
    },
    Exception {
        case: "OKTA-G-105",
        when: When::Unnamed,
        reason: "RFC 7644 §3.5.2: a PATCH of a readOnly attribute to another value SHALL fail",
        decided_by: "OKTA-16: left out in the named dialect, else mutability",
        instead: r#"{
            "status": 400,
            "body": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "400", "scimType": "mutability"
            },
            "after": [{
                "resourceType": "Group", "id": "c48daa24-c68d-5e0a-98f4-38f9b7dbbf0f",
                "match": {
                    "displayName": "Nets",
                    "members": [{"value": "3e54c821-a647-59fb-9493-54269bbaea6b"}]
                }
            }]
        }"#,
    },
];

/// Returns what is expected of a case, where that is not what its file says; `named` tells whether
/// the server speaks the dialect of the case.
pub(super) fn instead(case: &str, named: bool) -> Option<Expect> {
    let holds = |when| when == When::Always || !named;
    let exception = EXCEPTIONS
        .iter()
        .find(|row| row.case == case && holds(row.when))?;
    serde_json::from_str(exception.instead).ok()
}
