//! Typed users and groups, and the messages clients and servers share.

use enroll_schema::{
    Document, EnterpriseUser, ErrorKind, Group, ListResponse, ManagerRef, Member, Mode, MultiValue,
    Name, PatchOp, SearchRequest, Timestamp, User, urns,
};
use serde_json::{Value, json};

use crate::document::read;

/// A user with every attribute a client may write.
fn full() -> Value {
    let values =
        |value: &str| json!([{ "value": value, "display": "d", "type": "t", "primary": true }]);
    json!({
        "schemas": [urns::USER, urns::ENTERPRISE],
        "externalId": "e", "userName": "ada",
        "name": {
            "formatted": "f", "familyName": "f", "givenName": "g", "middleName": "m",
            "honorificPrefix": "p", "honorificSuffix": "s",
        },
        "displayName": "d", "nickName": "n", "profileUrl": "http://x", "title": "t", "userType": "u",
        "preferredLanguage": "de", "locale": "de-DE", "timezone": "Europe/Berlin", "active": false,
        "emails": values("a@x"), "phoneNumbers": values("1"), "ims": values("i"),
        "photos": values("http://x"), "entitlements": values("e"), "roles": values("r"),
        "x509Certificates": values("MAIFAA=="),
        "addresses": [{
            "formatted": "f", "streetAddress": "s", "locality": "l", "region": "r", "postalCode": "p",
            "country": "DE", "type": "work", "primary": true,
        }],
        urns::ENTERPRISE: {
            "employeeNumber": "7", "costCenter": "c", "organization": "o", "division": "d",
            "department": "d", "manager": { "value": "m", "$ref": "../Users/m" },
        },
    })
}

/// The view has a field for every attribute of the tables that a document holds.
#[test]
fn a_user_holds_every_attribute() {
    let document = read("User", full(), Mode::Strict).unwrap().document;
    assert_eq!(Value::Object(document.as_map().clone()), full());
    let user = User::try_from(&document).unwrap();
    assert_eq!(Document::from(&user), document);
    assert_eq!(serde_json::to_value(&user).unwrap(), full());
    let schemas = enroll_schema::Schemas::standard();
    let kind = schemas.named("User").unwrap();
    let writable = kind.ids().filter(|id| {
        let attribute = kind.attribute(*id).unwrap();
        attribute.mutability == enroll_schema::Mutability::ReadWrite
            && attribute.sub.is_empty()
            && !attribute.name.is("schemas")
    });
    for id in writable {
        let mut value = &full();
        for key in kind.keys(id) {
            let value_here = if value.is_array() { &value[0] } else { value };
            value = value_here.get(key.as_str()).unwrap_or(&Value::Null);
        }
        // RFC 7643 gives `$ref` to groups and manager alone.
        assert!(!value.is_null(), "{}", kind.path(id));
    }
}

#[test]
fn a_user_is_written_without_empty_values() {
    assert_eq!(
        serde_json::to_value(User::new("ada")).unwrap(),
        json!({ "schemas": [urns::USER], "userName": "ada" }),
    );
    let manager = ManagerRef {
        value: Some("m".to_owned()),
        ..ManagerRef::default()
    };
    let enterprise = EnterpriseUser {
        manager: Some(manager),
        ..EnterpriseUser::default()
    };
    let mut user = User::new("ada").with_enterprise(enterprise);
    user.name = Some(Name::default());
    user.emails.push(MultiValue::default());
    user.groups.push(MultiValue::new("g"));
    (user.id, user.password) = (Some("1".to_owned()), Some("secret".to_owned()));
    assert_eq!(
        Value::Object(Document::from(&user).into_map()),
        json!({
            "schemas": [urns::USER, urns::ENTERPRISE], "userName": "ada",
            urns::ENTERPRISE: { "manager": { "value": "m" } },
        }),
    );
    user.enterprise = None;
    assert_eq!(
        Document::from(&user).as_map()["schemas"],
        json!([urns::USER])
    );
}

