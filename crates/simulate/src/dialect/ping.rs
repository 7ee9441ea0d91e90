//! Ping Identity: `PingOne` and the SCIM connector of `PingFederate` (PING-01 to PING-07).

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{
    Ask, Blank, Dialect, GROUP, Habits, Lookup, Member, Roll, SCIM, USER, equals, patch, resource,
    set, value,
};
use crate::{directory::Group, field::Field, person::Person};

/// How many members one PATCH carries; not documented.
const MEMBERS_MAX: usize = 50;

/// One connection.
pub(super) struct Ping {
    /// `PingOne`, which fills both addresses (PING-04), or `PingFederate`.
    one: bool,
    /// "SCIM SP supports PATCH updates" (PING-U-01, PING-U-02).
    patches: bool,
    /// "Unique User Identifier" `workEmail`, in one of the two spellings (PING-02).
    by_email: Option<&'static str>,
}

const HABITS: Habits = Habits {
    fields: &[
        Field::UserName,
        Field::Active,
        Field::GivenName,
        Field::FamilyName,
        Field::Email,
    ],
    ..Habits::USUAL
};

impl Ping {
    /// Sets the connection up: the seed goes through all twelve ways.
    pub(super) fn set_up(seed: u64) -> Self {
        Self {
            one: seed.is_multiple_of(2),
            by_email: match seed % 3 {
                0 => Some("emails"),
                1 => None,
                _ => Some("emails.value"),
            },
            patches: (seed / 2).is_multiple_of(2),
        }
    }

    fn user(&self, person: &Person) -> Value {
        let address = |kind: &str| json!({ "value": person.email, "type": kind, "primary": true });
        let kinds: &[&str] = if self.one {
            &["work", "home"]
        } else {
            &["work"]
        };
        json!({
            "schemas": [USER],
            "userName": person.user_name,
            "name": { "givenName": person.given, "familyName": person.family },
            "emails": kinds.iter().copied().map(address).collect::<Vec<_>>(),
            "active": person.standing.is_active(),
        })
    }

    fn patch_group(id: &str, operations: &[Value]) -> Ask {
        let (target, body) = (resource("Groups", id), patch(operations));
        Ask::write("PATCH /Groups/{id}", Method::PATCH, target, SCIM, body)
    }
}

impl Dialect for Ping {
    fn habits(&self) -> Habits {
        Habits {
            addresses: if self.one { 2 } else { 1 },
            lookup: Lookup::Filter(match self.by_email {
                Some(_) => &[Field::Email],
                None => &[Field::UserName],
            }),
            ..HABITS
        }
    }

    /// No header is documented.
    fn mark(&self, _headers: &mut HeaderMap, _activity: &str) {}

    /// Not documented; the look-up of somebody who is not there.
    fn probes(&self) -> Vec<Ask> {
        vec![self.find_user("probe@reef.example")]
    }

    fn find_user(&self, name: &str) -> Ask {
        let filter = equals(self.by_email.unwrap_or("userName"), name, Blank::Percent);
        Ask::read("GET /Users?filter", format!("/Users?filter={filter}"))
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", resource("Users", id))
    }

    fn create_user(&self, person: &Person) -> Ask {
        let (target, body) = ("/Users".to_owned(), self.user(person));
        Ask::write("POST /Users", Method::POST, target, SCIM, body)
    }

    /// PING-05.
    fn update_user(&self, id: &str, person: &Person, _current: &Value, changed: &[Field]) -> Ask {
        let target = resource("Users", id);
        if self.patches && changed == [Field::Active] {
            let active = person.standing.is_active();
            let body = patch(&[json!({ "op": "replace", "path": "active", "value": active })]);
            return Ask::write("PATCH /Users/{id}", Method::PATCH, target, SCIM, body);
        }
        let mut body = self.user(person);
        set(&mut body, "id", id);
        Ask::write("PUT /Users/{id}", Method::PUT, target, SCIM, body)
    }

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
        let body = json!({ "schemas": [GROUP], "displayName": group.name });
        let target = "/Groups".to_owned();
        Ask::write("POST /Groups", Method::POST, target, SCIM, body).once()
    }

    /// Ping reads the group instead.
    fn is_member(&self, group: &str, _user: &str) -> Ask {
        self.read_group(group)
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask> {
        let add = |some: &[Member]| {
            let value: Vec<_> = some.iter().map(value).collect();
            let operation = json!({ "op": "add", "path": "members", "value": value });
            Self::patch_group(roll.id, &[operation])
        };
        roll.moved.chunks(MEMBERS_MAX).map(add).collect()
    }

    /// PING-06: by a filter.
    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask> {
        let remove = |member: &Member| {
            let path = format!("members[value eq {}]", Value::from(&*member.id));
            json!({ "op": "remove", "path": path })
        };
        let some = |some: &[Member]| {
            let operations: Vec<_> = some.iter().map(remove).collect();
            Self::patch_group(roll.id, &operations)
        };
        roll.moved.chunks(MEMBERS_MAX).map(some).collect()
    }
}
