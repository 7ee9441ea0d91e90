//! The parameters of a query, from a URL (RFC 7644 §3.4.2) or a `.search` message (§3.4.3).

use enroll_filter::SEARCH_FILTER_BYTES_MAX;
use enroll_schema::{
    Error, ErrorKind, Result,
    limits::{FILTER_BYTES_MAX, PAGE_COUNT_DEFAULT, PAGE_COUNT_MAX},
    urns,
};

use enroll_quirks::query::pairs;
use enroll_store::Order;
use serde_json::Value;

use crate::project::Projection;

/// What a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Params {
    pub(crate) filter: Option<String>,
    pub(crate) filter_bytes_max: usize,
    pub(crate) sort_by: Option<String>,
    pub(crate) order: Order,
    /// From 1 (§3.4.2.4).
    pub(crate) start_index: u32,
    pub(crate) count: u32,
    pub(crate) projection: Projection,
}

/// The parameters as text, before anything is made of them.
#[derive(Debug, Default)]
struct Texts {
    known: [Option<String>; NAMES.len()],
}

const NAMES: [&str; 7] = [
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "attributes",
    "excludedAttributes",
];
const FILTER: usize = 0;
const SORT_BY: usize = 1;
const SORT_ORDER: usize = 2;
const START_INDEX: usize = 3;
const COUNT: usize = 4;
const ATTRIBUTES: usize = 5;
const EXCLUDED: usize = 6;

impl Params {
    /// Reads a URL's query; what is not known is ignored (RFC 7644 §3.4.2).
    pub(crate) fn from_query(query: Option<&str>) -> Result<Self> {
        Self::read(&mut Texts::from_query(query)?, FILTER_BYTES_MAX)
    }

    /// Reads a `SearchRequest`; names are matched without regard to letter case.
    pub(crate) fn from_message(message: &Value) -> Result<Self> {
        Self::read(&mut Texts::from_message(message)?, SEARCH_FILTER_BYTES_MAX)
    }

    /// Tells whether a URL's query has a filter, be it well written or not.
    pub(crate) fn has_filter(query: Option<&str>) -> bool {
        let pairs = pairs(query.unwrap_or_default());
        pairs.iter().any(|(name, _)| position(name) == Some(FILTER))
    }

    fn read(texts: &mut Texts, filter_bytes_max: usize) -> Result<Self> {
        let count = texts
            .take(COUNT)
            .map(|text| integer("count", &text))
            .transpose()?;
        let start = texts
            .take(START_INDEX)
            .map(|text| integer("startIndex", &text))
            .transpose()?;
        Ok(Self {
            filter: texts.take(FILTER),
            filter_bytes_max,
            sort_by: texts.take(SORT_BY).filter(|name| !name.trim().is_empty()),
            order: order(texts.take(SORT_ORDER).as_deref())?,
            start_index: start.unwrap_or(1).max(1),
            count: count.unwrap_or(PAGE_COUNT_DEFAULT).min(PAGE_COUNT_MAX),
            projection: projection(texts.take(ATTRIBUTES), texts.take(EXCLUDED))?,
        })
    }
}

impl Projection {
    /// Reads what of a URL's query concerns a single resource.
    pub(crate) fn from_query(query: Option<&str>) -> Result<Self> {
        if query.is_none_or(str::is_empty) {
            return Ok(Self::Usual);
        }
        let mut texts = Texts::from_query(query)?;
        projection(texts.take(ATTRIBUTES), texts.take(EXCLUDED))
    }
}

impl Texts {
    fn from_query(query: Option<&str>) -> Result<Self> {
        let mut texts = Self::default();
        for (name, value) in pairs(query.unwrap_or_default()) {
            if let Some(at) = position(&name) {
                texts.set(at, value)?;
            }
        }
        Ok(texts)
    }

