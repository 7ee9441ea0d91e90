//! What of a request is replaced, and how: what [`RULES`] name stays, everything else goes.

use std::{borrow::Cow, collections::BTreeSet, fmt::Write as _};

use enroll_quirks::query::pairs;
use enroll_schema::Schemas;
use serde_json::{Map, Value};

use super::{
    rules::{
        FILTER_WORDS, INSTANT, LITERALS, OPERATORS, PARAMETERS, RULES, Rule, SEGMENTS, URN_WORDS,
        is_flag,
    },
    words::Words,
};
use crate::route;

/// Replaces what is personal in requests and resources.
#[derive(Debug)]
pub(crate) struct Mask {
    pub(crate) words: Words,
    /// Every attribute name of the schemas, and the words of filters, folded.
    names: BTreeSet<String>,
}

impl Mask {
    /// Starts for a case whose words are `words`.
    pub(crate) fn new(schemas: &Schemas, words: Words) -> Self {
        let mut names = BTreeSet::new();
        for kind in schemas.types() {
            let known = kind.ids().filter_map(|id| kind.attribute(id));
            names.extend(known.map(|attribute| attribute.name.as_str().to_lowercase()));
        }
        let more = FILTER_WORDS.iter().chain(OPERATORS).chain(LITERALS);
        names.extend(more.map(|word| (*word).to_owned()));
        let common = [
            "id",
            "externalId",
            "meta",
            "schemas",
            "resourceType",
            "created",
        ];
        let common = common
            .iter()
            .chain(&["lastModified", "location", "version", "$ref"]);
        names.extend(common.map(|name| name.to_lowercase()));
        Self { words, names }
    }

