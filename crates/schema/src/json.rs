//! The only door for JSON.
//!
//! One pass over the text, by serde_json's parser, with a visitor that refuses what JSON permits and
//! an identity system must not: a member named twice, a text that two readers could read two ways.
//!
//! ```
//! use enroll_schema::{ErrorKind, json};
//!
//! assert_eq!(json::parse(br#"{"active":true}"#)?["active"], true);
//! let twice = json::parse(br#"{"active":true,"Active":false}"#).unwrap_err();
//! assert_eq!(twice.kind(), ErrorKind::InvalidSyntax);
//! # Ok::<(), enroll_schema::Error>(())
//! ```

mod numbers;

use std::{cell::Cell, collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::{
    Error, ErrorKind, Result,
    limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX},
    shown::shown,
};

/// Reads JSON text.
///
/// # Errors
/// `invalidSyntax`, with the place, for what is not JSON, for a member named twice in one object
/// (letter case ignored, threat C9), for more than [`JSON_DEPTH_MAX`] levels, and for lone
/// surrogates. `invalidValue` for numbers that neither fit 64 bits nor survive as `f64`
/// (decision 57) and for U+0000. `PayloadTooLarge` for more than [`JSON_VALUES_MAX`] values.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    let state = State::default();
    let mut text = serde_json::Deserializer::from_slice(bytes);
    let value = Node {
        state: &state,
        depth: 1,
    }
    .deserialize(&mut text)
    .and_then(|value| text.end().map(|()| value))
    .map_err(|broken| refusal(bytes, &state, broken))?;
    if state.fractions.get() {
        numbers::check(bytes)?;
    }
    Ok(value)
}

/// What the visitors of one text share.
struct State {
    kind: Cell<ErrorKind>,
    values: Cell<usize>,
    fractions: Cell<bool>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            kind: Cell::new(ErrorKind::InvalidSyntax),
            values: Cell::new(0),
            fractions: Cell::new(false),
        }
    }
}

impl State {
    fn refuse<E: de::Error>(&self, kind: ErrorKind, detail: impl fmt::Display) -> E {
        self.kind.set(kind);
        E::custom(detail)
    }

    fn count<E: de::Error>(&self) -> Result<(), E> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > JSON_VALUES_MAX {
            let detail = format!("a body holds at most {JSON_VALUES_MAX} values; send fewer");
            return Err(self.refuse(ErrorKind::PayloadTooLarge, detail));
        }
        Ok(())
    }

    fn text<E: de::Error>(&self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(self.refuse(ErrorKind::InvalidValue, "a text must not hold U+0000"));
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Node<'a> {
    state: &'a State,
    depth: usize,
}

impl Node<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth > JSON_DEPTH_MAX {
            let detail = format!("JSON nests at most {JSON_DEPTH_MAX} levels");
            return Err(self.state.refuse(ErrorKind::InvalidSyntax, detail));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, text: D) -> Result<Value, D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        self.state.count()?;
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        self.state.count()?;
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        self.state.count()?;
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        self.state.count()?;
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        self.state.count()?;
        self.state.fractions.set(true);
        // JSON has no way to write what `from_f64` refuses.
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        self.state.count()?;
        self.state.text(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.state.count()?;
        let node = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(node)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        self.state.count()?;
        let node = self.deeper()?;
        let (mut map, mut names) = (Map::new(), Names::default());
        while let Some(name) = object.next_key::<String>()? {
            self.state.text(&name)?;
            if !names.add(&map, &name) {
                let detail = format!("an object names {} twice; name it once", shown(&name));
                return Err(self.state.refuse(ErrorKind::InvalidSyntax, detail));
            }
            let value = object.next_value_seed(node)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

/// The names of one object, letter case ignored; most objects are small and need no set.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// Tells whether `name` is new among those of `map`.
    fn add(&mut self, map: &Map<String, Value>, name: &str) -> bool {
        if map.len() < SMALL_OBJECT {
            return !map.keys().any(|known| known.eq_ignore_ascii_case(name));
        }
        if self.0.is_empty() {
            self.0
                .extend(map.keys().map(|known| known.to_ascii_lowercase()));
        }
        self.0.insert(name.to_ascii_lowercase())
    }
}

const SMALL_OBJECT: usize = 16;

fn refusal(bytes: &[u8], state: &State, broken: serde_json::Error) -> Error {
    let said = broken.to_string();
    let (kind, detail) = match broken.classify() {
        _ if bytes.is_empty() => (state.kind.get(), "the body is empty; send JSON".to_owned()),
        _ if bytes.starts_with(BYTE_ORDER_MARK) => (
            state.kind.get(),
            "JSON starts without a byte order mark; leave it out".to_owned(),
        ),
        serde_json::error::Category::Data => (state.kind.get(), said),
        _ if said.starts_with("number out of range") => (
            ErrorKind::InvalidValue,
            format!("{said}; send a number that fits 64 bits"),
        ),
        _ => (state.kind.get(), format!("not valid JSON: {said}")),
    };
    Error::new(kind, detail).because(broken)
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
