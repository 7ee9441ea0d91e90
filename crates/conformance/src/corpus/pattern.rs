//! The match language: what an answer must look like, and the first place where it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ids::Ids;

/// Describes an answer: JSON in the match language of [`corpus`](super), checked when it is read.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Pattern(Value);

/// Names the first place where an answer is not what a [`Pattern`] describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer (RFC 6901) into the answer; empty for the whole.
    pub at: String,
    /// The part of the pattern which does not hold, as JSON.
    pub wanted: String,
    /// What stands there instead, as JSON, or `nothing`.
    pub found: String,
}

/// Tells why some JSON is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPattern(String);

impl Pattern {
    /// Compares an answer, or its absence, with this pattern.
    ///
    /// # Errors
    /// The first [`Difference`], in the order in which the pattern is written.
    pub fn check(&self, found: Option<&Value>) -> Result<(), Difference> {
        compare(&self.0, found, "")
    }

    /// Replaces ids of the case by those which the server made.
    pub(super) fn rename(&mut self, ids: &Ids) {
        ids.rename(&mut self.0);
    }
}

impl TryFrom<Value> for Pattern {
    type Error = BadPattern;

    fn try_from(value: Value) -> Result<Self, BadPattern> {
        validate(&value)?;
        Ok(Self(value))
    }
}

impl From<Pattern> for Value {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, wanted, found } = self;
        if !at.is_empty() {
            write!(f, "at {at}: ")?;
        }
        write!(f, "wanted {}, found {}", short(wanted), short(found))
    }
}

