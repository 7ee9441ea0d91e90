//! JumpCloud, custom SCIM application (JC-01 to JC-05).

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{
    Ask, Blank, Dialect, GROUP, Habits, Member, Roll, SCIM, Trial, USER, equals, patch, resource,
    set, value,
};
use crate::{directory::Group, field::Field, person::Person};

/// One application.
pub(super) struct JumpCloud {
    /// `active` without a path, and no `schemas` on a PATCH: captured beside the other form
    /// (JC-U-01, JC-U-02).
    bare: bool,
    /// The address which the administrator gives for the test (JC-05).
    test_mail: String,
}

const TEST_GROUP: &str = "JC test group";

/// No attribute mapping and no extension: these and nothing else (JC-05).
const HABITS: Habits = Habits {
    fields: &[
        Field::UserName,
        Field::ExternalId,
        Field::Active,
        Field::GivenName,
        Field::FamilyName,
        Field::DisplayName,
        Field::Email,
    ],
    ..Habits::USUAL
};

impl JumpCloud {
    /// Sets the application up: every second seed sends the one form of PATCH, the others the other.
    pub(super) fn set_up(seed: u64) -> Self {
        Self {
            bare: seed.is_multiple_of(2),
            test_mail: format!("scim-test@tidal-{seed}.example"),
        }
    }

    fn patch(&self, what: &'static str, target: String, operations: &[Value]) -> Ask {
        let mut body = patch(operations);
        if let (true, Some(body)) = (self.bare, body.as_object_mut()) {
            body.remove("schemas");
        }
        Ask::write(what, Method::PATCH, target, SCIM, body)
    }

    /// One member per request: each is bound or unbound by itself (JC-04).
    fn patch_members(&self, op: &str, roll: &Roll<'_>) -> Vec<Ask> {
        let one = |member: &Member| {
            let operation = json!({ "op": op, "path": "members", "value": [value(member)] });
            self.patch(
                "PATCH /Groups/{id}",
                resource("Groups", roll.id),
                &[operation],
            )
        };
        roll.moved.iter().map(one).collect()
    }

    fn make_user(body: Value) -> Ask {
        Ask::write("POST /Users", Method::POST, "/Users".to_owned(), SCIM, body)
    }

    fn make_group(name: &str) -> Ask {
        let body = json!({ "schemas": [GROUP], "displayName": name, "members": [] });
        let target = "/Groups".to_owned();
        Ask::write("POST /Groups", Method::POST, target, SCIM, body).once()
    }
}

impl Dialect for JumpCloud {
    fn habits(&self) -> Habits {
        HABITS
    }

    /// No header is documented.
    fn mark(&self, _headers: &mut HeaderMap, _activity: &str) {}

    fn probes(&self) -> Vec<Ask> {
        vec![Ask::read("GET /Users", "/Users".to_owned())]
    }

    fn trials(&self) -> Vec<Trial> {
        let user = json!({
            "schemas": [USER],
            "userName": self.test_mail,
            "name": { "givenName": "Test", "familyName": "User" },
            "displayName": "Test User",
            "emails": [{ "value": self.test_mail, "type": "work", "primary": true }],
            "active": true,
            "externalId": "5f6e0000aa",
        });
        vec![
            Trial {
                find: self.find_user(&self.test_mail),
                create: Self::make_user(user),
                group: false,
            },
            Trial {
                find: self.find_group(TEST_GROUP),
                create: Self::make_group(TEST_GROUP),
                group: true,
            },
        ]
    }

    fn find_user(&self, user_name: &str) -> Ask {
        let filter = equals("userName", user_name, Blank::Percent);
        Ask::read("GET /Users?filter", format!("/Users?filter={filter}"))
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", resource("Users", id))
    }

    fn create_user(&self, person: &Person) -> Ask {
        Self::make_user(json!({
            "schemas": [USER],
            "userName": person.user_name,
            "name": { "givenName": person.given, "familyName": person.family },
            "displayName": person.display_name(),
            "emails": [{ "value": person.email, "type": "work", "primary": true }],
            "active": person.standing.is_active(),
            "externalId": person.external_id,
        }))
    }

    /// One operation per attribute, in lower case, `active` as a boolean (JC-02).
    fn update_user(&self, id: &str, person: &Person, _current: &Value, changed: &[Field]) -> Ask {
        let operation = |field: &Field| {
            let active = person.standing.is_active();
            let (path, value) = match field {
                Field::Active if self.bare => {
                    return Some(json!({ "op": "replace", "value": { "active": active } }));
                }
                Field::Active => ("active", active.into()),
                Field::Email => {
                    let email = json!({ "value": person.email, "type": "work", "primary": true });
                    ("emails", json!([email]))
                }
                field => (field.path(), field.wanted(person)?.into()),
            };
            let mut operation = json!({ "op": "replace", "path": path });
            set(&mut operation, "value", value);
            Some(operation)
        };
        let operations: Vec<_> = changed.iter().filter_map(operation).collect();
        self.patch("PATCH /Users/{id}", resource("Users", id), &operations)
    }

    /// Never sent by a scenario: leavers are deactivated (JC-02).
    fn delete_user(&self, id: &str) -> Ask {
        Ask::delete(resource("Users", id))
    }

    fn find_group(&self, name: &str) -> Ask {
        let filter = equals("displayName", name, Blank::Percent);
        Ask::read("GET /Groups?filter", format!("/Groups?filter={filter}"))
    }

    fn read_group(&self, id: &str) -> Ask {
        Ask::read("GET /Groups/{id}", resource("Groups", id))
    }

    fn create_group(&self, group: &Group) -> Ask {
        Self::make_group(&group.name)
    }

    /// Without a path (JC-03).
    fn rename_group(&self, roll: &Roll<'_>) -> Ask {
        let value = json!({ "displayName": roll.group.name });
        let operation = json!({ "op": "replace", "value": value });
        self.patch(
            "PATCH /Groups/{id}",
            resource("Groups", roll.id),
            &[operation],
        )
    }

    /// `JumpCloud` reads the group instead.
    fn is_member(&self, group: &str, _user: &str) -> Ask {
        self.read_group(group)
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask> {
        self.patch_members("add", roll)
    }

    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask> {
        self.patch_members("remove", roll)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{person::Standing, provider::Provider};

    #[test]
    fn active_goes_with_a_path_or_without_one() {
        let mut person = Person::new(Provider::JumpCloud, 1, 0);
        person.standing = Standing::Suspended;
        let changed = [Field::GivenName, Field::FamilyName, Field::Active];
        let given = json!({ "op": "replace", "path": "name.givenName", "value": person.given });
        let family = json!({ "op": "replace", "path": "name.familyName", "value": person.family });
        let sent = |seed| {
            let jumpcloud = JumpCloud::set_up(seed);
            let ask = jumpcloud.update_user("7", &person, &Value::Null, &changed);
            ask.body.unwrap_or_default()
        };
        let active = json!({ "op": "replace", "path": "active", "value": false });
        assert_eq!(
            sent(1),
            patch(&[given.clone(), family.clone(), active]),
            "JC-U-01"
        );
        let active = json!({ "op": "replace", "value": { "active": false } });
        let bare = json!({ "Operations": [given, family, active] });
        assert_eq!(sent(2), bare, "JC-U-02");
    }
}
