//! What holds for any input: a broken law is a panic.
//!
//! ```text
//! cargo xtask fuzz-seeds                      # writes fuzz/corpus
//! cargo +nightly fuzz run filter              # or patch, quirks
//! cargo test --manifest-path fuzz/Cargo.toml  # the seeds alone, on stable
//! ```

mod filter;
mod patch;
mod quirks;

pub use filter::filter;
pub use patch::patch;
pub use quirks::quirks;

use enroll_schema::{ResourceType, Schemas};
use serde_json::{Value, json};

/// A user with something in every kind of attribute.
fn user() -> Value {
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ],
        "externalId": "00u1", "userName": "ada@x.example", "displayName": "Ada", "title": "Purser",
        "active": true, "locale": "en-GB", "timezone": "Europe/London",
        "name": {"givenName": "Ada", "familyName": "Kern"},
        "emails": [
            {"value": "ada@x.example", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"}
        ],
        "phoneNumbers": [{"value": "+44 20 7946 0000", "type": "work"}],
        "addresses": [{"type": "work", "locality": "York", "country": "GB"}],
        "roles": [{"value": "pilot", "primary": true}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Locks", "employeeNumber": "7", "manager": {"value": "boss"}
        }
    })
}

fn group() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "externalId": "g1", "displayName": "Lock crew"
    })
}

/// The types of the standard, each with a resource.
fn samples(schemas: &Schemas) -> [(&ResourceType, Value); 2] {
    let kind = |name| schemas.named(name).expect("because RFC 7643 defines it");
    [(kind("User"), user()), (kind("Group"), group())]
}
