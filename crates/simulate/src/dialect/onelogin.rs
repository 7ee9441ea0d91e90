//! OneLogin (OL-01 to OL-15).

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{
    Ask, Blank, Dialect, GROUP, Habits, Member, Members, Roll, USER, equals, patch, resource, set,
};
use crate::{
    directory::Group,
    field::Field,
    options::Options,
    person::{Person, Standing},
    template::Template,
};

/// What the administrator pasted into the field "SCIM JSON Template" (OL-14).
#[derive(Clone, Debug, PartialEq)]
enum Pasted {
    /// The file that was given.
    File(Template),
    /// OL-03: what many vendors publish.
    Core,
    /// OL-04: the Enterprise application, with the schema URNs of old drafts.
    Enterprise,
    /// OL-05: `active` as text, `"id": null`.
    Text,
}

/// One application, set up in one of the documented ways.
pub(super) struct OneLogin {
    template: Pasted,
    /// Which of the two unpublished forms removes a member (OL-12).
    removes_by_filter: bool,
}

/// The schemas as old drafts spelled them (OL-04).
const OLD_SCHEMAS: [&str; 2] = [
    "urn:scim:schemas:core:2.0",
    "urn:scim:schemas:extension:enterprise:2.0",
];

const HABITS: Habits = Habits {
    fields: &[
        Field::UserName,
        Field::ExternalId,
        Field::Active,
        Field::GivenName,
        Field::FamilyName,
        Field::Email,
        Field::TimeZone,
        Field::UserType,
    ],
    keeps_suspended: true,
    suspends_first: false,
    takes_404: true,
    members: Members::ReadWhenUnsure,
    ..Habits::USUAL
};

impl OneLogin {
    /// Sets the application up: three seeds in a row use three templates.
    pub(super) fn set_up(options: &Options) -> Self {
        let template = match (&options.onelogin.template, options.seed % 3) {
            (Some(template), _) => Pasted::File(template.clone()),
            (None, 0) => Pasted::Core,
            (None, 1) => Pasted::Enterprise,
            (None, _) => Pasted::Text,
        };
        Self {
            template,
            removes_by_filter: options.seed.is_multiple_of(2),
        }
    }

    fn user(&self, person: &Person) -> Value {
        if let Pasted::File(template) = &self.template {
            return template.render(person);
        }
        let active = person.standing == Standing::Active;
        let mut user = json!({
            "schemas": [USER],
            "userName": person.user_name,
            "name": { "familyName": person.family, "givenName": person.given },
            "emails": [{ "value": person.email, "type": "work", "primary": true }],
            "externalId": person.external_id,
            "timezone": person.time_zone(),
            "active": active,
        });
        if let Some(user_type) = person.user_type {
            set(&mut user, "userType", user_type);
        }
        match &self.template {
            Pasted::File(_) => {}
            Pasted::Core => {
                set(
                    &mut user,
                    "emails",
                    json!([{ "value": person.email, "primary": true }]),
                );
            }
            Pasted::Enterprise => set(&mut user, "schemas", OLD_SCHEMAS.as_slice()),
            Pasted::Text => {
                let name = json!({
                    "familyName": person.family,
                    "givenName": person.given,
                    "formatted": person.display_name(),
                });
                set(&mut user, "name", name);
                set(&mut user, "active", active.to_string());
                set(&mut user, "meta", json!({ "resourceType": "User" }));
            }
        }
        user
    }

    /// One member per request (OL-12).
    fn patch_group(id: &str, operation: Value) -> Ask {
        let target = format!("{}?", resource("Groups", id));
        let body = patch(&[operation]);
        Ask::write(
            "PATCH /Groups/{id}",
            Method::PATCH,
            target,
            "application/scim+json",
            body,
        )
    }
}

impl Dialect for OneLogin {
    fn habits(&self) -> Habits {
        HABITS
    }

    fn sends(&self, field: Field) -> bool {
        match &self.template {
            Pasted::File(template) => template.sends(field),
            Pasted::Core | Pasted::Enterprise | Pasted::Text => true,
        }
    }

    /// Nothing marks OneLogin, not even a User-Agent (OL-12).
    fn mark(&self, _headers: &mut HeaderMap, _activity: &str) {}

    fn probes(&self) -> Vec<Ask> {
        vec![
            self.find_user("onelogin-probe-does-not-exist"),
            self.find_group(""),
        ]
    }

    /// OL-01, with its trailing `&`.
    fn find_user(&self, user_name: &str) -> Ask {
        let filter = equals("userName", user_name, Blank::Plus);
        Ask::read("GET /Users?filter", format!("/Users?filter={filter}&"))
    }

    fn read_user(&self, id: &str) -> Ask {
        Ask::read("GET /Users/{id}", format!("{}?", resource("Users", id)))
    }

    fn create_user(&self, person: &Person) -> Ask {
        let mut body = self.user(person);
        if self.template == Pasted::Text {
            set(&mut body, "id", Value::Null);
        }
        let target = match &self.template {
            Pasted::Core => "/Users?".to_owned(),
            Pasted::Enterprise | Pasted::Text | Pasted::File(_) => "/Users".to_owned(),
        };
        Ask::write(
            "POST /Users",
            Method::POST,
            target,
            "application/json",
            body,
        )
    }

    /// OL-09: the whole template again.
    fn update_user(&self, id: &str, person: &Person, _current: &Value, _changed: &[Field]) -> Ask {
        let target = format!("{}?", resource("Users", id));
        Ask::write(
            "PUT /Users/{id}",
            Method::PUT,
            target,
            "application/json",
            self.user(person),
        )
    }

    fn delete_user(&self, id: &str) -> Ask {
        Ask::delete(resource("Users", id))
    }

    /// OL-11: the whole list, in which it looks for the name itself.
    fn find_group(&self, _name: &str) -> Ask {
        Ask::read("GET /Groups", "/Groups?".to_owned())
    }

    fn read_group(&self, id: &str) -> Ask {
        Ask::read("GET /Groups/{id}", format!("{}?", resource("Groups", id)))
    }

    fn create_group(&self, group: &Group) -> Ask {
        let body = json!({ "schemas": [GROUP], "displayName": group.name });
        Ask::write(
            "POST /Groups",
            Method::POST,
            "/Groups?".to_owned(),
            "application/json",
            body,
        )
        .once()
    }

    /// OneLogin reads the group instead.
    fn is_member(&self, group: &str, _user: &str) -> Ask {
        self.read_group(group)
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask> {
        let add = |member: &Member| json!({ "op": "add", "path": "members", "value": [{ "value": member.id }] });
        roll.moved
            .iter()
            .map(|member| Self::patch_group(roll.id, add(member)))
            .collect()
    }

    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask> {
        let remove = |member: &Member| {
            if self.removes_by_filter {
                let path = format!("members[value eq {}]", Value::from(&*member.id));
                json!({ "op": "remove", "path": path })
            } else {
                json!({ "op": "remove", "path": "members", "value": [{ "value": member.id }] })
            }
        };
        roll.moved
            .iter()
            .map(|member| Self::patch_group(roll.id, remove(member)))
            .collect()
    }
}
