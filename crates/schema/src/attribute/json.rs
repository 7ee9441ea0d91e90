//! Definitions as `/Schemas` spells them (RFC 7643 §7).

use serde_json::{Map, Value, json};

use crate::{
    Attribute, Error, ErrorKind, Kind, Mutability, Result, Returned, Uniqueness, shown::shown,
};

impl Attribute {
    /// Returns the definition as `/Schemas` shows it (RFC 7643 §7).
    ///
    /// A characteristic is there where it means something: `caseExact` for text, `uniqueness` for
    /// text and numbers, `referenceTypes` for references.
    pub fn to_json(&self) -> Value {
        let mut shown = Map::new();
        let mut show = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        show("name", json!(self.name.as_str()));
        show("type", json!(self.kind.as_str()));
        show("multiValued", json!(self.multi));
        show("description", json!(self.description));
        show("required", json!(self.required));
        show("mutability", json!(self.mutability.as_str()));
        show("returned", json!(self.returned.as_str()));
        if matches!(self.kind, Kind::String | Kind::Reference | Kind::Binary) {
            show("caseExact", json!(self.case_exact));
        }
        if matches!(
            self.kind,
            Kind::String | Kind::Reference | Kind::Integer | Kind::Decimal
        ) {
            show("uniqueness", json!(self.uniqueness.as_str()));
        }
        if self.kind == Kind::Reference {
            show("referenceTypes", json!(self.reference_types));
        }
        if !self.canonical_values.is_empty() {
            show("canonicalValues", json!(self.canonical_values));
        }
        if !self.sub.is_empty() {
            show(
                "subAttributes",
                self.sub.iter().map(Self::to_json).collect(),
            );
        }
        Value::Object(shown)
    }

    /// Reads a definition as `/Schemas` shows it; what it leaves out is [`Attribute::new`]'s.
    ///
    /// ```
    /// use enroll_schema::{Attribute, Kind};
    ///
    /// let badge = Attribute::from_json(&serde_json::json!({ "name": "badge", "multiValued": true }))?;
    /// assert_eq!((badge.kind, badge.multi, badge.case_exact), (Kind::String, true, false));
    /// # Ok::<(), enroll_schema::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalidValue` for a characteristic that is no word of RFC 7643, and for what
    /// [`Attribute::check`] refuses.
    pub fn from_json(definition: &Value) -> Result<Self> {
        let mut attribute = one(definition)?;
        if let Some(list) = definition.get("subAttributes") {
            let Value::Array(list) = list else {
                return Err(bad("subAttributes must be a list of attributes"));
            };
            attribute.sub = list.iter().map(one).collect::<Result<_>>()?;
        }
        attribute.check().map(|()| attribute)
    }

    /// Checks that the definition can be part of a schema.
    ///
    /// # Errors
    /// `invalidValue` for a name that is none (RFC 7643 §2.1; `$ref` excepted, erratum 8924), a
    /// complex attribute without sub-attributes or with complex ones (§2.3.8), and sub-attributes
    /// that are named twice or stand below a simple one.
    pub fn check(&self) -> Result<()> {
        let name = self.name.as_str();
        let is_name = |name: &str| {
            let part = |c: char| c.is_ascii_alphanumeric() || "-_$".contains(c);
            name == "$ref"
                || (name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(part))
        };
        let all = std::iter::once(self).chain(&self.sub);
        if let Some(other) = all.map(|a| a.name.as_str()).find(|name| !is_name(name)) {
            return Err(bad(format!("{} is no attribute name", shown(other))));
        }
        if (self.kind == Kind::Complex) == self.sub.is_empty() {
            let detail = format!("{name}: a complex attribute, and no other, has sub-attributes");
            return Err(bad(detail));
        }
        if self
            .sub
            .iter()
            .any(|sub| sub.kind == Kind::Complex || !sub.sub.is_empty())
        {
            return Err(bad(format!("{name}: a sub-attribute cannot be complex")));
        }
        let mut names: Vec<_> = self.sub.iter().map(|sub| &sub.name).collect();
        names.sort();
        match names.array_windows().find(|[one, next]| one == next) {
            Some([twice, _]) => Err(bad(format!("{name}.{twice} is defined twice"))),
            None => Ok(()),
        }
    }
}

fn one(definition: &Value) -> Result<Attribute> {
    let Some(members) = definition.as_object() else {
        return Err(bad("an attribute definition must be an object"));
    };
    let Some(name) = members.get("name").and_then(Value::as_str) else {
        return Err(bad("an attribute definition must have a name"));
    };
    let plain = Attribute::new(
        name,
        word(members, "type", Kind::from_word)?.unwrap_or(Kind::String),
    );
    Ok(Attribute {
        multi: flag(members, "multiValued")?.unwrap_or(plain.multi),
        required: flag(members, "required")?.unwrap_or(plain.required),
        case_exact: flag(members, "caseExact")?.unwrap_or(plain.case_exact),
        mutability: word(members, "mutability", Mutability::from_word)?.unwrap_or(plain.mutability),
        returned: word(members, "returned", Returned::from_word)?.unwrap_or(plain.returned),
        uniqueness: word(members, "uniqueness", Uniqueness::from_word)?.unwrap_or(plain.uniqueness),
        reference_types: texts(members, "referenceTypes")?,
        canonical_values: texts(members, "canonicalValues")?,
        description: text(members, "description")?.unwrap_or_default().to_owned(),
        ..plain
    })
}

type Members = Map<String, Value>;

fn word<T>(members: &Members, name: &str, read: fn(&str) -> Option<T>) -> Result<Option<T>> {
    let Some(word) = text(members, name)? else {
        return Ok(None);
    };
    read(word)
        .map(Some)
        .ok_or_else(|| bad(format!("{name} {} is not in RFC 7643", shown(word))))
}

fn text<'a>(members: &'a Members, name: &str) -> Result<Option<&'a str>> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(format!("{name} must be a text"))),
    }
}

fn flag(members: &Members, name: &str) -> Result<Option<bool>> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(bad(format!("{name} must be true or false"))),
    }
}

fn texts(members: &Members, name: &str) -> Result<Vec<String>> {
    let Some(list) = members.get(name) else {
        return Ok(Vec::new());
    };
    let texts = list
        .as_array()
        .map(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    match texts {
        Some(Some(texts)) => Ok(texts.into_iter().map(str::to_owned).collect()),
        _ => Err(bad(format!("{name} must be a list of texts"))),
    }
}

fn bad(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidValue, detail)
}

macro_rules! spelled {
    ($type:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl $type {
            /// Returns the word of RFC 7643.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Reads the word of RFC 7643; letter case counts.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

spelled!(Kind {
    String = "string",
    Boolean = "boolean",
    Decimal = "decimal",
    Integer = "integer",
    DateTime = "dateTime",
    Binary = "binary",
    Reference = "reference",
    Complex = "complex",
});
spelled!(Mutability {
    ReadOnly = "readOnly",
    ReadWrite = "readWrite",
    Immutable = "immutable",
    WriteOnly = "writeOnly",
});
spelled!(Returned {
    Always = "always",
    Never = "never",
    Default = "default",
    Request = "request",
});
spelled!(Uniqueness { None = "none", Server = "server", Global = "global" });
