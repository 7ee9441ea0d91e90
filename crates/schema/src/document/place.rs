//! Where in a body a value stands, and how an error says so.

use std::fmt;

use serde_json::Value;

use crate::{Error, ErrorKind, shown::shown};

/// The path of a value: `emails[1].value`, `urn:…:User:manager.value`; elements count from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) urn: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) index: Option<usize>,
    pub(super) sub: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn top(urn: Option<&'a str>, name: &'a str) -> Self {
        Self {
            urn,
            name,
            index: None,
            sub: None,
        }
    }

    pub(super) fn nth(self, index: usize) -> Self {
        Self {
            index: Some(index),
            ..self
        }
    }

    pub(super) fn sub<'b>(self, name: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            sub: Some(name),
            ..self
        }
    }

    /// Refuses `value` because `wanted` should be here.
    pub(super) fn expects(self, wanted: &str, value: &Value) -> Error {
        self.refuse(format!("expects {wanted}, found {}", found(value)))
    }

    /// Refuses the value here with `invalidValue`.
    pub(super) fn refuse(self, fault: impl fmt::Display) -> Error {
        Error::new(ErrorKind::InvalidValue, format!("{self} {fault}"))
    }

    /// Returns the path without the position in a list, which is how a schema names it.
    pub(super) fn attribute(self) -> String {
        Self {
            index: None,
            ..self
        }
        .to_string()
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(self.name)?;
        if let Some(index) = self.index {
            write!(f, "[{index}]")?;
        }
        self.sub.map_or(Ok(()), |sub| write!(f, ".{sub}"))
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {}", shown(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
