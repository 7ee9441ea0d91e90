//! Google Workspace, automatic provisioning of an application of its catalogue (GW-01 to GW-04).

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{Ask, Blank, Dialect, Habits, Members, Roll, SCIM, USER, equals, patch, resource};
use crate::{directory::Group, field::Field, person::Person};

/// The only way that is known of setting it up.
pub(super) struct Google;

/// The address stands in `userName` and nowhere else (GW-02); groups are never sent.
const HABITS: Habits = Habits {
    fields: &[
        Field::UserName,
        Field::Active,
        Field::GivenName,
        Field::FamilyName,
    ],
    addresses: 0,
    members: Members::Never,
    ..Habits::USUAL
};

impl Dialect for Google {
    fn habits(&self) -> Habits {
        HABITS
    }

    /// No header is documented.
    fn mark(&self, _headers: &mut HeaderMap, _activity: &str) {}

    fn probes(&self) -> Vec<Ask> {
        vec![Ask::read("GET /Users", "/Users?count=1".to_owned())]
    }

    fn find_user(&self, user_name: &str) -> Ask {
        let filter = equals("userName", user_name, Blank::Percent);
        Ask::read("GET /Users?filter", format!("/Users?filter={filter}"))
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", resource("Users", id))
    }

    fn create_user(&self, person: &Person) -> Ask {
        let body = json!({
            "schemas": [USER],
            "userName": person.user_name,
            "name": { "givenName": person.given, "familyName": person.family },
            "active": person.standing.is_active(),
        });
        Ask::write("POST /Users", Method::POST, "/Users".to_owned(), SCIM, body)
    }

    /// Suspension is one operation with a path (GW-U-01); other changes are put the same way, which
    /// nobody has documented.
    fn update_user(&self, id: &str, person: &Person, _current: &Value, changed: &[Field]) -> Ask {
        let operation = |field: &Field| {
            let value = match field {
                Field::Active => person.standing.is_active().into(),
                field => Value::from(field.wanted(person)?),
            };
            Some(json!({ "op": "replace", "path": field.path(), "value": value }))
        };
        let operations: Vec<_> = changed.iter().filter_map(operation).collect();
        let (target, body) = (resource("Users", id), patch(&operations));
        Ask::write("PATCH /Users/{id}", Method::PATCH, target, SCIM, body)
    }

    fn delete_user(&self, id: &str) -> Ask {
        Ask::delete(resource("Users", id))
    }

    /// Never sent, as nothing about groups is.
    fn find_group(&self, name: &str) -> Ask {
        let filter = equals("displayName", name, Blank::Percent);
        Ask::read("GET /Groups?filter", format!("/Groups?filter={filter}"))
    }

    fn read_group(&self, id: &str) -> Ask {
        Ask::read("GET /Groups/{id}", resource("Groups", id))
    }

    fn create_group(&self, group: &Group) -> Ask {
        self.find_group(&group.name)
    }

    fn is_member(&self, group: &str, _user: &str) -> Ask {
        self.read_group(group)
    }

    fn join(&self, _roll: &Roll<'_>) -> Vec<Ask> {
        Vec::new()
    }

    fn leave(&self, _roll: &Roll<'_>) -> Vec<Ask> {
        Vec::new()
    }
}
