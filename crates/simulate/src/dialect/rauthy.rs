//! rauthy (RY-01 to RY-04).

use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};

use super::{
    Ask, Blank, Dialect, GROUP, Habits, Insists, Lookup, Member, Members, Roll, SCIM, USER, equals,
    patch, resource, set, value,
};
use crate::{directory::Group, field::Field, person::Person};

/// A client of rauthy with SCIM and its groups switched on.
pub(super) struct Rauthy;

/// `displayName` is the address and not the person's name (RY-02), so it is not compared.
const HABITS: Habits = Habits {
    fields: &[
        Field::UserName,
        Field::ExternalId,
        Field::Active,
        Field::GivenName,
        Field::FamilyName,
        Field::Email,
        Field::TimeZone,
        Field::Locale,
    ],
    lookup: Lookup::Filter(&[Field::ExternalId, Field::UserName]),
    insists: Insists {
        members: false,
        external_id: true,
    },
    members: Members::ByUser,
    ..Habits::USUAL
};

impl Rauthy {
    fn user(person: &Person) -> Value {
        json!({
            "schemas": [USER],
            "externalId": person.external_id,
            "userName": person.user_name,
            "name": { "familyName": person.family, "givenName": person.given },
            "displayName": person.email,
            "preferredLanguage": "en",
            "locale": Field::Locale.wanted(person),
            "timezone": person.time_zone(),
            "active": person.standing.is_active(),
            "emails": [{ "value": person.email, "primary": true }],
            "roles": [{ "value": "user" }],
            // Attributes of rauthy's own, in a place where the RFC has none (RY-02).
            "custom": { "quay": person.department },
        })
    }

    /// One member per request.
    fn patch_members(roll: &Roll<'_>, operation: impl Fn(&Member) -> Value) -> Vec<Ask> {
        let one = |member| {
            let (target, body) = (resource("Groups", roll.id), patch(&[operation(member)]));
            Ask::write("PATCH /Groups/{id}", Method::PATCH, target, SCIM, body)
        };
        roll.moved.iter().map(one).collect()
    }
}

impl Dialect for Rauthy {
    fn habits(&self) -> Habits {
        HABITS
    }

    fn mark(&self, headers: &mut HeaderMap, _activity: &str) {
        headers.insert(header::ACCEPT, HeaderValue::from_static(SCIM));
    }

    /// The groups are read first, to find errors of the set-up early.
    fn probes(&self) -> Vec<Ask> {
        let target = "/Groups?startIndex=1&count=100".to_owned();
        vec![Ask::read("GET /Groups", target)]
    }

    fn find_user(&self, user_name: &str) -> Ask {
        self.find_user_by(Field::UserName, user_name)
    }

    /// By `externalId` first (RY-01).
    fn find_user_by(&self, attribute: Field, value: &str) -> Ask {
        let filter = equals(attribute.path(), value, Blank::Percent);
        Ask::read("GET /Users?filter", format!("/Users?filter={filter}"))
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", resource("Users", id))
    }

    fn create_user(&self, person: &Person) -> Ask {
        let (target, body) = ("/Users".to_owned(), Self::user(person));
        Ask::write("POST /Users", Method::POST, target, SCIM, body)
    }

    fn update_user(&self, id: &str, person: &Person, _current: &Value, _changed: &[Field]) -> Ask {
        let mut body = Self::user(person);
        set(&mut body, "id", id);
        Ask::write(
            "PUT /Users/{id}",
            Method::PUT,
            resource("Users", id),
            SCIM,
            body,
        )
    }

    fn delete_user(&self, id: &str) -> Ask {
        Ask::delete(resource("Users", id))
    }

    fn find_group(&self, name: &str) -> Ask {
        let filter = equals("displayName", name, Blank::Percent);
        Ask::read("GET /Groups?filter", format!("/Groups?filter={filter}"))
    }

    /// By `externalId` first, here too.
    fn find_group_by(&self, group: &Group) -> Vec<Ask> {
        let filter = equals("externalId", &group.external_id, Blank::Percent);
        let target = format!("/Groups?filter={filter}");
        vec![
            Ask::read("GET /Groups?filter", target),
            self.find_group(&group.name),
        ]
    }

    fn read_group(&self, id: &str) -> Ask {
        Ask::read("GET /Groups/{id}", resource("Groups", id))
    }

    /// RY-03.
    fn create_group(&self, group: &Group) -> Ask {
        let body = json!({
            "schemas": [GROUP],
            "externalId": group.external_id,
            "displayName": group.name,
        });
        let target = "/Groups".to_owned();
        Ask::write("POST /Groups", Method::POST, target, SCIM, body).once()
    }

    /// With the `externalId`, without a path (RY-03).
    fn rename_group(&self, roll: &Roll<'_>) -> Ask {
        let [name, id] = [&roll.group.name, &roll.group.external_id];
        let value = json!({ "displayName": name, "externalId": id });
        let body = patch(&[json!({ "op": "replace", "value": value })]);
        let target = resource("Groups", roll.id);
        Ask::write("PATCH /Groups/{id}", Method::PATCH, target, SCIM, body)
    }

    /// The user's own `groups` tell (RY-04).
    fn is_member(&self, _group: &str, user: &str) -> Ask {
        self.read_user(user)
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask> {
        Self::patch_members(roll, |member| {
            let value = json!({ "value": member.id, "display": member.user_name });
            json!({ "op": "add", "path": "members", "value": [value] })
        })
    }

    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask> {
        let remove = |member: &Member| json!({ "op": "remove", "path": "members", "value": [value(member)] });
        Self::patch_members(roll, remove)
    }
}
