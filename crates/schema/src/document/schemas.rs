//! What the `schemas` of a body says (RFC 7643 §3, §3.3).

use serde_json::Value;

use super::{Mode, read::Reader};
use crate::{Error, ErrorKind, Result, Urn, shown::shown};

/// The start of every message's URN (RFC 7644 §3.1).
const MESSAGES: &str = "urn:ietf:params:scim:api:messages:";

impl Reader<'_> {
    /// Checks that `schemas` names the type; returns the extensions it names.
    ///
    /// Order, letter case and repetition do not count. URIs that are none of the type's are ignored,
    /// since providers send their own (ENTRA-15, ENTRA-44), but for [`Mode::Strict`].
    pub(super) fn schemas(&self, value: Option<Value>) -> Result<Vec<Urn>> {
        let base = self.kind.schema();
        let (mut is_named, mut extensions) = (false, Vec::new());
        for urn in self.list_of_schemas(value)? {
            let at = self.kind.container(&urn);
            if let Some(extension) = at.and_then(|at| self.kind.extensions().get(at)) {
                if !extensions.contains(&extension.urn) {
                    extensions.push(extension.urn.clone());
                }
            } else if base.is(&urn) {
                is_named = true;
            } else {
                self.foreign(&urn)?;
            }
        }
        if is_named {
            return Ok(extensions);
        }
        Err(Error::new(
            ErrorKind::InvalidValue,
            format!("schemas must name {base}"),
        ))
    }

    fn list_of_schemas(&self, value: Option<Value>) -> Result<Vec<String>> {
        let syntax = |detail: String| Error::new(ErrorKind::InvalidSyntax, detail);
        let list = match value {
            Some(Value::Array(list)) if !list.is_empty() => list,
            Some(Value::Array(_) | Value::Null) | None => {
                let base = self.kind.schema();
                return Err(syntax(format!(
                    "the body must have \"schemas\": [\"{base}\"]"
                )));
            }
            Some(_) => return Err(syntax("schemas must be a list of URIs".to_owned())),
        };
        let texts = list.into_iter().map(|urn| match urn {
            Value::String(urn) => Ok(urn),
            _ => Err(syntax(
                "schemas must be a list of URIs, as texts".to_owned(),
            )),
        });
        texts.collect()
    }

    /// Refuses the URI of a message (decision 37), and in strict mode any that is not the type's.
    fn foreign(&self, urn: &str) -> Result<()> {
        let base = self.kind.schema();
        if urn.to_ascii_lowercase().starts_with(MESSAGES) {
            let detail = format!(
                "{} is a message; a resource of {base} is wanted",
                shown(urn)
            );
            return Err(Error::new(ErrorKind::InvalidSyntax, detail));
        }
        if self.mode == Mode::Strict {
            let detail = format!("schemas names {}, no schema of this type", shown(urn));
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        }
        Ok(())
    }
}
