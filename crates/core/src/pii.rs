//! Personal values in the request log: kept, or kept as hashes that still tell who is the same.

use std::fmt;

use enroll_filter::{Expr, Filter, Literal, Profile, SEARCH_FILTER_BYTES_MAX, Written};
use enroll_quirks::query::{encode, pairs};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::secret::REDACTED;

/// What the request log keeps of personal values.
///
/// With [`Pii::hash`] every text, number and literal of a filter that a client sent is replaced by
/// `sha256:` and 12 hexadecimal digits of an HMAC-SHA-256 under the key: the same value has the same
/// hash in all lines, and nobody without the key can try names and addresses. What stays is
/// structure: names of attributes, verbs, schema URNs, booleans, `type`s of the standard, and
/// UUIDs, which ids of resources are; of a path, the segments that are spelled as names and ids are.
/// Such a line says `"pii":"hash"` and can be neither replayed nor exported.
///
/// ```
/// use enroll_core::Pii;
///
/// assert_eq!(format!("{:?}", Pii::hash(b"a secret of this installation")), "Hash");
/// ```
#[derive(Clone, Default)]
pub struct Pii(Option<[u8; BLOCK]>);

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

impl Pii {
    /// Keeps values as they were sent; secrets never are.
    pub const FULL: Self = Self(None);

    /// Keeps hashes under `key`, which should be random and is the installation's own secret: under
    /// another key nothing correlates with older lines.
    pub fn hash(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        let digest = Sha256::digest(key);
        // RFC 2104: a key longer than a block is hashed first.
        let key = if key.len() > BLOCK { &digest[..] } else { key };
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self(Some(block))
    }

    /// Returns what hides values, unless they are kept.
    pub(crate) fn hider(&self) -> Option<Hider> {
        self.0.map(|key| Hider {
            key,
            hidden: Vec::new(),
        })
    }
}

impl fmt::Debug for Pii {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Hash" } else { "Full" })
    }
}

/// Hides the values of one request, and remembers which.
#[derive(Debug)]
pub(crate) struct Hider {
    key: [u8; BLOCK],
    hidden: Vec<(String, String)>,
}

impl Hider {
    /// Hides the values of a body; of a message its structure stays.
    pub(crate) fn body(&mut self, body: &mut Value) {
        let Value::Object(members) = body else {
            return self.value("", body);
        };
        let is_patch = members.keys().any(|key| is(key, "Operations"));
        let is_search = !is_patch && members.values().any(names_search);
        for (key, value) in members.iter_mut() {
            match value {
                Value::Array(operations) if is_patch && is(key, "Operations") => {
                    for one in operations {
                        self.operation(one);
                    }
                }
                value if is_search => self.searched(key, value),
                value => self.value(key, value),
            }
        }
        self.keys(members);
    }

    fn operation(&mut self, operation: &mut Value) {
        let Value::Object(members) = operation else {
            return self.value("", operation);
        };
        for (key, value) in members.iter_mut() {
            match value {
                Value::String(path) if is(key, "path") => *path = self.path(path),
                Value::String(op) if is(key, "op") && is_one_of(op, VERBS) => {}
                value => self.value(key, value),
            }
        }
        self.keys(members);
    }

    fn searched(&mut self, key: &str, value: &mut Value) {
        let is_path = ["attributes", "excludedAttributes", "sortBy"];
        match value {
            Value::String(text) if is(key, "filter") => *text = self.filter(text),
            Value::String(text) if is_one_of(key, &is_path) => *text = self.path(text),
            Value::String(text) if is(key, "sortOrder") && is_word(text) => {}
            Value::Number(_) if is_one_of(key, &["startIndex", "count"]) => {}
            Value::Array(list) if is_one_of(key, &is_path) => {
                for entry in list {
                    match entry {
                        Value::String(text) => *text = self.path(text),
                        entry => self.value("", entry),
                    }
                }
            }
            value => self.value(key, value),
        }
    }

