//! Ids which a case writes down, and those which the server under test made instead.

use serde_json::Value;

/// Maps the ids of a case to the server's own.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids(Vec<(String, String)>);

impl Ids {
    pub(super) fn learn(&mut self, written: &str, made: &str) {
        self.0.push((written.to_owned(), made.to_owned()));
    }

    /// Replaces ids anywhere in a text: a path, a query, a PATCH path, a `$ref`.
    ///
    /// Ids of the corpus are UUIDs, unique over all cases, so a replacement never hits other text.
    pub(super) fn rename_text(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (written, made)| {
                text.replace(written, made)
            })
    }

    /// Replaces ids in every string of a JSON value.
    pub(super) fn rename(&self, value: &mut Value) {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) => *text = self.rename_text(text),
                Value::Array(elements) => open.extend(elements),
                Value::Object(members) => open.extend(members.values_mut()),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids() -> Ids {
        let mut ids = Ids::default();
        ids.learn("d8027587-c168-5858-8a9a-35a0ceb32b45", "7");
        ids.learn("8f9839b8-8aac-506a-82eb-357eedbcf67d", "8");
        ids
    }

    #[test]
    fn ids_are_replaced_inside_paths_queries_and_patch_paths() {
        let rows = [
            ("/Users/d8027587-c168-5858-8a9a-35a0ceb32b45", "/Users/7"),
            (
                "filter=id+eq+%228f9839b8-8aac-506a-82eb-357eedbcf67d%22",
                "filter=id+eq+%228%22",
            ),
            (
                r#"members[value eq "d8027587-c168-5858-8a9a-35a0ceb32b45"]"#,
                r#"members[value eq "7"]"#,
            ),
            (
                "00000000-0000-4000-8000-00000000dead",
                "00000000-0000-4000-8000-00000000dead",
            ),
            ("", ""),
        ];
        for (text, wanted) in rows {
            assert_eq!(ids().rename_text(text), wanted);
        }
    }

    #[test]
    fn ids_are_replaced_in_every_string_and_nowhere_else() {
        let mut value = json!({
            "members": [{"value": "d8027587-c168-5858-8a9a-35a0ceb32b45"}, {"value": "other"}],
            "urn:x:User": {"manager": {"value": "8f9839b8-8aac-506a-82eb-357eedbcf67d"}},
            "active": true, "count": 7, "nothing": null
        });
        ids().rename(&mut value);
        assert_eq!(
            value,
            json!({
                "members": [{"value": "7"}, {"value": "other"}],
                "urn:x:User": {"manager": {"value": "8"}},
                "active": true, "count": 7, "nothing": null
            })
        );
    }
}
