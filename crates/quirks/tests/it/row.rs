//! One row: what is sent in which dialect, what it is read as, which quirks fire.

use std::{fs, sync::LazyLock};

use enroll_quirks::{Dialect, Incoming, inbound};
use enroll_schema::Schemas;
use serde_json::Value;

/// The files of rows, in the order of the table.
pub(crate) const FILES: &[&str] = &[
    "requests.json",
    "names.json",
    "operations.json",
    "values.json",
];

/// A row of `tests/data`.
#[derive(Debug)]
pub(crate) struct Row {
    /// The quirk the row is about.
    pub(crate) quirk: String,
    /// Whether it only looks like the quirk, which must not fire.
    pub(crate) near: bool,
    /// Catalogue row or corpus case, and what is special.
    pub(crate) note: String,
    pub(crate) dialect: Dialect,
    pub(crate) sent: Incoming,
    pub(crate) read: Incoming,
    /// All that must fire, in order.
    pub(crate) fired: Vec<String>,
}

/// Reads every row.
pub(crate) fn rows() -> Vec<Row> {
    FILES.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &str) -> Vec<Row> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"));
    rows.iter().map(row).collect()
}

fn row(row: &Value) -> Row {
    let text = |name: &str| row[name].as_str();
    let quirk = text("quirk")
        .or(text("near"))
        .unwrap_or_else(|| panic!("no quirk in {row}"));
    let near = text("near").is_some();
    let bare = row["bare"] == Value::Bool(true);
    let request = |line: &str, body: Option<&Value>| {
        let mut request = incoming(line, body);
        if request.method == "PATCH" && !bare {
            complete(&mut request);
        }
        request
    };
    let sent = request(text("send").unwrap(), row.get("body"));
    let read = match (text("read"), row.get("meant")) {
        (None, None) => sent.clone(),
        (line, body) => request(line.or(text("send")).unwrap(), body.or(row.get("body"))),
    };
    let own = if near { None } else { Some(quirk.to_owned()) };
    let list = |name: &str| row[name].as_array().cloned().unwrap_or_default();
    let fired = match row.get("fired") {
        Some(_) => list("fired")
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect(),
        None => own.into_iter().collect(),
    };
    let dialect = text("dialect").unwrap_or("auto");
    Row {
        quirk: quirk.to_owned(),
        near,
        note: text("note")
            .unwrap_or_else(|| panic!("no note in {row}"))
            .to_owned(),
        dialect: Dialect::named(dialect).unwrap_or_else(|| panic!("dialect {dialect}")),
        sent,
        read,
        fired,
    }
}

/// Adds the URN of the message, which rows leave out.
fn complete(request: &mut Incoming) {
    let body = request
        .body
        .as_mut()
        .and_then(Value::as_object_mut)
        .unwrap();
    let urn = Value::from(vec![enroll_schema::urns::PATCH_OP]);
    body.entry("schemas").or_insert(urn);
}

/// Makes a request from `METHOD /path?query` and a body.
pub(crate) fn incoming(line: &str, body: Option<&Value>) -> Incoming {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        body: body.filter(|body| !body.is_null()).cloned(),
        user_agent: None,
    }
}

/// Applies the quirks of `dialect`; returns what it reads and what fired.
pub(crate) fn apply(dialect: Dialect, sent: &Incoming) -> (Incoming, Vec<&'static str>) {
    let mut request = sent.clone();
    let applied = inbound(dialect, schemas(), &mut request);
    (request, applied.ids().collect())
}

/// The standard schemas, and an extension with a number for the rows that need one.
pub(crate) fn schemas() -> &'static Schemas {
    static SCHEMAS: LazyLock<Schemas> = LazyLock::new(standard_and_more);
    &SCHEMAS
}

fn standard_and_more() -> Schemas {
    use enroll_schema::{Attribute, Kind, Urn};
    let urn = Urn::new("urn:example:params:scim:schemas:extension:hr:2.0:User");
    let tags = Attribute {
        multi: true,
        ..Attribute::new("tags", Kind::String)
    };
    let attributes = vec![
        Attribute::new("grade", Kind::Integer),
        Attribute::new("share", Kind::Decimal),
        Attribute::new("remote", Kind::Boolean),
        tags,
    ];
    Schemas::standard()
        .with_extension("User", urn, false, attributes)
        .unwrap()
}
