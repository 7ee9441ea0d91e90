//! The attributes of a person that are compared: how each is meant, and how it is read.

use serde_json::Value;

use crate::person::Person;

/// The enterprise extension of RFC 7643 §4.3.
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// One attribute of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    UserName,
    ExternalId,
    Active,
    GivenName,
    FamilyName,
    Formatted,
    DisplayName,
    Email,
    TimeZone,
    Country,
    UserType,
    Locale,
    Department,
}

impl Field {
    /// The path by which PATCH reaches the attribute, as Entra writes it (ENTRA-26); also its name
    /// in reports.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::UserName => "userName",
            Self::ExternalId => "externalId",
            Self::Active => "active",
            Self::GivenName => "name.givenName",
            Self::FamilyName => "name.familyName",
            Self::Formatted => "name.formatted",
            Self::DisplayName => "displayName",
            Self::Email => r#"emails[type eq "work"].value"#,
            Self::TimeZone => "timezone",
            Self::Country => r#"addresses[type eq "work"].country"#,
            Self::UserType => "userType",
            Self::Locale => "locale",
            Self::Department => {
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
            }
        }
    }

    /// What the provider means the server to say; nothing, when it has no value to send.
    pub(crate) fn wanted(self, person: &Person) -> Option<String> {
        Some(match self {
            Self::UserName => person.user_name.clone(),
            Self::ExternalId => person.external_id.clone(),
            Self::Active => person.standing.is_active().to_string(),
            Self::GivenName => person.given.to_owned(),
            Self::FamilyName => person.family.to_owned(),
            Self::Formatted | Self::DisplayName => person.display_name(),
            Self::Email => person.email.clone(),
            // An empty text says that there is none (OL-07).
            Self::TimeZone => Some(person.time_zone())
                .filter(|zone| !zone.is_empty())?
                .to_owned(),
            Self::Country => person.country()?.to_owned(),
            Self::UserType => person.user_type?.to_owned(),
            Self::Locale => "en-US".to_owned(),
            Self::Department => person.department.to_owned(),
        })
    }

    /// What the server says.
    pub(crate) fn read(self, resource: &Value) -> Option<String> {
        let value = match self {
            Self::GivenName => resource.pointer("/name/givenName"),
            Self::FamilyName => resource.pointer("/name/familyName"),
            Self::Formatted => resource.pointer("/name/formatted"),
            Self::Email => work(resource, "emails").and_then(|email| email.get("value")),
            Self::Country => work(resource, "addresses").and_then(|place| place.get("country")),
            Self::Department => resource
                .get(ENTERPRISE)
                .and_then(|more| more.get("department")),
            simple => resource.get(simple.path()),
        }?;
        match (self, value) {
            // A text is no boolean (RFC 7643 §2.3.2); shown with its quotes, so that one sees it.
            (Self::Active, Value::String(text)) => Some(format!("{text:?}")),
            (_, Value::String(text)) => Some(text.clone()),
            (_, Value::Null) => None,
            (_, other) => Some(other.to_string()),
        }
    }
}

/// The element of type `work`, else the primary one, else the first (OneLogin's template gives
/// addresses no type, OL-03).
fn work<'a>(resource: &'a Value, list: &str) -> Option<&'a Value> {
    let elements = resource.get(list)?.as_array()?;
    let has_type = |element: &&Value| {
        element
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|t| t.eq_ignore_ascii_case("work"))
    };
    let primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
    let found = elements
        .iter()
        .find(has_type)
        .or_else(|| elements.iter().find(primary));
    found.or_else(|| elements.first())
}

/// A field on which what is read is not what is wanted: field, wanted, found.
pub(crate) type Mismatch = (&'static str, String, Option<String>);

/// Lists where `resource` is not what `person` says; fields without a value to send are not compared.
pub(crate) fn mismatches(
    (fields, addresses): (&[Field], usize),
    person: &Person,
    resource: &Value,
) -> Vec<Mismatch> {
    let mut found: Vec<Mismatch> = changed(fields, person, resource)
        .into_iter()
        .filter_map(|field| Some((field.path(), field.wanted(person)?, field.read(resource))))
        .collect();
    let given = resource
        .get("emails")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    if given > addresses {
        found.push(("emails", count(addresses), Some(count(given))));
    }
    found
}

fn count(addresses: usize) -> String {
    match addresses {
        0 => "no address".to_owned(),
        1 => "one address".to_owned(),
        more => format!("{more} addresses"),
    }
}

/// Lists the fields which a provider must send for `resource` to become what `person` says.
pub(crate) fn changed(fields: &[Field], person: &Person, resource: &Value) -> Vec<Field> {
    let differs = |field: &Field| {
        field
            .wanted(person)
            .is_some_and(|wanted| field.read(resource) != Some(wanted))
    };
    fields.iter().copied().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(field: Field, resource: &Value, wanted: Option<&str>) {
        assert_eq!(field.read(resource).as_deref(), wanted, "{}", field.path());
    }

    #[test]
    fn each_field_is_read_where_servers_keep_it() {
        let user = json!({
            "userName": "ada", "active": true, "name": {"givenName": "Ada", "formatted": null},
            "emails": [{"value": "home", "type": "home"}, {"value": "work", "type": "WORK"}],
            "addresses": [{"country": "NL"}],
            ENTERPRISE: {"department": "Locks"},
        });
        check(Field::UserName, &user, Some("ada"));
        check(Field::Active, &user, Some("true"));
        check(Field::GivenName, &user, Some("Ada"));
        check(Field::Formatted, &user, None);
        check(Field::FamilyName, &user, None);
        check(Field::Email, &user, Some("work"));
        check(Field::Country, &user, Some("NL"));
        check(Field::Department, &user, Some("Locks"));
        check(Field::TimeZone, &user, None);
    }

    #[test]
    fn a_boolean_as_text_is_not_taken_for_a_boolean() {
        check(
            Field::Active,
            &json!({"active": "false"}),
            Some("\"false\""),
        );
    }

    #[test]
    fn an_untyped_primary_address_is_the_work_address() {
        let user = json!({"emails": [{"value": "a"}, {"value": "b", "primary": true}]});
        check(Field::Email, &user, Some("b"));
    }
}
