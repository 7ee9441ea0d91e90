//! What each quirk changed, for a log: a request is looked at once more, with eyes on every rule.

use enroll_schema::Schemas;
use serde_json::{Map, Value};

use crate::{Dialect, Incoming, QUIRKS, Quirk, inbound::rewrite, switches::Switches};

/// Most changes of one quirk that are told; of more the number is.
pub const CHANGES_TOLD_MAX: usize = 5;

/// Most bytes of a value, as JSON, that is told.
const VALUE_TOLD_BYTES_MAX: usize = 512;

/// One quirk that fired, and what it did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Told {
    /// The quirk.
    pub quirk: &'static Quirk,
    /// What it changed, in the order of the request; [`CHANGES_TOLD_MAX`] at most.
    pub changes: Vec<Change>,
    /// How many more changes it made.
    pub more: usize,
}

/// One change that a quirk made.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The index of the operation, in a PATCH.
    pub operation: Option<usize>,
    /// The attribute, or the member of the message; empty when there is no path.
    pub at: String,
    /// The value before; `None` when it is too long, or nothing was rewritten.
    pub before: Option<Value>,
    /// The value after; `None` when it is too long, gone, or nothing was rewritten.
    pub after: Option<Value>,
}

/// Does as [`inbound`](crate::inbound) and tells what each quirk changed.
///
/// It costs several times as much, so it is for requests of which [`inbound`](crate::inbound) said
/// that something fired.
///
/// ```
/// use enroll_quirks::{Dialect, Incoming, explained};
/// use enroll_schema::Schemas;
/// use serde_json::json;
///
/// let mut request = Incoming {
///     method: "POST".into(),
///     path: "/Users".into(),
///     query: None,
///     body: Some(json!({"userName": "ada", "active": "False"})),
///     user_agent: None,
/// };
/// let told = explained(Dialect::Auto, &Schemas::standard(), &mut request);
/// let change = &told[0].changes[0];
/// assert_eq!((told[0].quirk.id, change.at.as_str()), ("text-boolean", "active"));
/// assert_eq!((&change.before, &change.after), (&Some(json!("False")), &Some(json!(false))));
/// ```
pub fn explained(dialect: Dialect, schemas: &Schemas, request: &mut Incoming) -> Vec<Told> {
    if dialect == Dialect::Strict {
        return Vec::new();
    }
    let mut switches = Switches::new(dialect).traced();
    rewrite(&mut switches, schemas, request);
    switches.told()
}

/// A named part of what a rule looks at.
pub(crate) type Part = (String, Value);

/// What was changed so far.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// The operation that is looked at.
    pub(crate) operation: Option<usize>,
    changes: Vec<(usize, Change)>,
    /// The quirks of the changes that are only counted.
    more: Vec<usize>,
}

/// How much was told at some point.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Length(usize, usize);

impl Trace {
    /// Adds what the quirk at `quirk` did: the first part that is another now.
    pub(crate) fn add(&mut self, quirk: usize, before: Vec<Part>, after: Vec<Part>) {
        let told = self.changes.iter().filter(|(of, _)| *of == quirk).count();
        if told >= CHANGES_TOLD_MAX {
            return self.more.push(quirk);
        }
        // Where nothing is rewritten, the first part is the path.
        let path = before.first().and_then(|(_, path)| path.as_str());
        let path = path.unwrap_or_default().to_owned();
        let mut pairs = before.into_iter().zip(after);
        let changed = pairs.find(|((_, before), (_, after))| before != after);
        let operation = self.operation;
        let change = match changed {
            Some(((at, before), (_, after))) => Change {
                operation,
                at,
                before: brief(before),
                after: brief(after),
            },
            None => Change {
                operation,
                at: path,
                ..Change::default()
            },
        };
        self.changes.push((quirk, change));
    }

    pub(crate) fn length(&self) -> Length {
        Length(self.changes.len(), self.more.len())
    }

    pub(crate) fn truncate(&mut self, Length(changes, more): Length) {
        self.changes.truncate(changes);
        self.more.truncate(more);
    }

    /// Returns what the quirks among `fired` did, in table order.
    pub(crate) fn told(self, fired: impl Fn(usize) -> bool) -> Vec<Told> {
        let quirks = QUIRKS.iter().enumerate().filter(|(at, _)| fired(*at));
        let told = |(at, quirk): (usize, &'static Quirk)| Told {
            quirk,
            changes: self.of(at).cloned().collect(),
            more: self.more.iter().filter(|of| **of == at).count(),
        };
        quirks.map(told).collect()
    }

    fn of(&self, quirk: usize) -> impl Iterator<Item = &Change> {
        let own = self.changes.iter().filter(move |(of, _)| *of == quirk);
        own.map(|(_, change)| change)
    }
}

/// Returns the value unless it is absent or too long to be told.
fn brief(value: Value) -> Option<Value> {
    (!value.is_null() && value.to_string().len() <= VALUE_TOLD_BYTES_MAX).then_some(value)
}

/// Returns the parts of a request that a rule for whole requests may change.
pub(crate) fn request(request: &Incoming) -> Vec<Part> {
    let body = request.body.as_ref().and_then(Value::as_object);
    let schemas = body.and_then(|body| crate::rule::member(body, "schemas"));
    let query = request.query.as_deref().unwrap_or_default();
    vec![
        ("path".to_owned(), request.path.as_str().into()),
        ("query".to_owned(), query.into()),
        ("schemas".to_owned(), schemas.cloned().unwrap_or_default()),
        ("members".to_owned(), body.map(names).unwrap_or_default()),
    ]
}

/// Returns the parts of an operation.
pub(crate) fn operation(operation: &Map<String, Value>) -> Vec<Part> {
    let part = |name: &str| {
        let value = crate::rule::member(operation, name);
        (name.to_owned(), value.cloned().unwrap_or_default())
    };
    let names = ("members".to_owned(), names(operation));
    vec![part("path"), part("op"), part("value"), names]
}

fn names(members: &Map<String, Value>) -> Value {
    members
        .keys()
        .map(|name| Value::from(name.as_str()))
        .collect()
}