    /// Replaces in the value of an attribute; `""` is a whole body.
    pub(crate) fn value(&mut self, attribute: &str, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => {
                let count = ["count", "startindex", "itemsperpage", "totalresults"];
                if count.contains(&attribute) || is_flag(&number.to_string()) {
                    return value.clone();
                }
                let made = self.words.text(&number.to_string());
                serde_json::from_str(&made).unwrap_or(7.into())
            }
            Value::String(text) => Value::from(self.string(attribute, text)),
            Value::Array(list) => {
                let list = list.iter().map(|element| self.value(attribute, element));
                Value::Array(list.collect())
            }
            Value::Object(members) => Value::Object(self.object(members)),
        }
    }

    fn object(&mut self, members: &Map<String, Value>) -> Map<String, Value> {
        let named = |wanted: &str| {
            let mut all = members.iter();
            let found = all.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.and_then(|(_, value)| value.as_str())
        };
        let target = named("op").and(named("path")).map(last_name);
        let mut out = Map::new();
        for (name, value) in members {
            let attribute = match &target {
                Some(target) if name.eq_ignore_ascii_case("value") => target.clone(),
                _ => last_name(name),
            };
            let value = self.value(&attribute, value);
            out.insert(self.key(name), value);
        }
        out
    }

    /// Replaces in the name of a member: the literals of a path, URNs that are no standard's, and
    /// what is no name.
    fn key(&mut self, name: &str) -> String {
        if name.contains(['[', ' ']) {
            return self.path_text(name);
        }
        if is_urn(name) {
            return self.urn(name);
        }
        let fits =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'_' | b'-' | b'$');
        if name.bytes().all(fits) {
            name.to_owned()
        } else {
            self.words.text(name)
        }
    }

    fn string(&mut self, attribute: &str, text: &str) -> String {
        let rule = RULES.iter().find(|(name, _)| *name == attribute);
        match rule.map(|(_, rule)| *rule) {
            Some(Rule::KeepIf(fits)) if fits(text) => return text.to_owned(),
            Some(Rule::Urn) => return self.urn(text),
            Some(Rule::Path) => return self.path_text(text),
            Some(Rule::Instant) => return INSTANT.to_owned(),
            _ => {}
        }
        // Some providers write a whole value into a text.
        let is_json = text.trim_start().starts_with(['{', '[']);
        if let (true, Ok(inner)) = (is_json, serde_json::from_str::<Value>(text)) {
            return self.value(attribute, &inner).to_string();
        }
        self.words.text(text)
    }

    /// Replaces the segments of a URN that are no word of the standards and no attribute's name.
    fn urn(&mut self, text: &str) -> String {
        let segment = |segment: &str| {
            let folded = segment.trim().to_ascii_lowercase();
            let is_known = URN_WORDS.contains(&folded.as_str())
                || folded.split('.').all(|part| self.names.contains(part));
            if is_known {
                segment.to_owned()
            } else {
                self.words.text(segment)
            }
        };
        text.split(':').map(segment).collect::<Vec<_>>().join(":")
    }

    /// Replaces the literals of a filter or a PATCH path, and every word that is no attribute's name.
    pub(crate) fn path_text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let (mut rest, mut attribute, mut is_literal) = (text, String::new(), false);
        while let Some(first) = rest.chars().next() {
            if first.is_whitespace() || "[](),".contains(first) {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                continue;
            }
            let end = if is_literal || first == '"' {
                literal_end(rest)
            } else {
                rest.find(|c: char| c.is_whitespace() || "[](),".contains(c))
                    .unwrap_or(rest.len())
            };
            let (word, after) = rest.split_at(end);
            if is_literal || first == '"' {
                out.push_str(&self.literal(&attribute, word));
                is_literal = false;
            } else {
                out.push_str(&self.name(word));
                let folded = word.to_ascii_lowercase();
                is_literal = OPERATORS.contains(&folded.as_str());
                if !is_literal && !FILTER_WORDS.contains(&folded.as_str()) {
                    attribute = last_name(word);
                }
            }
            rest = after;
        }
        out
    }

    fn literal(&mut self, attribute: &str, word: &str) -> String {
        let quoted = serde_json::from_str::<Value>(word).ok();
        match quoted {
            Some(Value::String(text)) => Value::from(self.string(attribute, &text)).to_string(),
            Some(other) => self.value(attribute, &other).to_string(),
            None => self.words.text(word),
        }
    }

    fn name(&mut self, word: &str) -> String {
        if is_urn(word) {
            return self.urn(word);
        }
        let is_known = |part: &str| part.is_empty() || self.names.contains(&part.to_lowercase());
        if word.split(['.', ':']).all(is_known) {
            word.to_owned()
        } else {
            self.words.text(word)
        }
    }

    /// Replaces the ids in the path of a URL.
    pub(crate) fn url_path(&mut self, path: &str) -> String {
        let mask = |segment: &str| {
            let whole = format!("/{segment}");
            let plain = route::decode(&whole).map_or(whole.clone(), Cow::into_owned);
            let plain = plain.trim_start_matches('/').to_owned();
            if SEGMENTS.contains(&plain.to_ascii_lowercase().as_str()) {
                return segment.to_owned();
            }
            let made = if is_urn(&plain) {
                self.urn(&plain)
            } else {
                self.words.text(&plain)
            };
            encoded_like(segment, &made)
        };
        path.split('/').map(mask).collect::<Vec<_>>().join("/")
    }

    /// Replaces in a query, spelled as it was.
    pub(crate) fn query(&mut self, raw: &str) -> String {
        let mut pieces = Vec::new();
        for piece in raw.split('&') {
            let Some((name, value)) = piece.split_once('=') else {
                pieces.push(self.url_path(piece));
                continue;
            };
            let plain = pairs(piece);
            let Some((plain_name, plain_value)) = plain.first() else {
                pieces.push(piece.to_owned());
                continue;
            };
            let made = self.parameter(&plain_name.to_ascii_lowercase(), plain_value);
            let name = encoded_like(name, &self.parameter_name(plain_name));
            pieces.push(format!("{name}={}", encoded_like(value, &made)));
        }
        pieces.join("&")
    }

    /// Some providers append a path and a query of its own to a query (ENTRA-13).
    fn parameter_name(&mut self, name: &str) -> String {
        let mask = |part: &str| {
            if part.contains('/') {
                self.url_path(part)
            } else {
                self.key(part)
            }
        };
        name.split('?').map(mask).collect::<Vec<_>>().join("?")
    }

    fn parameter(&mut self, name: &str, value: &str) -> String {
        let is_plain = |b: u8| b.is_ascii_digit() || b == b'-';
        if PARAMETERS.contains(&name) && value.bytes().all(is_plain) {
            return value.to_owned();
        }
        let is_filter = name.ends_with("filter");
        if is_filter && (value.contains("%22") || value.contains("%20")) {
            // Encoded twice.
            let inner = pairs(&format!("filter={value}"));
            let plain = inner
                .first()
                .map(|(_, plain)| plain.as_str())
                .unwrap_or_default();
            return encoded_like(value, &self.path_text(plain));
        }
        match name {
            _ if is_filter => self.path_text(value),
            "attributes" | "excludedattributes" | "sortby" => self.path_text(value),
            other => self.string(other, value),
        }
    }
}

