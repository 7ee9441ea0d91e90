//! Reading answers, and noticing what a provider could not read.

use serde_json::Value;

const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// An answer, with its body as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `Null` when there is no body or it is not JSON.
    pub(crate) body: Value,
    /// What the body was when it is not JSON.
    text: String,
    /// An earlier try of the same request had no answer, so the server may have acted twice.
    pub(crate) repeated: bool,
}

impl Answer {
    pub(crate) fn new(response: &http::Response<Vec<u8>>, repeated: bool) -> Self {
        let parsed = serde_json::from_slice(response.body());
        let text = match &parsed {
            Ok(_) => String::new(),
            Err(_) => String::from_utf8_lossy(response.body())
                .chars()
                .take(200)
                .collect(),
        };
        let status = response.status().as_u16();
        Self {
            status,
            body: parsed.unwrap_or(Value::Null),
            text,
            repeated,
        }
    }

    /// No answer at all, to a request which is not sent again by itself.
    pub(crate) fn lost() -> Self {
        Self {
            status: 0,
            body: Value::Null,
            text: String::new(),
            repeated: true,
        }
    }

    /// The server's own words.
    pub(crate) fn detail(&self) -> String {
        let said = |key: &str| {
            self.body
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        match (said("detail").or_else(|| said("message")), self.text.trim()) {
            (Some(detail), _) => detail,
            (None, "") => "without a detail".to_owned(),
            (None, text) => text.to_owned(),
        }
    }

    /// The `id` of the resource in the body.
    pub(crate) fn id(&self) -> Option<&str> {
        id(&self.body)
    }

    /// Whether the body is a resource (or anything at all that is an object).
    pub(crate) fn is_object(&self) -> bool {
        self.body.is_object()
    }
}

/// Returns the `id` of a resource, if it is a usable one.
pub(crate) fn id(resource: &Value) -> Option<&str> {
    resource
        .get("id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty())
}

/// A list answer (RFC 7644 §3.4.2).
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) total: usize,
    pub(crate) resources: Vec<Value>,
    /// What is wrong with the message itself.
    pub(crate) complaints: Vec<String>,
}

impl Listing {
    pub(crate) fn read(mut body: Value) -> Self {
        let mut listing = Self::default();
        if !body.is_object() {
            listing
                .complaints
                .push("the list is no JSON object".to_owned());
            return listing;
        }
        let schemas = body.get("schemas").and_then(Value::as_array);
        if !schemas.is_some_and(|all| all.iter().any(|one| one == LIST_RESPONSE)) {
            listing
                .complaints
                .push(format!("schemas of the list lack {LIST_RESPONSE}"));
        }
        listing.total = listing.counter(&body, "totalResults", true);
        listing.counter(&body, "startIndex", false);
        listing.counter(&body, "itemsPerPage", false);
        match body.get_mut("Resources").map(Value::take) {
            Some(Value::Array(resources)) => listing.resources = resources,
            // With no results the member may be left out (RFC 7644 §3.4.2).
            None if listing.total == 0 => {}
            _ => listing
                .complaints
                .push("Resources of the list is no array".to_owned()),
        }
        listing
    }

    /// Reads a number leniently, and complains when it is no integer.
    fn counter(&mut self, body: &Value, name: &str, required: bool) -> usize {
        let value = body.get(name).unwrap_or(&Value::Null);
        if let Some(number) = value.as_u64() {
            return usize::try_from(number).unwrap_or(usize::MAX);
        }
        match value {
            Value::Null if !required => 0,
            Value::Null => {
                self.complaints
                    .push(format!("{name} of the list is missing"));
                0
            }
            Value::String(text) => {
                self.complaints
                    .push(format!("{name} of the list is text, not an integer"));
                text.trim().parse().unwrap_or(0)
            }
            _ => {
                self.complaints
                    .push(format!("{name} of the list is no whole number"));
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: Value, total: usize, complaint: &str) {
        let listing = Listing::read(body);
        assert_eq!(listing.total, total);
        assert_eq!(listing.complaints.join("; "), complaint);
    }

    #[test]
    fn a_list_is_read_as_a_strict_client_does() {
        let schemas = [LIST_RESPONSE];
        let text = "totalResults of the list is text, not an integer";
        check(json!({"schemas": schemas, "totalResults": 0}), 0, "");
        check(
            json!({"schemas": schemas, "totalResults": 1, "Resources": [{}]}),
            1,
            "",
        );
        check(
            json!({"schemas": schemas, "totalResults": "3", "Resources": []}),
            3,
            text,
        );
        check(
            json!({"schemas": schemas, "totalResults": 1}),
            1,
            "Resources of the list is no array",
        );
        check(
            json!({"schemas": schemas, "Resources": []}),
            0,
            "totalResults of the list is missing",
        );
        check(
            json!({"schemas": schemas, "totalResults": 1.5, "Resources": []}),
            0,
            "totalResults of the list is no whole number",
        );
        check(
            json!({"totalResults": 0, "Resources": []}),
            0,
            "schemas of the list lack urn:ietf:params:scim:api:messages:2.0:ListResponse",
        );
        check(json!([]), 0, "the list is no JSON object");
    }
}
