//! Keycloak with a SCIM plugin (KC-01 to KC-04).

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{
    Ask, Blank, Dialect, GROUP, Habits, Lookup, Member, Members, Roll, SCIM, USER, Update, equals,
    patch, resource, set, value,
};
use crate::{directory::Group, field::Field, person::Person};

/// How the plugin is told to write: `user-patchOp` and `group-patchOp` of its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Users and groups whole.
    Put,
    /// By PATCH, booleans as text (KC-U-01).
    Patch,
    /// By PATCH, every single value in a list of one (KC-U-02).
    PatchLists,
}

/// One federation provider of the plugin.
pub(super) struct Keycloak {
    style: Style,
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
    ],
    lookup: Lookup::Discovery { then_filter: false },
    update: Update::Blind,
    members: Members::ReadWhenUnsure,
    ..Habits::USUAL
};

impl Keycloak {
    /// Sets the plugin up: three seeds in a row write in three ways.
    pub(super) fn set_up(seed: u64) -> Self {
        let style = match seed % 3 {
            0 => Style::Put,
            1 => Style::Patch,
            _ => Style::PatchLists,
        };
        Self { style }
    }

    fn user(person: &Person) -> Value {
        json!({
            "schemas": [USER],
            "externalId": person.external_id,
            "userName": person.user_name,
            "displayName": person.display_name(),
            "name": { "givenName": person.given, "familyName": person.family },
            "emails": [{ "value": person.email }],
            "active": person.standing.is_active(),
            "roles": [{ "value": "offline_access" }],
        })
    }

    /// One operation of a user; what the captured requests do not carry is put the same way.
    fn operation(&self, person: &Person, field: Field) -> Option<Value> {
        let (path, value) = match field {
            Field::Email => ("emails", json!([{ "value": person.email }])),
            field => {
                let value = Value::from(field.wanted(person)?);
                match self.style {
                    Style::PatchLists => (field.path(), json!([value])),
                    Style::Put | Style::Patch => (field.path(), value),
                }
            }
        };
        Some(json!({ "op": "replace", "path": path, "value": value }))
    }

    /// The whole list at every change; an empty one is a removal without a value (KC-03).
    fn write_group(&self, roll: &Roll<'_>) -> Ask {
        let target = resource("Groups", roll.id);
        if self.style == Style::Put {
            let body = Self::group(roll);
            return Ask::write("PUT /Groups/{id}", Method::PUT, target, SCIM, body);
        }
        let members: Vec<_> = roll.after.iter().map(value).collect();
        let members = if members.is_empty() {
            json!({ "op": "remove", "path": "members" })
        } else {
            json!({ "op": "replace", "path": "members", "value": members })
        };
        let [name, id] = [&roll.group.name, &roll.group.external_id];
        let body = patch(&[
            members,
            json!({ "op": "replace", "path": "displayName", "value": name }),
            json!({ "op": "replace", "path": "externalId", "value": id }),
        ]);
        Ask::write("PATCH /Groups/{id}", Method::PATCH, target, SCIM, body)
    }

    /// Without `members` when there are none.
    fn group(roll: &Roll<'_>) -> Value {
        let mut group = json!({
            "schemas": [GROUP],
            "id": roll.id,
            "externalId": roll.group.external_id,
            "displayName": roll.group.name,
        });
        let member =
            |member: &Member| json!({ "value": member.id, "$ref": format!("Users/{}", member.id) });
        if !roll.after.is_empty() {
            let members: Vec<_> = roll.after.iter().map(member).collect();
            set(&mut group, "members", members);
        }
        group
    }
}

impl Dialect for Keycloak {
    fn habits(&self) -> Habits {
        HABITS
    }

    /// No header is documented; the media type can be configured (KC-04).
    fn mark(&self, _headers: &mut HeaderMap, _activity: &str) {}

    /// The plugin tests nothing.
    fn probes(&self) -> Vec<Ask> {
        Vec::new()
    }

    /// Never sent: the plugin reads everything instead.
    fn find_user(&self, user_name: &str) -> Ask {
        let filter = equals("userName", user_name, Blank::Percent);
        Ask::read("GET /Users?filter", format!("/Users?filter={filter}"))
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", resource("Users", id))
    }

    fn create_user(&self, person: &Person) -> Ask {
        let (target, body) = ("/Users".to_owned(), Self::user(person));
        Ask::write("POST /Users", Method::POST, target, SCIM, body)
    }

    fn update_user(&self, id: &str, person: &Person, _current: &Value, changed: &[Field]) -> Ask {
        let target = resource("Users", id);
        if self.style == Style::Put {
            let mut body = Self::user(person);
            set(&mut body, "id", id);
            return Ask::write("PUT /Users/{id}", Method::PUT, target, SCIM, body);
        }
        let written = |field: &&Field| **field != Field::ExternalId;
        let operations: Vec<_> = changed
            .iter()
            .filter(written)
            .filter_map(|field| self.operation(person, *field))
            .collect();
        let body = patch(&operations);
        Ask::write("PATCH /Users/{id}", Method::PATCH, target, SCIM, body)
    }

    fn delete_user(&self, id: &str) -> Ask {
        Ask::delete(resource("Users", id))
    }

    /// Never sent, likewise.
    fn find_group(&self, name: &str) -> Ask {
        let filter = equals("displayName", name, Blank::Percent);
        Ask::read("GET /Groups?filter", format!("/Groups?filter={filter}"))
    }

    fn read_group(&self, id: &str) -> Ask {
        Ask::read("GET /Groups/{id}", resource("Groups", id))
    }

    fn create_group(&self, group: &Group) -> Ask {
        let body = json!({
            "schemas": [GROUP],
            "externalId": group.external_id,
            "displayName": group.name,
        });
        let target = "/Groups".to_owned();
        Ask::write("POST /Groups", Method::POST, target, SCIM, body).once()
    }

    /// The same request as for another membership (KC-03).
    fn rename_group(&self, roll: &Roll<'_>) -> Ask {
        self.write_group(roll)
    }

    /// The plugin reads the group instead.
    fn is_member(&self, group: &str, _user: &str) -> Ask {
        self.read_group(group)
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask> {
        vec![self.write_group(roll)]
    }

    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask> {
        vec![self.write_group(roll)]
    }
}
