//! Microsoft Entra ID (ENTRA-01 to ENTRA-71).

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};

use super::{
    Ask, Blank, Dialect, GROUP, Habits, Member, Members, Roll, SCIM_UTF8, USER, encode, equals,
    patch, resource, set,
};
use crate::{
    directory::Group,
    field::{ENTERPRISE, Field},
    person::{Person, Standing},
};

/// How many members one PATCH carries; not documented.
const MEMBERS_MAX: usize = 20;
/// Microsoft's second schema of a group (ENTRA-44).
const ADSCIM_GROUP: &str =
    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

/// The two kinds of provisioning job (ENTRA-59).
pub(super) struct Entra {
    /// The tenant URL ends in `?aadOptscim062020`.
    pub(super) optscim: bool,
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
        Field::TimeZone,
        Field::Country,
        Field::UserType,
        Field::Department,
    ],
    keeps_suspended: true,
    suspends_first: true,
    takes_404: false,
    members: Members::Ask,
    ..Habits::USUAL
};

impl Entra {
    fn patch(what: &'static str, target: String, operations: &[Value]) -> Ask {
        Ask::write(what, Method::PATCH, target, SCIM_UTF8, patch(operations))
    }

    fn patch_group(id: &str, operations: &[Value]) -> Ask {
        Self::patch("PATCH /Groups/{id}", resource("Groups", id), operations)
    }

    /// One operation per attribute, capitalised, booleans as text (ENTRA-26, ENTRA-29).
    fn default_operations(person: &Person, current: &Value, changed: &[Field]) -> Vec<Value> {
        let operation = |field: &Field| {
            let value = field.wanted(person)?;
            let value = match (field, value.as_str()) {
                (Field::Active, "true") => "True".to_owned(),
                (Field::Active, _) => "False".to_owned(),
                _ => value,
            };
            let op = if field.read(current).is_some() {
                "Replace"
            } else {
                "Add"
            };
            Some(json!({ "op": op, "path": field.path(), "value": value }))
        };
        changed.iter().filter_map(operation).collect()
    }

    /// Value paths and `active` one by one, the rest folded into one path-less operation
    /// (ENTRA-27).
    fn optscim_operations(person: &Person, current: &Value, changed: &[Field]) -> Vec<Value> {
        let mut operations = Vec::new();
        let [mut added, mut replaced] = [Map::new(), Map::new()];
        for field in changed {
            let Some(value) = field.wanted(person) else {
                continue;
            };
            let present = field.read(current).is_some();
            let op = if present { "replace" } else { "add" };
            match field {
                Field::Active => {
                    let active = person.standing == Standing::Active;
                    operations.push(json!({ "op": op, "path": "active", "value": active }));
                }
                Field::Email | Field::Country => {
                    operations.push(json!({ "op": op, "path": field.path(), "value": value }));
                }
                _ => {
                    let folded = if present { &mut replaced } else { &mut added };
                    folded.insert(field.path().to_owned(), value.into());
                }
            }
        }
        for (op, folded) in [("add", added), ("replace", replaced)] {
            if !folded.is_empty() {
                operations.push(json!({ "op": op, "value": folded }));
            }
        }
        operations
    }
}

/// A member as the default job names it: alone with `"$ref": null`, several without (ENTRA-47).
fn values(members: &[Member]) -> Vec<Value> {
    match members {
        [alone] => vec![json!({ "$ref": null, "value": alone.id })],
        several => several
            .iter()
            .map(|member| json!({ "value": member.id }))
            .collect(),
    }
}

impl Dialect for Entra {
    fn habits(&self) -> Habits {
        HABITS
    }

    /// ENTRA-55; no User-Agent is documented.
    fn mark(&self, headers: &mut HeaderMap, activity: &str) {
        let mark = format!("Date:2025-11-04, ActivityId:{activity}");
        if let Ok(mark) = HeaderValue::from_str(&mark) {
            headers.insert(HeaderName::from_static("adscimversion"), mark);
        }
    }

    /// Nobody has this name: 200 with an empty list is the only good answer (ENTRA-01, ENTRA-02).
    fn probes(&self) -> Vec<Ask> {
        vec![
            self.find_user("3f0a7c52-91d4-4a0b-8b6e-5d2b7f6f1c9a"),
            self.find_group("3f0a7c52-91d4-4a0b-8b6e-5d2b7f6f1c9b"),
        ]
    }

    fn find_user(&self, user_name: &str) -> Ask {
        let filter = equals("userName", user_name, Blank::Plus);
        Ask::read("GET /Users?filter", format!("/Users?filter={filter}"))
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", resource("Users", id))
    }

    /// ENTRA-14; attributes without a value are left out (ENTRA-60).
    fn create_user(&self, person: &Person) -> Ask {
        let mut body = json!({
            "schemas": [USER, ENTERPRISE],
            "externalId": person.external_id,
            "userName": person.user_name,
            "active": person.standing == Standing::Active,
            "displayName": person.display_name(),
            "emails": [{ "primary": true, "type": "work", "value": person.email }],
            "meta": { "resourceType": "User" },
            "name": {
                "formatted": person.display_name(),
                "familyName": person.family,
                "givenName": person.given,
            },
            "roles": [],
            "timezone": person.time_zone(),
            ENTERPRISE: { "department": person.department },
        });
        if let Some(country) = person.country() {
            set(
                &mut body,
                "addresses",
                json!([{ "type": "work", "country": country }]),
            );
        }
        if let Some(user_type) = person.user_type {
            set(&mut body, "userType", user_type);
        }
        Ask::write(
            "POST /Users",
            Method::POST,
            "/Users".to_owned(),
            SCIM_UTF8,
            body,
        )
    }