#[test]
fn a_user_reads_what_a_server_answers() {
    let answer = json!({
        "schemas": [urns::USER], "id": "2819", "userName": "ada", "active": true, "unknown": [1],
        "groups": [{ "value": "g", "$ref": "../Groups/g", "display": "Crew", "type": "direct" }],
        "meta": {
            "resourceType": "User", "created": "2011-05-13T04:42:34Z", "version": "W/\"7\"",
            "lastModified": "2011-05-13T06:42:34.5+02:00", "location": "https://x/Users/2819",
        },
    });
    let user: User = serde_json::from_value(answer).unwrap();
    let meta = user.meta.unwrap();
    assert_eq!(meta.created, Timestamp::parse("2011-05-13T04:42:34Z"));
    assert!(meta.created < meta.last_modified);
    assert_eq!(user.groups[0].reference.as_deref(), Some("../Groups/g"));
    assert!(serde_json::from_value::<User>(json!({ "schemas": [urns::USER] })).is_err());
}

#[test]
fn a_group_is_a_view_too() {
    let body = json!({
        "schemas": [urns::GROUP], "displayName": "Crew", "externalId": "e", "members": [{ "value": "a" }],
    });
    let document = read("Group", body.clone(), Mode::Strict).unwrap().document;
    let group = Group::try_from(&document).unwrap();
    assert_eq!(
        (group.display_name.as_str(), group.members.len()),
        ("Crew", 0)
    );
    assert_eq!(Document::from(&group), document);
    let read: Group = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(read.members, [Member::new("a")]);
    assert_eq!(serde_json::to_value(&read).unwrap(), body);
    assert_eq!(Document::from(&read), document);
}

#[test]
fn a_document_of_another_type_is_no_view() {
    let user = read("User", full(), Mode::Strict).unwrap().document;
    assert_eq!(
        Group::try_from(&user).unwrap_err().kind(),
        ErrorKind::InvalidValue
    );
    assert_eq!(
        User::try_from(&Document::default()).unwrap_err().kind(),
        ErrorKind::InvalidValue
    );
    let Value::Object(wrong) = json!({ "schemas": [urns::USER], "userName": 5 }) else {
        panic!()
    };
    let error = User::try_from(&Document::from_canonical(wrong)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(std::error::Error::source(&error).is_some());
}

/// 7644-3.1-01, 7644-3.4.2-03 to -08, decision 19.
#[test]
fn lists_are_messages() {
    let none = ListResponse::<User>::new(0, 1, Vec::new());
    assert_eq!(
        serde_json::to_value(&none).unwrap(),
        json!({
            "schemas": [urns::LIST_RESPONSE], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0,
            "Resources": [],
        }),
    );
    let page = ListResponse::new(3, 2, vec![Group::new("Crew")]);
    let shown = serde_json::to_value(&page).unwrap();
    assert_eq!(
        (&shown["startIndex"], &shown["itemsPerPage"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        serde_json::from_value::<ListResponse<Group>>(shown).unwrap(),
        page
    );
    let bare = json!({ "schemas": [urns::LIST_RESPONSE], "totalResults": 0 });
    assert!(
        serde_json::from_value::<ListResponse<Value>>(bare)
            .unwrap()
            .resources
            .is_empty()
    );
    let text = json!({ "schemas": [], "totalResults": "0", "Resources": [] });
    assert!(serde_json::from_value::<ListResponse<Value>>(text).is_err());
}

/// 7644-3.5.2-03, -05, -06.
#[test]
fn patches_are_messages() {
    let patch = PatchOp::new()
        .add("emails", json!([]))
        .replace("active", json!(null))
        .remove("title");
    let shown = json!({
        "schemas": [urns::PATCH_OP],
        "Operations": [
            { "op": "add", "path": "emails", "value": [] },
            { "op": "replace", "path": "active", "value": null },
            { "op": "remove", "path": "title" },
        ],
    });
    assert_eq!(serde_json::to_value(&patch).unwrap(), shown);
    let read: PatchOp = serde_json::from_value(shown).unwrap();
    assert_eq!(read.operations.len(), 3);
    let other = json!({ "schemas": [], "Operations": [{ "op": "move" }] });
    assert!(serde_json::from_value::<PatchOp>(other).is_err());
}

/// 7644-3.4.3-03.
#[test]
fn searches_are_messages() {
    let search = SearchRequest {
        filter: Some("userName pr".to_owned()),
        count: Some(0),
        ..SearchRequest::default()
    };
    let shown = json!({ "schemas": [urns::SEARCH_REQUEST], "filter": "userName pr", "count": 0 });
    assert_eq!(serde_json::to_value(&search).unwrap(), shown);
    assert_eq!(
        serde_json::from_value::<SearchRequest>(shown).unwrap(),
        search
    );
}
