//! What each provider sends: pure functions from what it means to the request that says so.

mod authentik;
mod entra;
mod google;
mod jumpcloud;
mod keycloak;
mod okta;
mod onelogin;
mod ping;
mod rauthy;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::{directory::Group, field::Field, options::Options, person::Person, provider::Provider};

/// The schema of a SCIM user.
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of a SCIM group.
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SCIM: &str = "application/scim+json";
const SCIM_UTF8: &str = "application/scim+json; charset=utf-8";

/// A request before it has a base URL and a token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ask {
    /// How reports call this kind of request.
    pub(crate) what: &'static str,
    pub(crate) method: Method,
    /// Path and query below the base URL, exactly as on the wire.
    pub(crate) target: String,
    pub(crate) media: &'static str,
    pub(crate) body: Option<Value>,
    /// Not sent again by itself when its answer is lost: the provider looks first whether it acted.
    pub(crate) once: bool,
}

impl Ask {
    pub(crate) fn read(what: &'static str, target: String) -> Self {
        Self {
            what,
            method: Method::GET,
            target,
            media: "",
            body: None,
            once: false,
        }
    }

    fn write(
        what: &'static str,
        method: Method,
        target: String,
        media: &'static str,
        body: Value,
    ) -> Self {
        Self {
            what,
            method,
            target,
            media,
            body: Some(body),
            once: false,
        }
    }

    /// Group names need not be unique, so that a second POST could make a second group.
    fn once(self) -> Self {
        Self { once: true, ..self }
    }

    fn delete(target: String) -> Self {
        let method = Method::DELETE;
        Self {
            what: "DELETE /Users/{id}",
            method,
            target,
            media: "",
            body: None,
            once: false,
        }
    }
}

/// A user as the server knows it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) user_name: String,
}

/// A group as the server knows it, and who is in it before and after the request.
#[derive(Clone, Debug)]
pub(crate) struct Roll<'a> {
    pub(crate) id: &'a str,
    pub(crate) group: &'a Group,
    /// Those who come, or those who go.
    pub(crate) moved: &'a [Member],
    /// All members as they are to be after the request.
    pub(crate) after: &'a [Member],
}

/// What a provider does apart from the shape of its requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// The attributes its mapping sends.
    pub(crate) fields: &'static [Field],
    /// How many e-mail addresses it sends of each person.
    pub(crate) addresses: usize,
    pub(crate) lookup: Lookup,
    pub(crate) update: Update,
    pub(crate) insists: Insists,
    /// Suspended people stay members at the server (ENTRA-64).
    pub(crate) keeps_suspended: bool,
    /// A deletion is announced by `active` false (ENTRA-43).
    pub(crate) suspends_first: bool,
    /// A look-up answered with 404 is taken for an empty list (OKTA-04, OL-01).
    pub(crate) takes_404: bool,
    pub(crate) members: Members,
}

impl Habits {
    /// What most of them do: each names its fields, and where it differs.
    const USUAL: Self = Self {
        fields: &[],
        addresses: 1,
        lookup: Lookup::Filter(&[Field::UserName]),
        update: Update::ReadsFirst,
        insists: Insists {
            members: false,
            external_id: false,
        },
        keeps_suspended: true,
        suspends_first: false,
        takes_404: false,
        members: Members::ReadWhenUnsure,
    };
}

/// How a provider finds out who and what is at the server already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// By a filter on one attribute, and when that finds nobody, on the next (RY-01).
    Filter(&'static [Field]),
    /// By reading everything in advance (AK-06); what is created and exists nevertheless is looked
    /// for by a filter (AK-07), or by reading everything again.
    Discovery { then_filter: bool },
}

/// What a provider does when somebody has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// It reads, and sends the difference if there is one.
    ReadsFirst,
    /// It sends everything without reading (AK-02, KC-02).
    Blind,
}

/// What an answer must carry, or the provider gives the server up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Insists {
    /// A group lists its members, also when there are none (AK-05).
    pub(crate) members: bool,
    /// A created group echoes its `externalId` (RY-03).
    pub(crate) external_id: bool,
}

/// Something that a connection test makes and deletes again (JC-01).
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    /// Finds what an earlier test has left behind.
    pub(crate) find: Ask,
    pub(crate) create: Ask,
    /// A group, not a user.
    pub(crate) group: bool,
}

/// How a provider learns who is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Members {
    /// It reads the group before every change (OKTA-15).
    ReadAlways,
    /// It reads the group when it does not know.
    ReadWhenUnsure,
    /// It never reads members, and asks about one at a time (ENTRA-09, ENTRA-62).
    Ask,
    /// It reads each user, whose `groups` must tell value and display (RY-04).
    ByUser,
    /// It knows no groups (GW-01 to GW-04 name none).
    Never,
}

/// The messages of one provider.
pub(crate) trait Dialect: Send + Sync {
    fn habits(&self) -> Habits;

    /// Returns whether the mapping, which can be set up, sends `field` out of those of its habits.
    fn sends(&self, _field: Field) -> bool {
        true
    }

    /// Adds the headers which mark this client; `activity` differs from request to request.
    fn mark(&self, headers: &mut HeaderMap, activity: &str);

    /// What the administrator's "test connection" sends.
    fn probes(&self) -> Vec<Ask>;