    /// Hides everything in `value`, which stands under `name`.
    pub(crate) fn value(&mut self, name: &str, value: &mut Value) {
        let mut open = vec![(name.to_owned(), value)];
        while let Some((name, value)) = open.pop() {
            match value {
                Value::String(text) if !stays(&name, text) => *text = self.text(text),
                Value::Number(number) => *value = self.text(&number.to_string()).into(),
                Value::Array(list) => open.extend(list.iter_mut().map(|v| (name.clone(), v))),
                Value::Object(members) => {
                    self.keys(members);
                    open.extend(members.iter_mut().map(|(key, v)| (key.clone(), v)));
                }
                _ => {}
            }
        }
    }

    /// Hides the literals in keys that are paths, and keys that are no names.
    fn keys(&mut self, members: &mut Map<String, Value>) {
        let odd: Vec<String> = members
            .keys()
            .filter(|key| !is_name(key))
            .cloned()
            .collect();
        for key in odd {
            if let Some(value) = members.remove(&key) {
                members.insert(self.path(&key), value);
            }
        }
    }

    /// Hides the literals of a path.
    pub(crate) fn path(&mut self, text: &str) -> String {
        if is_name(text) || text == REDACTED {
            return text.to_owned();
        }
        match text.rfind(']').map(|close| text.split_at(close + 1)) {
            Some((selected, tail)) if is_name(tail) => self.filter(selected) + tail,
            _ => self.text(text),
        }
    }