/// Returns where a literal ends: at its closing quote, or before what may follow an unquoted one.
fn literal_end(text: &str) -> usize {
    let mut is_escaped = false;
    if text.starts_with('"') {
        for (place, c) in text.char_indices().skip(1) {
            match c {
                '"' if !is_escaped => return place + 1,
                _ => is_escaped = c == '\\' && !is_escaped,
            }
        }
        return text.len();
    }
    let lower = text.to_ascii_lowercase();
    let ends = [" and ", " or ", "]", ")"].iter();
    ends.filter_map(|end| lower.find(end))
        .min()
        .unwrap_or(text.len())
}

/// Returns the name of the attribute that a path or a member name ends in, folded.
fn last_name(path: &str) -> String {
    let path = path.trim();
    let own = match path.rsplit_once(']') {
        Some((_, sub)) if !sub.is_empty() => sub,
        _ => path.split('[').next().unwrap_or_default(),
    };
    let own = own.rsplit(':').next().unwrap_or_default();
    own.rsplit('.')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn is_urn(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

/// Encodes `text` with what `raw` encodes: characters that stand bare there stay bare.
fn encoded_like(raw: &str, text: &str) -> String {
    let encode_one = |c: char| {
        let is_unreserved = c.is_ascii_alphanumeric() || "-._~".contains(c);
        let is_bare = is_unreserved || raw.contains(c) && !"%+&#".contains(c);
        match c {
            ' ' if raw.contains('+') && !raw.contains("%20") => "+".to_owned(),
            _ if is_bare => c.to_string(),
            _ => percent(c),
        }
    };
    text.chars().map(encode_one).collect()
}

fn percent(c: char) -> String {
    let mut bytes = [0; 4];
    let bytes = c.encode_utf8(&mut bytes).bytes();
    bytes.fold(String::new(), |mut out, byte| {
        // Writing to a text never fails.
        let _ = write!(out, "%{byte:02X}");
        out
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mask() -> Mask {
        Mask::new(&Schemas::standard(), Words::new("12345678"))
    }

    #[test]
    fn names_stay_and_literals_go() {
        for text in [
            r#"userName eq "ada@acme.com""#,
            r#"emails[type eq "work" and value co "ada"].value"#,
            r"userName eq Ada Lovelace",
            r"displayName eq 'Ada Lovelace' and active eq true",
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "ada""#,
            r#"members[value eq "ada"]"#,
            r"Ada Lovelace",
            r#"userName eq "unclosed ada"#,
            r#"not (name.familyName sw "Lovelace") or ada eq 7"#,
        ] {
            let made = mask().path_text(text);
            let lower = made.to_lowercase();
            assert!(
                !lower.contains("ada") && !lower.contains("lovelace"),
                "{text} -> {made}"
            );
            assert!(!lower.contains("acme"), "{text} -> {made}");
            let kept = |text: &str| -> String {
                let words = text.split(|c: char| !c.is_alphanumeric());
                let known = [
                    "userName", "emails", "type", "work", "eq", "members", "active",
                ];
                words.filter(|word| known.contains(word)).collect()
            };
            assert_eq!(kept(text), kept(&made), "{text} -> {made}");
        }
    }

    #[test]
    fn what_the_table_names_stays_and_the_unknown_goes() {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:acme:hr:1.0"],
            "userName": "ada@acme.com", "active": "True", "timezone": "W. Europe Standard Time",
            "locale": "en-US", "emails": [{"type": "work", "primary": true, "value": "ada@acme.com"}],
            "urn:acme:hr:1.0": {"shoeSize": "Ada 42", "badge": 4711, "since": null},
            "roles": [{"value": "{\"id\":\"ada\",\"active\":\"True\"}"}],
        });
        let made = mask().value("", &body);
        for kept in ["active", "timezone", "locale"] {
            assert_eq!(made[kept], body[kept]);
        }
        assert_eq!(made["emails"][0]["type"], "work");
        assert_eq!(made["userName"], made["emails"][0]["value"]);
        let text = made.to_string().to_lowercase();
        assert!(
            !text.contains("ada") && !text.contains("acme") && !text.contains("4711"),
            "{made}"
        );
        let inner = made["roles"][0]["value"].as_str().unwrap();
        assert!(inner.contains("\"active\":\"True\""), "{inner}");
    }

    #[test]
    fn the_target_of_an_operation_decides_about_its_value() {
        let body = json!({"Operations": [
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ada"},
            {"op": "Add", "value": {"name.givenName": "ada", "active": "False"}},
        ]});
        let made = mask().value("", &body);
        assert_eq!(made["Operations"][0], body["Operations"][0]);
        assert_eq!(made["Operations"][1]["path"], body["Operations"][1]["path"]);
        assert_eq!(made["Operations"][2]["value"]["active"], "False");
        assert_eq!(
            made["Operations"][2]["value"]["name.givenName"],
            made["Operations"][1]["value"]
        );
        assert!(!made.to_string().contains("ada"));
    }

    #[test]
    fn what_stands_where_a_name_or_a_number_belongs_goes_too() {
        let body = json!({"ada@acme.com": true, "urn:acme:hr": {"ada/x": 1}, "shoeSize": 4});
        let mut made = vec![mask().value("", &body).to_string()];
        assert!(
            made.iter().all(|made| made.contains("shoeSize")),
            "{made:?}"
        );
        made.push(mask().url_path("/Users/urn:ada@acme"));
        for query in [
            "ada%40acme.com=1",
            "count=ada@acme",
            "cursor=ada",
            "ada@acme",
        ] {
            made.push(mask().query(query));
        }
        for made in made {
            assert!(!made.contains("ada") && !made.contains("acme"), "{made}");
        }
        let urn = "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User";
        assert_eq!(mask().url_path(urn), urn);
        assert_eq!(
            mask().query("count=-10&startIndex=1"),
            "count=-10&startIndex=1"
        );
    }

    #[test]
    fn addresses_are_spelled_as_they_were() {
        for (raw, start) in [
            (
                "filter=userName+eq+%22ada%40acme.com%22&count=2",
                "filter=userName+eq+%22",
            ),
            (
                "filter=userName%20eq%20\"ada\"&startIndex=1",
                "filter=userName%20eq%20\"",
            ),
            ("aadOptscim062020", "aadOptscim062020"),
            (
                "filter=userName%2520eq%2520%2522ada%2522",
                "filter=userName%2520eq%2520%2522",
            ),
        ] {
            let made = mask().query(raw);
            assert!(made.starts_with(start) || raw == start, "{raw} -> {made}");
            assert!(!made.contains("ada"), "{raw} -> {made}");
        }
        let mut mask = mask();
        let id = mask.words.id("u 1");
        assert_eq!(mask.url_path("/Users/u%201"), format!("/Users/{id}"));
    }
}