/// One level of a pattern: what its outermost brackets ask for.
enum Rule<'a> {
    Same(&'a Value),
    Members(&'a Map<String, Value>),
    Elements(&'a [Value]),
    Contains(&'a [Value]),
    Absent,
    AbsentOrEmpty,
    Present,
    Not(&'a Value),
    Search(Regex),
    Length(u64),
    Integer,
    Boolean,
    OrAbsent(&'a Value),
}

impl<'a> Rule<'a> {
    fn read(pattern: &'a Value) -> Result<Self, BadPattern> {
        match pattern {
            Value::Array(elements) => Ok(Self::Elements(elements)),
            Value::Object(members) => match members.iter().find(|(name, _)| is_operator(name)) {
                None => Ok(Self::Members(members)),
                Some((name, argument)) if members.len() == 1 => Self::operator(name, argument),
                Some((name, _)) => {
                    Err(BadPattern(format!("{name} must stand alone in its object")))
                }
            },
            scalar => Ok(Self::Same(scalar)),
        }
    }

    fn operator(name: &str, argument: &'a Value) -> Result<Self, BadPattern> {
        match (name, argument) {
            ("$contains", Value::Array(elements)) => Ok(Self::Contains(elements)),
            ("$absent", Value::Bool(true)) => Ok(Self::Absent),
            ("$absentOrEmpty", Value::Bool(true)) => Ok(Self::AbsentOrEmpty),
            ("$any", Value::Bool(true)) => Ok(Self::Present),
            ("$int", Value::Bool(true)) => Ok(Self::Integer),
            ("$bool", Value::Bool(true)) => Ok(Self::Boolean),
            ("$not", pattern) => Ok(Self::Not(pattern)),
            ("$orAbsent", pattern) => Ok(Self::OrAbsent(pattern)),
            ("$len", Value::Number(length)) if length.is_u64() => {
                Ok(Self::Length(length.as_u64().unwrap_or_default()))
            }
            ("$re", Value::String(text)) => Regex::new(text)
                .map(Self::Search)
                .map_err(|error| BadPattern(format!("$re {text:?}: {error}"))),
            _ => Err(BadPattern(format!("{name} does not take {argument}"))),
        }
    }

    /// Lists the patterns one level further in.
    fn parts(&self) -> Vec<&'a Value> {
        match self {
            Self::Members(members) => members.values().collect(),
            Self::Elements(elements) | Self::Contains(elements) => elements.iter().collect(),
            Self::Not(pattern) | Self::OrAbsent(pattern) => vec![pattern],
            _ => Vec::new(),
        }
    }
}

/// `$ref` is an attribute of RFC 7643; every other name that starts so is ours.
fn is_operator(name: &str) -> bool {
    name.starts_with('$') && name != "$ref"
}

fn validate(pattern: &Value) -> Result<(), BadPattern> {
    let mut open = vec![pattern];
    while let Some(pattern) = open.pop() {
        open.extend(Rule::read(pattern)?.parts());
    }
    Ok(())
}

/// Recursion is bounded by the depth of the pattern, which came through `serde_json` (128 levels).
fn compare(pattern: &Value, found: Option<&Value>, at: &str) -> Result<(), Difference> {
    let differs = || Difference {
        at: at.to_owned(),
        wanted: pattern.to_string(),
        found: found.map_or_else(|| "nothing".to_owned(), Value::to_string),
    };
    let rule = Rule::read(pattern).map_err(|error| Difference {
        wanted: error.0,
        ..differs()
    })?;
    let holds = match rule {
        Rule::Members(wanted) => {
            let found = found.and_then(Value::as_object).ok_or_else(differs)?;
            return wanted.iter().try_for_each(|(name, pattern)| {
                compare(pattern, found.get(name), &format!("{at}/{}", escape(name)))
            });
        }
        Rule::Elements(wanted) => {
            let found = found.and_then(Value::as_array).ok_or_else(differs)?;
            if found.len() != wanted.len() {
                return Err(differs());
            }
            return pair_up(wanted, found, at);
        }
        Rule::Contains(wanted) => {
            let found = found.and_then(Value::as_array).ok_or_else(differs)?;
            return pair_up(wanted, found, at);
        }
        Rule::OrAbsent(_) if found.is_none() => true,
        Rule::OrAbsent(pattern) => return compare(pattern, found, at),
        Rule::Same(wanted) => found == Some(wanted),
        Rule::Absent => is_absent(found),
        Rule::AbsentOrEmpty => is_absent(found) || found.and_then(Value::as_str) == Some(""),
        Rule::Present => found.is_some_and(|value| !value.is_null()),
        Rule::Not(pattern) => compare(pattern, found, at).is_err(),
        Rule::Search(regex) => found
            .and_then(Value::as_str)
            .is_some_and(|text| regex.is_match(text)),
        Rule::Length(wanted) => found
            .and_then(Value::as_array)
            .is_some_and(|found| found.len() as u64 == wanted),
        Rule::Integer => found.is_some_and(|value| value.is_i64() || value.is_u64()),
        Rule::Boolean => found.is_some_and(Value::is_boolean),
    };
    holds.then_some(()).ok_or_else(differs)
}

/// RFC 7643 §2.5: missing, null and the empty array are one state.
fn is_absent(found: Option<&Value>) -> bool {
    match found {
        None | Some(Value::Null) => true,
        Some(Value::Array(elements)) => elements.is_empty(),
        Some(_) => false,
    }
}

/// Gives every wanted element a found element of its own; which goes with which is never guessed
/// from the order, so `[{"a":1}, {}]` fits `[{}, {"a":1}]` either way round.
fn pair_up(wanted: &[Value], found: &[Value], at: &str) -> Result<(), Difference> {
    let fits: Vec<Vec<usize>> = wanted
        .iter()
        .map(|pattern| fitting(pattern, found))
        .collect();
    let mut taken = BTreeMap::new();
    let left_over = wanted
        .iter()
        .enumerate()
        .find(|&(row, _)| !seat(row, &fits, &mut taken, &mut BTreeSet::new()));
    match (left_over, found) {
        (None, _) => Ok(()),
        (Some((_, pattern)), [only]) if wanted.len() == 1 => {
            compare(pattern, Some(only), &format!("{at}/0"))
        }
        (Some((_, pattern)), _) => Err(Difference {
            at: at.to_owned(),
            wanted: format!("an element of its own for {pattern}"),
            found: Value::from(found).to_string(),
        }),
    }
}

fn fitting(pattern: &Value, found: &[Value]) -> Vec<usize> {
    let fits = |value: &Value| compare(pattern, Some(value), "").is_ok();
    found
        .iter()
        .enumerate()
        .filter(|(_, value)| fits(value))
        .map(|(column, _)| column)
        .collect()
}

/// Seats one row, moving rows seated before to other columns where that helps (augmenting paths).
///
/// Each call takes a column nobody tried in this round, so the depth is at most their number.
fn seat(
    row: usize,
    fits: &[Vec<usize>],
    taken: &mut BTreeMap<usize, usize>,
    tried: &mut BTreeSet<usize>,
) -> bool {
    fits.get(row).is_some_and(|columns| {
        columns.iter().any(|&column| {
            let free = tried.insert(column)
                && taken
                    .get(&column)
                    .copied()
                    .is_none_or(|other| seat(other, fits, taken, tried));
            if free {
                taken.insert(column, row);
            }
            free
        })
    })
}

/// Spells a name as a reference token of a JSON pointer (RFC 6901 §3).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        None => text.to_owned(),
        Some((cut, _)) => format!(
            "{}… ({} bytes)",
            text.get(..cut).unwrap_or(text),
            text.len()
        ),
    }
}

const SHOWN_CHARS_MAX: usize = 600;