    /// Hides in the path of a URL what is neither a name nor an id: `/Users/ada@x`.
    pub(crate) fn url_path(&mut self, text: &str) -> String {
        if text == REDACTED {
            return text.to_owned();
        }
        let segments = text.split('/').map(|segment| {
            if is_name(segment) {
                segment.to_owned()
            } else {
                self.text(segment)
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Hides the literals of a filter; one that cannot be read is hidden whole.
    pub(crate) fn filter(&mut self, text: &str) -> String {
        if text == REDACTED {
            return text.to_owned();
        }
        match Filter::parse_within(text, Profile::Lenient, SEARCH_FILTER_BYTES_MAX) {
            Ok(mut filter) => {
                self.expression(&mut filter);
                filter.to_string()
            }
            Err(_) => self.text(text),
        }
    }

    // As deep as the grammar lets a filter be, which is 32 levels.
    fn expression(&mut self, filter: &mut Filter) {
        match filter {
            Expr::All(parts) | Expr::Any(parts) => {
                for part in parts {
                    self.expression(part);
                }
            }
            Expr::Not(inner) | Expr::Test(Written::Element(_, inner)) => self.expression(inner),
            Expr::Test(Written::Compare(path, _, literal)) => {
                let name = path.sub.as_ref().unwrap_or(&path.name);
                match &*literal {
                    Literal::String(text) if stays(name.as_str(), text) => {}
                    Literal::Bool(_) | Literal::Null => {}
                    Literal::String(text) => *literal = Literal::String(self.text(text)),
                    number @ Literal::Number(_) => {
                        *literal = Literal::String(self.text(&number.to_string()));
                    }
                }
            }
            Expr::Test(Written::Present(_)) => {}
        }
    }

    /// Hides the values in a query.
    pub(crate) fn query(&mut self, query: &str) -> String {
        if query == REDACTED {
            return query.to_owned();
        }
        let pairs = pairs(query).into_iter().map(|(name, value)| {
            let value = match name.as_str() {
                "filter" => self.filter(&value),
                "sortBy" => self.path(&value),
                "attributes" | "excludedAttributes" => {
                    let entries = value.split(',').map(|entry| self.path(entry.trim()));
                    entries.collect::<Vec<_>>().join(",")
                }
                "startIndex" | "count" if value.bytes().all(|b| b.is_ascii_digit()) => value,
                "sortOrder" if is_word(&value) => value,
                _ if value.is_empty() => value,
                _ => self.text(&value),
            };
            let name = self.path(&name);
            let equals = if value.is_empty() { "" } else { "=" };
            format!("{}{equals}{}", encode(&name), encode(&value))
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Hides what an error repeats of the request: the values hidden so far, and what it quotes.
    pub(crate) fn detail(&self, detail: &str) -> String {
        let mut told = detail.to_owned();
        for (value, hash) in &self.hidden {
            let escaped = format!("{value:?}");
            let start: String = value.chars().take(SHOWN_CHARS).collect();
            for form in [value.as_str(), escaped.trim_matches('"'), &start] {
                if form.len() >= REPEATED_BYTES_MIN {
                    told = told.replace(form, hash);
                }
            }
        }
        let quoted = |(at, part): (usize, &str)| match at % 2 {
            1 if !is_name(part) && !part.starts_with(MARK) => self.hash(part),
            _ => part.to_owned(),
        };
        let parts: Vec<String> = told.split('"').enumerate().map(quoted).collect();
        parts.join("\"")
    }

    fn text(&mut self, text: &str) -> String {
        let hash = self.hash(text);
        if self.hidden.len() < HIDDEN_MAX {
            self.hidden.push((text.to_owned(), hash.clone()));
        }
        hash
    }

    fn hash(&self, text: &str) -> String {
        let pad = |with: u8| self.key.map(|byte| byte ^ with);
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text);
        let outer = Sha256::new().chain_update(pad(0x5c));
        let mac = outer.chain_update(inner.finalize()).finalize();
        let bytes = mac.iter().take(HASH_BYTES);
        bytes.fold(MARK.to_owned(), |all, byte| format!("{all}{byte:02x}"))
    }
}

/// Tells whether a text is structure or an id, and no personal value.
fn stays(name: &str, text: &str) -> bool {
    let urn = || text.get(..4).is_some_and(|start| is(start, "urn:")) && is_name(text);
    text.is_empty()
        || text == REDACTED
        || is_one_of(text, &["true", "false"])
        || is_uuid(text)
        || is(name, "schemas") && urn()
        || is_one_of(name, &["type", "resourceType"]) && is_one_of(text, TYPES)
}

/// Tells whether a text is spelled as a UUID, which our ids and those of most providers are.
fn is_uuid(text: &str) -> bool {
    let hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, b): (usize, u8)| {
        if hyphen(at) {
            b == b'-'
        } else {
            b.is_ascii_hexdigit()
        }
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// Tells whether a text has only what names, dotted and with a URN, are made of.
fn is_name(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'_' | b'-' | b'$');
    text.bytes().all(fits)
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is(text: &str, other: &str) -> bool {
    text.eq_ignore_ascii_case(other)
}

fn is_one_of(text: &str, known: &[&str]) -> bool {
    known.iter().any(|known| is(text, known))
}

fn names_search(value: &Value) -> bool {
    let mut list = value.as_array().into_iter().flatten();
    list.any(|urn| {
        urn.as_str()
            .is_some_and(|urn| is(urn, enroll_schema::urns::SEARCH_REQUEST))
    })
}

const VERBS: &[&str] = &["add", "remove", "replace"];

/// The canonical values of `type` (RFC 7643 §4.1.2, §4.2), and the resource types.
const TYPES: &[&str] = &[
    "work",
    "home",
    "other",
    "mobile",
    "fax",
    "pager",
    "photo",
    "thumbnail",
    "aim",
    "gtalk",
    "icq",
    "xmpp",
    "msn",
    "skype",
    "qq",
    "yahoo",
    "direct",
    "indirect",
    "User",
    "Group",
];

/// How a hash begins.
const MARK: &str = "sha256:";
const HASH_BYTES: usize = 6;
/// Most values that are looked for in an error: it repeats one, of the first that are wrong.
const HIDDEN_MAX: usize = 4_096;
/// Shorter values are found in every sentence.
const REPEATED_BYTES_MIN: usize = 3;
/// How much of a value an error repeats.
const SHOWN_CHARS: usize = 64;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hider() -> Hider {
        Pii::hash(b"key").hider().unwrap()
    }

    /// RFC 4231, test case 2: the first 6 bytes.
    #[test]
    fn a_hash_is_an_hmac() {
        let hider = Pii::hash(b"Jefe").hider().unwrap();
        let told = hider.hash("what do ya want for nothing?");
        assert_eq!(told, "sha256:5bdcc146bf60");
        let long = Pii::hash(&[0xaa; 131]).hider().unwrap();
        let told = long.hash("Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(told, "sha256:60e431591ee0", "RFC 4231, test case 6");
        assert!(Pii::FULL.hider().is_none());
    }

    #[test]
    fn the_same_value_has_the_same_hash_wherever_it_stands() {
        let mut hider = hider();
        let ada = hider.hash("ada@x");
        let mut body = json!({"userName": "ada@x", "emails": [{"value": "ada@x", "type": "work"}]});
        hider.body(&mut body);
        assert_eq!(
            body,
            json!({"userName": ada, "emails": [{"value": ada, "type": "work"}]})
        );
        let path = r#"emails[value eq "ada@x"].display"#;
        assert_eq!(
            hider.path(path),
            format!("emails[value eq \"{ada}\"].display")
        );
        let query =
            hider.query("filter=userName+eq+%22ada%40x%22&count=2&attributes=id,emails&x=ada%40x");
        let wanted = format!(
            "filter={}&count=2&attributes=id%2Cemails&x={}",
            encode(&format!("userName eq \"{ada}\"")),
            encode(&ada)
        );
        assert_eq!(query, wanted);
    }

    #[test]
    fn structure_and_ids_stay() {
        let id = "0191f0c4-7f76-753a-919d-413861904646";
        let same = [
            json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "active": true}),
            json!({"Operations": [
                {"op": "Replace", "path": "active", "value": "False"},
                {"op": "remove", "path": "emails[type eq \"work\"].value"},
                {"op": "add", "path": "members", "value": [{"value": id}]},
            ]}),
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
                "filter": format!("id eq \"{id}\" and active eq true"), "count": 3,
                "attributes": ["name.givenName"], "sortBy": "userName", "sortOrder": "descending"}),
        ];
        for body in same {
            let mut told = body.clone();
            hider().body(&mut told);
            assert_eq!(told, body);
        }
    }

    #[test]
    fn what_is_no_structure_is_hidden() {
        for body in [
            json!("Ada"),
            json!({"title": ["Ada", {"x": "Ada"}], "schemas": ["Ada", 7, "urn:Ada lives"]}),
            json!({"Ada@x": 1, "type": "Ada", "name[x eq \"Ada\"]": true, "Ada [": null}),
            json!({"Operations": [{"op": "Ada!", "path": "Ada [", "value": {"a[b eq \"Ada\"].c": 1}}, "Ada"]}),
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
                "filter": "Ada is here", "sortOrder": "Ada 1", "attributes": [["Ada"]], "x": "Ada"}),
        ] {
            let mut told = body.clone();
            hider().body(&mut told);
            assert!(!told.to_string().contains("Ada"), "{body} {told}");
        }
        for query in [
            "filter=Ada+is",
            "Ada%40x",
            "x=Ada",
            "?a/Users?filter=x+eq+%22Ada%22",
        ] {
            let told = hider().query(query);
            assert!(!told.contains("Ada"), "{query} {told}");
        }
    }

    #[test]
    fn of_a_path_names_and_ids_stay() {
        for path in [
            "/Users/00u1a-B_c",
            "/Schemas/urn:x:y",
            "/scim/v2/Groups",
            "",
            REDACTED,
        ] {
            assert_eq!(hider().url_path(path), path);
        }
        for path in [
            "/Users/ada@x",
            "/Users/ada%40x",
            "/Users/ada kern/",
            "/ada?x",
        ] {
            let told = hider().url_path(path);
            assert!(
                !told.contains("ada") && told.contains(MARK),
                "{path} {told}"
            );
        }
    }

    #[test]
    fn an_error_repeats_no_hidden_value() {
        let mut hider = hider();
        hider.value("", &mut json!(["ada\nb", "Ada Kern", 1234]));
        for detail in [
            "title: Ada Kern is none, found \"ada\\nb\"",
            "found the number 1234",
            "quotes \"another person\"…",
        ] {
            let told = hider.detail(detail);
            assert!(
                !["Ada", "ada", "1234", "person"]
                    .iter()
                    .any(|w| told.contains(w)),
                "{told}"
            );
        }
        let kept = "the body must have \"schemas\": [\"urn:x:y\"]";
        assert_eq!(hider.detail(kept), kept);
    }
}