    /// What the "test connection" makes and deletes again.
    fn trials(&self) -> Vec<Trial> {
        Vec::new()
    }

    /// Asks for the `ServiceProviderConfig`, if the provider reads it.
    fn configuration(&self) -> Option<Ask> {
        None
    }

    /// Decides by the `ServiceProviderConfig`; returns what is wrong with it.
    fn configure(&mut self, _configuration: &Value) -> Vec<String> {
        Vec::new()
    }

    fn find_user(&self, user_name: &str) -> Ask;

    /// Looks for a person by one of the attributes of [`Lookup::Filter`].
    fn find_user_by(&self, _attribute: Field, value: &str) -> Ask {
        self.find_user(value)
    }

    fn read_user(&self, id: &str) -> Ask;
    fn create_user(&self, person: &Person) -> Ask;
    /// `current` is what the server said; `changed` are the fields in which it is wrong.
    fn update_user(&self, id: &str, person: &Person, current: &Value, changed: &[Field]) -> Ask;
    fn delete_user(&self, id: &str) -> Ask;

    fn find_group(&self, name: &str) -> Ask;

    /// Looks for a group in one way after the other, until one finds it.
    fn find_group_by(&self, group: &Group) -> Vec<Ask> {
        vec![self.find_group(&group.name)]
    }

    fn read_group(&self, id: &str) -> Ask;
    fn create_group(&self, group: &Group) -> Ask;
    /// Asks whether a user is a member, for those who cannot read members.
    fn is_member(&self, group: &str, user: &str) -> Ask;
    /// Gives a group the name that it has in the roll.
    fn rename_group(&self, roll: &Roll<'_>) -> Ask {
        let value = json!({ "op": "replace", "path": "displayName", "value": roll.group.name });
        Ask::write(
            "PATCH /Groups/{id}",
            Method::PATCH,
            resource("Groups", roll.id),
            SCIM,
            patch(&[value]),
        )
    }

    fn delete_group(&self, id: &str) -> Ask {
        Ask {
            what: "DELETE /Groups/{id}",
            ..Ask::delete(resource("Groups", id))
        }
    }

    /// Sends all members of a group at once, for those who can be told to.
    fn push(&self, _roll: &Roll<'_>) -> Option<Ask> {
        None
    }

    fn join(&self, roll: &Roll<'_>) -> Vec<Ask>;
    fn leave(&self, roll: &Roll<'_>) -> Vec<Ask>;
}

/// Returns the messages of `provider`; the seed decides what its administrator has not chosen.
pub(crate) fn of(provider: Provider, options: &Options) -> Box<dyn Dialect> {
    match provider {
        Provider::Okta => Box::new(okta::Okta { wizard: false }),
        Provider::OktaWizard => Box::new(okta::Okta { wizard: true }),
        Provider::Entra => Box::new(entra::Entra { optscim: false }),
        Provider::EntraOptscim => Box::new(entra::Entra { optscim: true }),
        Provider::OneLogin => Box::new(onelogin::OneLogin::set_up(options)),
        Provider::JumpCloud => Box::new(jumpcloud::JumpCloud::set_up(options.seed)),
        Provider::Google => Box::new(google::Google),
        Provider::Ping => Box::new(ping::Ping::set_up(options.seed)),
        Provider::Authentik => Box::new(authentik::Authentik::new()),
        Provider::Rauthy => Box::new(rauthy::Rauthy),
        Provider::Keycloak => Box::new(keycloak::Keycloak::set_up(options.seed)),
    }
}

/// How a provider writes a blank in a query.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Blank {
    /// `+`, as forms do.
    Plus,
    /// `%20`, as RFC 3986 does.
    Percent,
}

/// Encodes text for a query: everything but RFC 3986's unreserved characters.
pub(crate) fn encode(text: &str, blank: Blank) -> String {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or('0');
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match (byte, blank) {
            (b' ', Blank::Plus) => encoded.push('+'),
            (b'-' | b'.' | b'_' | b'~', _) => encoded.push(char::from(byte)),
            (byte, _) if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            (byte, _) => encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    encoded
}

/// The path of one resource.
pub(crate) fn resource(kind: &str, id: &str) -> String {
    format!("/{kind}/{}", encode(id, Blank::Percent))
}

/// The filter `attribute eq "value"`, encoded; the value is a JSON string (RFC 7644 §3.4.2.2).
fn equals(attribute: &str, value: &str, blank: Blank) -> String {
    encode(&format!("{attribute} eq {}", Value::from(value)), blank)
}

/// Sets a member of an object; bodies are objects all through.
fn set(body: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(object) = body.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
}

/// A member by nothing but the id.
fn value(member: &Member) -> Value {
    json!({ "value": member.id })
}

fn patch(operations: &[Value]) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_spelled_as_each_provider_spells_them() {
        let filter = |blank| equals("userName", "ada o'neill+x@delta.example", blank);
        assert_eq!(
            filter(Blank::Plus),
            "userName+eq+%22ada+o%27neill%2Bx%40delta.example%22"
        );
        assert_eq!(
            filter(Blank::Percent),
            "userName%20eq%20%22ada%20o%27neill%2Bx%40delta.example%22"
        );
        assert_eq!(
            equals("displayName", r#"a "b""#, Blank::Plus),
            "displayName+eq+%22a+%5C%22b%5C%22%22"
        );
    }
}
