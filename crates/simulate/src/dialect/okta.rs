//! Okta (OKTA-01 to OKTA-30).

use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};

use super::{
    Ask, Blank, Dialect, GROUP, Habits, Member, Members, Roll, SCIM_UTF8, USER, equals, patch,
    resource, set,
};
use crate::{
    directory::Group,
    field::Field,
    person::{Person, Standing},
};

/// How many members one PATCH carries; not documented, chosen well below any server's limit.
const MEMBERS_MAX: usize = 100;

/// The two ways of setting Okta up (OKTA-24).
pub(super) struct Okta {
    /// Made with the wizard: everything by PUT.
    pub(super) wizard: bool,
}

const HABITS: Habits = Habits {
    fields: &[
        Field::UserName,
        Field::ExternalId,
        Field::Active,
        Field::GivenName,
        Field::FamilyName,
        Field::DisplayName,
        Field::Email,
        Field::TimeZone,
        Field::UserType,
        Field::Locale,
    ],
    keeps_suspended: false,
    suspends_first: false,
    takes_404: true,
    members: Members::ReadAlways,
    ..Habits::USUAL
};

impl Okta {
    fn user(person: &Person) -> Value {
        let mut user = json!({
            "schemas": [USER],
            "userName": person.user_name,
            "name": { "givenName": person.given, "familyName": person.family },
            "emails": [{ "primary": true, "value": person.email, "type": "work" }],
            "displayName": person.display_name(),
            "locale": Field::Locale.wanted(person),
            "timezone": person.time_zone(),
            "externalId": person.external_id,
            "groups": [],
            "active": person.standing == Standing::Active,
        });
        if let Some(user_type) = person.user_type {
            set(&mut user, "userType", user_type);
        }
        user
    }

    fn patch_group(id: &str, operations: &[Value]) -> Ask {
        let target = resource("Groups", id);
        Ask::write(
            "PATCH /Groups/{id}",
            Method::PATCH,
            target,
            SCIM_UTF8,
            patch(operations),
        )
    }

    /// Sent at every membership change: the name again, with the read-only id (OKTA-16).
    fn name_group(roll: &Roll<'_>) -> Ask {
        let value = json!({ "id": roll.id, "displayName": roll.group.name });
        Self::patch_group(roll.id, &[json!({ "op": "replace", "value": value })])
    }

    /// The whole group (OKTA-19).
    fn put_group(roll: &Roll<'_>) -> Ask {
        let body = json!({
            "schemas": [GROUP],
            "id": roll.id,
            "displayName": roll.group.name,
            "members": roll.after.iter().map(member).collect::<Vec<_>>(),
        });
        Ask::write(
            "PUT /Groups/{id}",
            Method::PUT,
            resource("Groups", roll.id),
            SCIM_UTF8,
            body,
        )
    }
}

fn member(member: &Member) -> Value {
    json!({ "value": member.id, "display": member.user_name })
}

fn add(members: &[Member]) -> Value {
    let value: Vec<_> = members.iter().map(member).collect();
    json!({ "op": "add", "path": "members", "value": value })
}

fn remove(member: &Member) -> Value {
    json!({ "op": "remove", "path": format!("members[value eq {}]", Value::from(&*member.id)) })
}

impl Dialect for Okta {
    fn habits(&self) -> Habits {
        HABITS
    }

