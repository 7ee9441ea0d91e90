//! `members`, which become rows and not part of the document (RFC 7643 §4.2).

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{place::Place, read::Reader};
use crate::{AttrId, Error, ErrorKind, Mutability, Result, limits::LINKS_PER_REQUEST_MAX};

/// Most bytes of a link, as of any id it could name.
const LINK_BYTES_MAX: usize = 255;

impl Reader<'_> {
    /// Reads a list of links: their values in order, the first of equal ones.
    pub(super) fn links(
        &mut self,
        place: Place<'_>,
        id: AttrId,
        list: Value,
    ) -> Result<Vec<String>> {
        let list = match list {
            Value::Null => return Ok(Vec::new()),
            Value::Array(list) => list,
            other => return Err(place.expects("a list", &other)),
        };
        if list.len() > LINKS_PER_REQUEST_MAX {
            let detail =
                format!("a request names at most {LINKS_PER_REQUEST_MAX} {place}; send several");
            return Err(Error::new(ErrorKind::PayloadTooLarge, detail));
        }
        let (mut links, mut seen) = (Vec::with_capacity(list.len()), HashSet::new());
        for (index, element) in list.into_iter().enumerate() {
            let place = place.nth(index);
            let Value::Object(element) = element else {
                return Err(place.expects("an object with a value", &element));
            };
            let link = self.link(place, id, element)?;
            if seen.insert(link.clone()) {
                links.push(link);
            }
        }
        Ok(links)
    }

    fn link(
        &mut self,
        place: Place<'_>,
        id: AttrId,
        element: Map<String, Value>,
    ) -> Result<String> {
        let (mut link, mut reference) = (None, None);
        for (name, value) in element {
            let place = place.sub(&name);
            let known = self
                .kind
                .find_sub(id, &name)
                .and_then(|sub| self.kind.attribute(sub));
            match known {
                None => self.unknown(place)?,
                Some(known) if known.mutability == Mutability::ReadOnly => self.ignore(place),
                Some(_) if value.is_null() => {}
                Some(known) => {
                    super::simple::check(place, known, &value)?;
                    match (known.name.as_str(), value) {
                        ("value", Value::String(text)) => link = Some(text),
                        ("$ref", Value::String(text)) => reference = Some(text),
                        _ => {}
                    }
                }
            }
        }
        let Some(link) = link.filter(|link| !link.trim().is_empty()) else {
            return Err(place.refuse("expects a value: the id of the member"));
        };
        if link.len() > LINK_BYTES_MAX || link.chars().any(char::is_control) {
            return Err(place.sub("value").refuse("is no id"));
        }
        match reference {
            Some(reference) if names_another(&reference, &link) => Err(place
                .sub("$ref")
                .refuse("names another resource than value; leave it out")),
            _ => Ok(link),
        }
    }
}

/// Tells whether the last segment of `reference` is another id (decision 13).
fn names_another(reference: &str, link: &str) -> bool {
    let path = reference.split(['?', '#']).next().unwrap_or_default();
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    !last.is_empty() && last != link
}
