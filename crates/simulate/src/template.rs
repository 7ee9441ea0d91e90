//! OneLogin's "SCIM JSON Template": JSON whose texts contain macros (OL-03, OL-14).

use std::str::FromStr;

use serde_json::Value;

use crate::{
    field::Field,
    options::Error,
    person::{Person, Standing},
    provider::Provider,
};

/// The largest template read, in bytes.
const TEMPLATE_BYTES_MAX: usize = 64 << 10;

type Expand = fn(&Person) -> String;

/// Every macro that the simulation can fill; those without a value become empty text (OL-07).
const MACROS: &[(&str, Expand)] = &[
    ("parameters.scimusername", |person| person.user_name.clone()),
    ("parameters.timezone", |person| {
        person.time_zone().to_owned()
    }),
    ("parameters.usertype", user_type),
    ("parameters.country", country),
    ("user.company", |_| String::new()),
    ("user.country", country),
    ("user.custom_fields.timezone", |person| {
        person.time_zone().to_owned()
    }),
    ("user.custom_fields.usertype", user_type),
    ("user.department", |person| person.department.to_owned()),
    ("user.display_name", Person::display_name),
    ("user.email", |person| person.email.clone()),
    ("user.external_id", |person| person.external_id.clone()),
    ("user.firstname", |person| person.given.to_owned()),
    ("user.id", |person| person.external_id.clone()),
    ("user.lastname", |person| person.family.to_owned()),
    ("user.locale", |person| {
        Field::Locale.wanted(person).unwrap_or_default()
    }),
    ("user.phone", |_| String::new()),
    ("user.status", |person| {
        i32::from(person.standing == Standing::Active).to_string()
    }),
    ("user.title", |_| String::new()),
    ("user.username", |person| person.user_name.clone()),
];

fn user_type(person: &Person) -> String {
    person.user_type.unwrap_or_default().to_owned()
}

fn country(person: &Person) -> String {
    person.country().unwrap_or_default().to_owned()
}

/// A template as an administrator pastes it, known to be JSON with macros that can be filled.
///
/// ```
/// use enroll_simulate::Template;
///
/// let template: Result<Template, _> = r#"{"userName": "{$user.shoe_size}"}"#.parse();
/// let told = template.unwrap_err().to_string();
/// assert!(told.starts_with("the template has an unknown macro {$user.shoe_size}; known are "));
/// assert!(told.contains("{$user.email}"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    json: Value,
}

impl FromStr for Template {
    type Err = Error;

    /// # Errors
    /// [`Error::Template`] when the text is no JSON object, has a macro that nobody can fill, or no
    /// `userName` by which people could be found again.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(wrong("is longer than 64 KiB"));
        }
        let json: Value =
            serde_json::from_str(text).map_err(|error| wrong(&format!("is no JSON: {error}")))?;
        if !json.is_object() {
            return Err(wrong("is no JSON object"));
        }
        let template = Self { json };
        let rendered = fill(&template.json, &sample(0))?;
        if Field::UserName
            .read(&rendered)
            .is_none_or(|name| name.is_empty())
        {
            return Err(wrong(
                r#"has no userName; write "userName": "{$parameters.scimusername}""#,
            ));
        }
        if template.sign_in() == SignIn::Other {
            return Err(wrong(
                "makes userName neither of {$parameters.scimusername} nor of {$user.email}, \
                 and people could not be found again",
            ));
        }
        Ok(template)
    }
}

/// Where a template takes `userName` from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// The parameter "SCIM username".
    Parameter,
    /// The address.
    Email,
    Other,
}

impl Template {
    /// The body for `person`; macros are known to be good since the template was read.
    pub(crate) fn render(&self, person: &Person) -> Value {
        let mut body = fill(&self.json, person).unwrap_or_default();
        let active = person.standing == Standing::Active;
        if let Some(object) = body.as_object_mut() {
            // A constant of the template cannot say who is suspended: OneLogin says it, in the
            // type that the template has (OL-05, OL-09).
            let active = match object.get("active") {
                Some(Value::String(_)) => Value::from(active.to_string()),
                _ => Value::from(active),
            };
            object.insert("active".to_owned(), active);
        }
        body
    }

    pub(crate) fn sign_in(&self) -> SignIn {
        let takes = |wanted: Expand| {
            let found = |index| Some((self.render(&sample(index)), wanted(&sample(index))));
            (0..SAMPLES)
                .filter_map(found)
                .all(|(body, wanted)| Field::UserName.read(&body) == Some(wanted))
        };
        if takes(|person| person.user_name.clone()) {
            SignIn::Parameter
        } else if takes(|person| person.email.clone()) {
            SignIn::Email
        } else {
            SignIn::Other
        }
    }

