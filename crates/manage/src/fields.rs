//! Members of a JSON object, taken out one by one; every refusal names the place.

use serde_json::{Map, Value};

use crate::{Problem, ProblemKind, near::unknown};

/// Most characters of a name for people.
pub(crate) const NAME_CHARS_MAX: usize = 200;

/// The members of one object.
#[derive(Debug)]
pub(crate) struct Fields {
    members: Map<String, Value>,
    /// What a key is prefixed with: nothing, or `selections[2].`.
    place: String,
}

impl Fields {
    /// Takes the members of `value`.
    pub(crate) fn of(value: Value, place: &str) -> Result<Self, Problem> {
        match value {
            Value::Object(members) => Ok(Self {
                members,
                place: place.to_owned(),
            }),
            _ => Err(Problem::value(
                place.trim_end_matches('.'),
                "expected an object: {…}",
            )),
        }
    }

    /// Takes the members of `value`, none of which may be named otherwise than `keys`.
    pub(crate) fn known(value: Value, place: &str, keys: &[&str]) -> Result<Self, Problem> {
        let fields = Self::of(value, place)?;
        match fields
            .members
            .keys()
            .find(|name| !keys.contains(&name.as_str()))
        {
            None => Ok(fields),
            Some(name) => {
                let problem = unknown(ProblemKind::UnknownKey, "key", name, keys);
                let detail = format!("{}: {}", place.trim_end_matches('.'), problem.detail());
                Err(Problem::new(ProblemKind::UnknownKey, detail).at(format!("{place}{name}")))
            }
        }
    }

    /// Returns the full name of a key.
    pub(crate) fn place(&self, key: &str) -> String {
        format!("{}{key}", self.place)
    }

    /// Takes a text; absent and `null` are the same.
    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, Problem> {
        self.take(key, "expected a text", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// Takes a name for people: trimmed, 1 to 200 characters, none of them a control character.
    pub(crate) fn name(&mut self, key: &str) -> Result<Option<String>, Problem> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let name = text.trim();
        let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
        if fits && !name.chars().any(char::is_control) {
            return Ok(Some(name.to_owned()));
        }
        let expected = format!("expected 1 to {NAME_CHARS_MAX} characters, no control characters");
        Err(Problem::value(&self.place(key), expected))
    }

    /// Takes a boolean.
    pub(crate) fn flag(&mut self, key: &str) -> Result<Option<bool>, Problem> {
        self.take(key, "expected true or false", |value| value.as_bool())
    }

    /// Takes a whole number.
    pub(crate) fn number(&mut self, key: &str) -> Result<Option<u32>, Problem> {
        let small = |value: Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        self.take(key, "expected a whole number from 0 to 4294967295", small)
    }

    /// Takes a list.
    pub(crate) fn list(&mut self, key: &str) -> Result<Option<Vec<Value>>, Problem> {
        self.take(key, "expected a list: […]", |value| match value {
            Value::Array(list) => Some(list),
            _ => None,
        })
    }

    fn take<V>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl FnOnce(Value) -> Option<V>,
    ) -> Result<Option<V>, Problem> {
        match self.members.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match read(value) {
                Some(value) => Ok(Some(value)),
                None => Err(Problem::value(&self.place(key), expected)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        Fields::of(value, "selections[2].").unwrap()
    }

    #[test]
    fn absent_and_null_are_the_same() {
        let mut none = fields(json!({"kind": null}));
        assert_eq!(none.text("kind").unwrap(), None);
        assert_eq!(none.flag("paused").unwrap(), None);
    }

    #[test]
    fn a_refusal_names_the_place_and_what_is_expected() {
        #[track_caller]
        fn check<V>(taken: Result<V, Problem>, wanted: &str) {
            let problem = taken.err().unwrap();
            assert_eq!(problem.detail(), wanted);
            assert_eq!(problem.place(), wanted.split(": ").next());
        }
        let all = || fields(json!({"k": {}}));
        check(all().text("k"), "selections[2].k: expected a text");
        check(all().flag("k"), "selections[2].k: expected true or false");
        check(all().list("k"), "selections[2].k: expected a list: […]");
        let whole = "selections[2].k: expected a whole number from 0 to 4294967295";
        check(all().number("k"), whole);
        check(fields(json!({"k": -1})).number("k"), whole);
        let name = "selections[2].k: expected 1 to 200 characters, no control characters";
        for text in ["", "  ", "a\nb", &"x".repeat(201)] {
            check(fields(json!({"k": text})).name("k"), name);
        }
        check(
            Fields::of(json!(7), "selections[2].").map(|_| ()),
            "selections[2]: expected an object: {…}",
        );
    }

    #[test]
    fn a_key_nobody_knows_is_refused_with_its_place() {
        let problem =
            Fields::known(json!({"paussed": true}), "selections[0].", &["paused"]).unwrap_err();
        assert_eq!(problem.place(), Some("selections[0].paussed"));
        assert_eq!(
            problem.detail(),
            r#"selections[0]: there is no key "paussed"; did you mean paused?"#
        );
    }
}
