//! Shows what an identity provider sent, what it is read as, and why.
//!
//! Without arguments it is a sample as Entra sends it; else a file, who sends it (`auto` if nobody
//! knows), and whereto (`PATCH /Users/7`).
//!
//! ```text
//! cargo run -p enroll-examples --example normalise
//! cargo run -p enroll-examples --example normalise -- body.json
//! cargo run -p enroll-examples --example normalise -- body.json onelogin "PUT /Users/7"
//! ```
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::{env, error::Error, fs};

use enroll_quirks::{Dialect, Effect, Incoming, inbound};
use enroll_schema::{Schemas, json};

/// A change of a user by Entra's default job: text for a flag, a bare id for the manager without
/// its schema URN, an attribute that only this customer has.
const SAMPLE: &str = r#"{
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "manager", "value": "b64c1556-7df2-5afb-8cf0-16c959672b37"},
        {"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "pilot"},
        {"op": "Add", "path": "extensionAttribute7", "value": "quay"}
    ]
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (text, dialect, line) = match arguments.as_slice() {
        [] => (SAMPLE.to_owned(), "entra", "PATCH /Users/7"),
        [file] => (fs::read_to_string(file)?, "auto", "PATCH /Users/7"),
        [file, dialect] => (
            fs::read_to_string(file)?,
            dialect.as_str(),
            "PATCH /Users/7",
        ),
        [file, dialect, line, ..] => (fs::read_to_string(file)?, dialect.as_str(), line.as_str()),
    };
    let dialect = Dialect::named(dialect).ok_or_else(|| {
        let names: Vec<_> = Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
        format!("no provider {dialect}; there are {}", names.join(", "))
    })?;
    let mut request = read(line, &text)?;

    println!(
        "{} sends {line}\n{:#}\n",
        dialect.name(),
        request.body.clone().unwrap_or_default()
    );
    let applied = inbound(dialect, &Schemas::standard(), &mut request);
    let query = request
        .query
        .as_deref()
        .map_or(String::new(), |query| format!("?{query}"));
    println!("it is read as {} {}{query}", request.method, request.path);
    println!("{:#}\n", request.body.unwrap_or_default());
    if applied.fired.is_empty() {
        println!("nothing had to be understood: this is what RFC 7644 has for it");
    }
    for quirk in &applied.fired {
        let effect = match quirk.effect {
            Effect::Accepts => "has one reading",
            Effect::Changes => "not what the RFC says",
        };
        println!(
            "{} ({effect}; {}):\n    {}",
            quirk.id,
            quirk.source.join(", "),
            quirk.why
        );
    }
    Ok(())
}

/// Makes a request of `METHOD /path?query` and a body.
fn read(line: &str, body: &str) -> Result<Incoming, Box<dyn Error>> {
    let (method, target) = line
        .split_once(' ')
        .ok_or("the request is a method and a path")?;
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    Ok(Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        body: Some(json::parse(body.as_bytes())?),
        user_agent: None,
    })
}