    /// Returns whether the template sends `field`, and as the directory has it.
    pub(crate) fn sends(&self, field: Field) -> bool {
        let by_email = self.sign_in() == SignIn::Email;
        field == Field::Active
            || (0..SAMPLES).map(sample).all(|mut person| {
                if by_email {
                    person.sign_in_by_email();
                }
                let sent = field.read(&self.render(&person));
                match field.wanted(&person) {
                    Some(wanted) => sent == Some(wanted),
                    None => sent.is_none_or(|sent| sent.is_empty()),
                }
            })
    }
}

/// How many people a template is tried on; among them is one of each kind.
const SAMPLES: usize = 40;

fn sample(index: usize) -> Person {
    let mut person = Person::new(Provider::OneLogin, 1, index);
    person.standing = Standing::Active;
    person
}

/// Fills the texts of a template; serde has limited how deep it is.
fn fill(template: &Value, person: &Person) -> Result<Value, Error> {
    Ok(match template {
        Value::String(text) => expand(text, person)?.into(),
        Value::Array(all) => all
            .iter()
            .map(|one| fill(one, person))
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        Value::Object(members) => members
            .iter()
            .map(|(name, one)| Ok((name.clone(), fill(one, person)?)))
            .collect::<Result<serde_json::Map<_, _>, Error>>()?
            .into(),
        other => other.clone(),
    })
}

fn expand(text: &str, person: &Person) -> Result<String, Error> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{$") {
        let Some((name, after)) = after.split_once('}') else {
            return Err(wrong(&format!(
                "has a macro that is not closed: {{${after}"
            )));
        };
        let known = MACROS.iter().find(|(known, _)| *known == name);
        let Some((_, value)) = known else {
            let all: Vec<_> = MACROS
                .iter()
                .map(|(name, _)| format!("{{${name}}}"))
                .collect();
            return Err(wrong(&format!(
                "has an unknown macro {{${name}}}; known are {}",
                all.join(", ")
            )));
        };
        filled.push_str(before);
        filled.push_str(&value(person));
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn wrong(why: &str) -> Error {
    Error::Template(why.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Template, String> {
        text.parse().map_err(|error: Error| error.to_string())
    }

    #[track_caller]
    fn check_wrong(text: &str, part: &str) {
        let told = parse(text).unwrap_err();
        assert!(told.contains(part), "{told}");
    }

    #[test]
    fn a_template_that_cannot_work_is_refused_with_the_reason() {
        check_wrong("", "is no JSON: ");
        check_wrong("[]", "is no JSON object");
        check_wrong("{}", "has no userName");
        check_wrong(r#"{"userName": ""}"#, "has no userName");
        check_wrong(r#"{"userName": "everybody"}"#, "makes userName neither of");
        check_wrong(r#"{"userName": "{$user.id}"}"#, "makes userName neither of");
        check_wrong(
            r#"{"userName": "{$user.email"}"#,
            "not closed: {$user.email",
        );
        check_wrong(
            r#"{"userName": "{$user.email}", "a": [{"b": "x {$user.nick} y"}]}"#,
            "unknown macro {$user.nick}; known are {$parameters.scimusername}, ",
        );
        check_wrong(&"x".repeat(TEMPLATE_BYTES_MAX + 1), "longer than");
    }

    #[test]
    fn macros_are_filled_wherever_a_text_is() {
        let template = parse(
            r#"{"schemas": ["urn:scim:schemas:core:2.0"], "userName": "{$parameters.scimusername}",
                "active": "true", "id": null, "title": "{$user.title}", "rank": 7,
                "emails": [{"value": "{$user.email}", "primary": true}],
                "name": {"formatted": "{$user.firstname} {$user.lastname}"}}"#,
        )
        .unwrap();
        let mut person = sample(3);
        person.standing = Standing::Suspended;
        assert_eq!(
            template.render(&person),
            json!({
                "schemas": ["urn:scim:schemas:core:2.0"], "userName": person.user_name,
                "active": "false", "id": null, "title": "", "rank": 7,
                "emails": [{"value": person.email, "primary": true}],
                "name": {"formatted": person.display_name()},
            })
        );
    }

    #[test]
    fn only_what_a_template_sends_as_it_is_meant_is_compared() {
        let template = parse(
            r#"{"userName": "{$user.email}", "externalId": "{$user.id}", "timezone": "Mars",
                "userType": "{$parameters.usertype}", "name": {"givenName": "{$user.firstname}"}}"#,
        )
        .unwrap();
        assert_eq!(template.sign_in(), SignIn::Email);
        let rows = [
            (Field::UserName, true),
            (Field::Active, true),
            (Field::ExternalId, true),
            (Field::GivenName, true),
            (Field::UserType, true),
            (Field::TimeZone, false),
            (Field::FamilyName, false),
            (Field::Email, false),
        ];
        for (field, wanted) in rows {
            assert_eq!(template.sends(field), wanted, "{}", field.path());
        }
    }
}
