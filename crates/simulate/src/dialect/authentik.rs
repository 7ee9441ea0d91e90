//! authentik (AK-01 to AK-07).

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{
    Ask, Blank, Dialect, GROUP, Habits, Insists, Lookup, Member, Members, Roll, USER, Update,
    equals, patch, resource, set, value,
};
use crate::{directory::Group, field::Field, person::Person};

const JSON: &str = "application/json";

/// One provider of authentik, and what it has read of the server.
pub(super) struct Authentik {
    /// Groups by PATCH, or whole (AK-01).
    patches: bool,
    /// How many operations one PATCH carries (AK-07); none: as many as there are.
    operations_max: usize,
}

const HABITS: Habits = Habits {
    fields: &[
        Field::UserName,
        Field::ExternalId,
        Field::Active,
        Field::GivenName,
        Field::FamilyName,
        Field::Formatted,
        Field::DisplayName,
        Field::Email,
        Field::Locale,
    ],
    lookup: Lookup::Discovery { then_filter: true },
    update: Update::Blind,
    insists: Insists {
        members: true,
        external_id: false,
    },
    members: Members::ReadAlways,
    ..Habits::USUAL
};

impl Authentik {
    /// What it takes for granted before it has asked.
    pub(super) fn new() -> Self {
        Self {
            patches: true,
            operations_max: 0,
        }
    }

    fn user(person: &Person) -> Value {
        json!({
            "schemas": [USER],
            "userName": person.user_name,
            "name": {
                "formatted": person.display_name(),
                "givenName": person.given,
                "familyName": person.family,
            },
            "displayName": person.display_name(),
            "photos": [],
            "locale": Field::Locale.wanted(person),
            "active": person.standing.is_active(),
            "emails": [{ "value": person.email, "type": "other", "primary": true }],
            "externalId": person.external_id,
        })
    }

    fn group(group: &Group) -> Value {
        json!({
            "schemas": [GROUP],
            "displayName": group.name,
            "externalId": group.external_id,
        })
    }

    /// One operation per member, as many in a request as the server takes (AK-05, AK-07).
    fn patch_members(&self, op: &str, roll: &Roll<'_>) -> Vec<Ask> {
        let one =
            |member: &Member| json!({ "op": op, "path": "members", "value": [value(member)] });
        let operations: Vec<_> = roll.moved.iter().map(one).collect();
        let most = match self.operations_max {
            0 => operations.len().max(1),
            most => most,
        };
        let ask = |some: &[Value]| {
            let (target, body) = (resource("Groups", roll.id), patch(some));
            Ask::write("PATCH /Groups/{id}", Method::PATCH, target, JSON, body)
        };
        operations.chunks(most).map(ask).collect()
    }

    /// The whole group, for servers without PATCH; without members when there are none.
    fn put_group(roll: &Roll<'_>) -> Ask {
        let mut body = Self::group(roll.group);
        set(&mut body, "id", roll.id);
        if !roll.after.is_empty() {
            let members: Vec<_> = roll.after.iter().map(value).collect();
            set(&mut body, "members", members);
        }
        let target = resource("Groups", roll.id);
        Ask::write("PUT /Groups/{id}", Method::PUT, target, JSON, body)
    }
}

impl Dialect for Authentik {
    fn habits(&self) -> Habits {
        HABITS
    }

    /// No header is documented.
    fn mark(&self, _headers: &mut HeaderMap, _activity: &str) {}

    /// The configuration is all that it tests.
    fn probes(&self) -> Vec<Ask> {
        Vec::new()
    }

    fn configuration(&self) -> Option<Ask> {
        let target = "/ServiceProviderConfig".to_owned();
        Some(Ask::read("GET /ServiceProviderConfig", target))
    }

    fn configure(&mut self, configuration: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        for name in ["patch", "bulk", "filter"] {
            let supported = configuration.get(name).and_then(|one| one.get("supported"));
            if !supported.is_some_and(Value::is_boolean) {
                wrong.push(format!(
                    "{name}.supported of the configuration is no boolean"
                ));
            }
        }
        let at = |pointer| configuration.pointer(pointer);
        match at("/bulk/maxOperations").and_then(Value::as_u64) {
            Some(most) => self.operations_max = usize::try_from(most).unwrap_or(usize::MAX),
            None => wrong.push("bulk.maxOperations of the configuration is no integer".to_owned()),
        }
        self.patches = at("/patch/supported") == Some(&Value::Bool(true));
        wrong
    }

    /// Only after a 409 (AK-07).
    fn find_user(&self, user_name: &str) -> Ask {
        let filter = equals("userName", user_name, Blank::Plus);
        Ask::read("GET /Users?filter", format!("/Users?filter={filter}"))
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", resource("Users", id))
    }

    fn create_user(&self, person: &Person) -> Ask {
        let (target, body) = ("/Users".to_owned(), Self::user(person));
        Ask::write("POST /Users", Method::POST, target, JSON, body)
    }

    /// Always the whole user (AK-02).
    fn update_user(&self, id: &str, person: &Person, _current: &Value, _changed: &[Field]) -> Ask {
        let mut body = Self::user(person);
        set(&mut body, "id", id);
        Ask::write(
            "PUT /Users/{id}",
            Method::PUT,
            resource("Users", id),
            JSON,
            body,
        )
    }

    fn delete_user(&self, id: &str) -> Ask {
        Ask::delete(resource("Users", id))
    }

    /// Only after a 409 (AK-03).
    fn find_group(&self, name: &str) -> Ask {
        let filter = equals("displayName", name, Blank::Plus);
        Ask::read("GET /Groups?filter", format!("/Groups?filter={filter}"))
    }

    fn read_group(&self, id: &str) -> Ask {
        Ask::read("GET /Groups/{id}", resource("Groups", id))
    }

    /// Without `members` (AK-03).
    fn create_group(&self, group: &Group) -> Ask {
        let (target, body) = ("/Groups".to_owned(), Self::group(group));
        Ask::write("POST /Groups", Method::POST, target, JSON, body).once()
    }

    /// The whole group without its members (AK-04).
    fn rename_group(&self, roll: &Roll<'_>) -> Ask {
        if !self.patches {
            return Self::put_group(roll);
        }
        let mut value = Self::group(roll.group);
        set(&mut value, "id", roll.id);
        let body = patch(&[json!({ "op": "replace", "value": value })]);
        let target = resource("Groups", roll.id);
        Ask::write("PATCH /Groups/{id}", Method::PATCH, target, JSON, body)
    }

    /// authentik reads the group instead.
    fn is_member(&self, group: &str, _user: &str) -> Ask {
        self.read_group(group)
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask> {
        if self.patches {
            self.patch_members("add", roll)
        } else {
            vec![Self::put_group(roll)]
        }
    }

    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask> {
        if self.patches {
            self.patch_members("remove", roll)
        } else {
            vec![Self::put_group(roll)]
        }
    }
}