    fn update_user(&self, id: &str, person: &Person, current: &Value, changed: &[Field]) -> Ask {
        let operations = if self.optscim {
            Self::optscim_operations(person, current, changed)
        } else {
            Self::default_operations(person, current, changed)
        };
        Self::patch("PATCH /Users/{id}", resource("Users", id), &operations)
    }

    fn delete_user(&self, id: &str) -> Ask {
        Ask::delete(resource("Users", id))
    }

    fn find_group(&self, name: &str) -> Ask {
        let filter = equals("displayName", name, Blank::Plus);
        let target = format!("/Groups?excludedAttributes=members&filter={filter}");
        Ask::read("GET /Groups?filter", target)
    }

    fn read_group(&self, id: &str) -> Ask {
        let target = format!("{}?excludedAttributes=members", resource("Groups", id));
        Ask::read("GET /Groups/{id}", target)
    }

    fn create_group(&self, group: &Group) -> Ask {
        let body = json!({
            "schemas": [GROUP, ADSCIM_GROUP],
            "externalId": group.external_id,
            "displayName": group.name,
            "meta": { "resourceType": "Group" },
        });
        Ask::write(
            "POST /Groups",
            Method::POST,
            "/Groups".to_owned(),
            SCIM_UTF8,
            body,
        )
        .once()
    }

    /// ENTRA-09.
    fn is_member(&self, group: &str, user: &str) -> Ask {
        let [group, user] = [group, user].map(Value::from);
        let filter = encode(&format!("id eq {group} and members eq {user}"), Blank::Plus);
        Ask::read(
            "GET /Groups?filter",
            format!("/Groups?filter={filter}&attributes=id"),
        )
    }

    /// ENTRA-46.
    fn rename_group(&self, roll: &Roll<'_>) -> Ask {
        let op = if self.optscim { "replace" } else { "Replace" };
        let name = json!({ "op": op, "path": "displayName", "value": roll.group.name });
        Self::patch_group(roll.id, &[name])
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask> {
        let op = if self.optscim { "add" } else { "Add" };
        let add = |some: &[Member]| {
            let operation = json!({ "op": op, "path": "members", "value": values(some) });
            Self::patch_group(roll.id, &[operation])
        };
        roll.moved.chunks(MEMBERS_MAX).map(add).collect()
    }

    /// ENTRA-49: the default job lists the members beside the bare path, the other one filters.
    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask> {
        let by_list = |some: &[Member]| {
            vec![json!({ "op": "Remove", "path": "members", "value": values(some) })]
        };
        let by_filter = |some: &[Member]| {
            let path = |member: &Member| format!("members[value eq {}]", Value::from(&*member.id));
            some.iter()
                .map(|member| json!({ "op": "remove", "path": path(member) }))
                .collect()
        };
        let operations = |some: &[Member]| {
            if self.optscim {
                by_filter(some)
            } else {
                by_list(some)
            }
        };
        let ask = |some: &[Member]| Self::patch_group(roll.id, &operations(some));
        roll.moved.chunks(MEMBERS_MAX).map(ask).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Provider;

    fn before_and_after() -> (Person, Value) {
        let mut person = Person::new(Provider::Entra, 1, 0);
        person.standing = Standing::Active;
        let current = Entra { optscim: false }.create_user(&person).body.unwrap();
        person.marry();
        person.standing = Standing::Suspended;
        (person, current)
    }

    #[test]
    fn the_default_job_sends_one_capitalised_operation_per_attribute() {
        let (person, mut current) = before_and_after();
        current.as_object_mut().unwrap().remove("timezone");
        let changed = [
            Field::Active,
            Field::FamilyName,
            Field::Email,
            Field::TimeZone,
        ];
        let sent = Entra::default_operations(&person, &current, &changed);
        let path = r#"emails[type eq "work"].value"#;
        assert_eq!(
            Value::from(sent),
            json!([
                { "op": "Replace", "path": "active", "value": "False" },
                { "op": "Replace", "path": "name.familyName", "value": person.family },
                { "op": "Replace", "path": path, "value": person.email },
                { "op": "Add", "path": "timezone", "value": person.time_zone() },
            ])
        );
    }

    #[test]
    fn with_the_flag_plain_attributes_are_folded_into_one_operation() {
        let (person, current) = before_and_after();
        let changed = [
            Field::Active,
            Field::FamilyName,
            Field::DisplayName,
            Field::Email,
        ];
        let sent = Entra::optscim_operations(&person, &current, &changed);
        let path = r#"emails[type eq "work"].value"#;
        let folded = json!({
            "displayName": person.display_name(),
            "name.familyName": person.family,
        });
        assert_eq!(
            Value::from(sent),
            json!([
                { "op": "replace", "path": "active", "value": false },
                { "op": "replace", "path": path, "value": person.email },
                { "op": "replace", "value": folded },
            ])
        );
    }
}