    /// OKTA-23; the gzip it offers too is left out, for this client cannot unpack it.
    fn mark(&self, headers: &mut HeaderMap, _activity: &str) {
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static("Okta SCIM Client 1.0.0"),
        );
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/scim+json"),
        );
        headers.insert(header::ACCEPT_CHARSET, HeaderValue::from_static("utf-8"));
    }

    fn probes(&self) -> Vec<Ask> {
        vec![
            Ask::read("GET /Users", "/Users?startIndex=1&count=2".to_owned()),
            Ask::read("GET /Groups", "/Groups?startIndex=1&count=100".to_owned()),
        ]
    }

    fn find_user(&self, user_name: &str) -> Ask {
        let filter = equals("userName", user_name, Blank::Percent);
        let target = format!("/Users?filter={filter}&startIndex=1&count=100");
        Ask::read("GET /Users?filter", target)
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", resource("Users", id))
    }

    fn create_user(&self, person: &Person) -> Ask {
        let mut body = Self::user(person);
        // Okta makes up a password for applications that want one (OKTA-07).
        set(&mut body, "password", "Kx7-placeholder");
        Ask::write(
            "POST /Users",
            Method::POST,
            "/Users".to_owned(),
            SCIM_UTF8,
            body,
        )
    }

    fn update_user(&self, id: &str, person: &Person, _current: &Value, changed: &[Field]) -> Ask {
        let target = resource("Users", id);
        if !self.wizard && changed == [Field::Active] {
            let value = json!({ "active": person.standing == Standing::Active });
            let body = patch(&[json!({ "op": "replace", "value": value })]);
            return Ask::write("PATCH /Users/{id}", Method::PATCH, target, SCIM_UTF8, body);
        }
        let mut body = Self::user(person);
        let email = &person.email;
        let email = json!({ "primary": true, "value": email, "type": "work", "display": email });
        set(&mut body, "id", id);
        set(&mut body, "meta", json!({ "resourceType": "User" }));
        set(&mut body, "emails", [email].as_slice());
        Ask::write("PUT /Users/{id}", Method::PUT, target, SCIM_UTF8, body)
    }

    /// Never sent by a scenario: Okta deletes nobody (OKTA-25).
    fn delete_user(&self, id: &str) -> Ask {
        Ask::delete(resource("Users", id))
    }

    fn find_group(&self, name: &str) -> Ask {
        let filter = equals("displayName", name, Blank::Percent);
        let target = format!("/Groups?filter={filter}&startIndex=1&count=100");
        Ask::read("GET /Groups?filter", target)
    }

    fn read_group(&self, id: &str) -> Ask {
        Ask::read("GET /Groups/{id}", resource("Groups", id))
    }

    fn create_group(&self, group: &Group) -> Ask {
        let body = json!({ "schemas": [GROUP], "displayName": group.name, "members": [] });
        Ask::write(
            "POST /Groups",
            Method::POST,
            "/Groups".to_owned(),
            SCIM_UTF8,
            body,
        )
        .once()
    }

    /// Okta reads the group instead.
    fn is_member(&self, group: &str, _user: &str) -> Ask {
        self.read_group(group)
    }

    fn rename_group(&self, roll: &Roll<'_>) -> Ask {
        if self.wizard {
            Self::put_group(roll)
        } else {
            Self::name_group(roll)
        }
    }

    /// OKTA-18; with the wizard, OKTA-19.
    fn push(&self, roll: &Roll<'_>) -> Option<Ask> {
        if self.wizard {
            return Some(Self::put_group(roll));
        }
        let members: Vec<_> = roll.after.iter().map(member).collect();
        let all = json!({ "op": "replace", "path": "members", "value": members });
        Some(Self::patch_group(roll.id, &[all]))
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask> {
        if self.wizard {
            return vec![Self::put_group(roll)];
        }
        let adds = roll.moved.chunks(MEMBERS_MAX);
        let adds = adds.map(|some| Self::patch_group(roll.id, &[add(some)]));
        std::iter::once(Self::name_group(roll))
            .chain(adds)
            .collect()
    }

    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask> {
        if self.wizard {
            return vec![Self::put_group(roll)];
        }
        let removes = roll.moved.chunks(MEMBERS_MAX).map(|some| {
            let operations: Vec<_> = some.iter().map(remove).collect();
            Self::patch_group(roll.id, &operations)
        });
        std::iter::once(Self::name_group(roll))
            .chain(removes)
            .collect()
    }
}