    fn from_message(message: &Value) -> Result<Self> {
        let syntax = |detail: &str| Error::new(ErrorKind::InvalidSyntax, detail);
        let members = message
            .as_object()
            .ok_or_else(|| syntax("a search is a JSON object"))?;
        let is_search = members.iter().any(|(name, value)| {
            let urn = |value: &Value| {
                value
                    .as_str()
                    .is_some_and(|urn| urn.eq_ignore_ascii_case(urns::SEARCH_REQUEST))
            };
            name.eq_ignore_ascii_case("schemas")
                && value
                    .as_array()
                    .is_some_and(|list| list.len() == 1 && list.iter().all(urn))
        });
        if !is_search {
            let detail = format!(
                "a search must have \"schemas\": [\"{}\"]",
                urns::SEARCH_REQUEST
            );
            return Err(syntax(&detail));
        }
        let mut texts = Self::default();
        for (name, value) in members {
            let Some(at) = position(name) else { continue };
            if !value.is_null() {
                texts.set(at, as_text(at, value)?)?;
            }
        }
        Ok(texts)
    }

    fn set(&mut self, at: usize, value: String) -> Result<()> {
        match self.known.get_mut(at) {
            Some(slot @ None) => *slot = Some(value),
            Some(Some(_)) => return Err(refuse(at, "is given twice; give it once")),
            None => {}
        }
        Ok(())
    }

    fn take(&mut self, at: usize) -> Option<String> {
        self.known.get_mut(at).and_then(Option::take)
    }
}

fn position(name: &str) -> Option<usize> {
    NAMES
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
}

/// Returns a member of a message as the text a URL would have carried.
fn as_text(at: usize, value: &Value) -> Result<String> {
    match (at, value) {
        (ATTRIBUTES | EXCLUDED, Value::Array(names)) => {
            let names: Option<Vec<_>> = names.iter().map(Value::as_str).collect();
            let expected = || refuse(at, "is a list of attribute names");
            names.map(|names| names.join(",")).ok_or_else(expected)
        }
        (START_INDEX | COUNT, Value::Number(number)) => Ok(number.to_string()),
        (START_INDEX | COUNT, _) => Err(refuse(at, "is a whole number")),
        (_, Value::String(text)) => Ok(text.clone()),
        _ => Err(refuse(at, "is a string")),
    }
}

fn refuse(at: usize, detail: &str) -> Error {
    let kind = if at == FILTER {
        ErrorKind::InvalidFilter
    } else {
        ErrorKind::InvalidValue
    };
    let name = NAMES.get(at).copied().unwrap_or_default();
    Error::new(kind, format!("{name} {detail}"))
}

/// Reads a whole number of any size; below zero is zero, above `u32` is its largest.
fn integer(name: &str, text: &str) -> Result<u32> {
    let text = text.trim();
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!("{name} is a whole number"),
        ));
    }
    Ok(if is_negative {
        0
    } else {
        digits.parse().unwrap_or(u32::MAX)
    })
}

fn order(text: Option<&str>) -> Result<Order> {
    match text.map(str::trim).map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "ascending") => Ok(Order::Ascending),
        Some("descending") => Ok(Order::Descending),
        Some(_) => {
            let detail = "sortOrder is ascending or descending";
            Err(Error::new(ErrorKind::InvalidValue, detail))
        }
    }
}

fn projection(only: Option<String>, except: Option<String>) -> Result<Projection> {
    let names = |text: String| -> Vec<String> {
        text.split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    match (
        only.map(names).unwrap_or_default(),
        except.map(names).unwrap_or_default(),
    ) {
        (only, except) if only.is_empty() && except.is_empty() => Ok(Projection::Usual),
        (only, except) if except.is_empty() => Ok(Projection::Only(only)),
        (only, except) if only.is_empty() => Ok(Projection::Except(except)),
        _ => {
            let detail = "attributes and excludedAttributes exclude each other; give one";
            Err(Error::new(ErrorKind::InvalidValue, detail))
        }
    }
}
