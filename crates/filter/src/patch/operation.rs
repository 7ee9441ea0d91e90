//! The message: `schemas`, `Operations`, and the form of each operation (patch-semantics §1).

use enroll_schema::{Error, ErrorKind, Result, limits::OPERATIONS_MAX, urns};
use serde_json::{Map, Value};

use super::{Patch, PatchError};

/// One operation as sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) op: Verb,
    pub(crate) path: Option<String>,
    pub(crate) value: Option<Value>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Add,
    Remove,
    Replace,
}

const VERBS: [(&str, Verb); 3] = [
    ("add", Verb::Add),
    ("remove", Verb::Remove),
    ("replace", Verb::Replace),
];

impl Patch {
    /// Reads the message: `schemas`, `Operations`, and the form of each operation
    /// (patch-semantics §1).
    ///
    /// Names of members and operations are taken in any letter case; a `path` that is `null` is
    /// none (RFC 7643 §2.5).
    ///
    /// `lenient`: an empty `Operations` is a no-op (decision 52).
    ///
    /// # Errors
    /// `invalidSyntax` with the operation's index; 413 for more than [`OPERATIONS_MAX`] operations.
    pub fn read(body: Value, lenient: bool) -> Result<Self> {
        let Value::Object(mut body) = body else {
            return Err(syntax("the body must be a PatchOp message, a JSON object"));
        };
        if !is_patch_op(take(&mut body, "schemas").as_ref()) {
            return Err(syntax(&format!(
                "the body must have \"schemas\": [\"{}\"]",
                urns::PATCH_OP
            )));
        }
        let Some(Value::Array(list)) = take(&mut body, "Operations") else {
            return Err(syntax("the body must have Operations, a list"));
        };
        if list.is_empty() && !lenient {
            return Err(syntax("Operations must hold at least one operation"));
        }
        if list.len() > OPERATIONS_MAX {
            let detail = format!("a PATCH holds at most {OPERATIONS_MAX} operations; send several");
            return Err(Error::new(ErrorKind::PayloadTooLarge, detail));
        }
        let each = list.into_iter().enumerate();
        let operations = each.map(|(index, value)| {
            operation(value).map_err(|error| PatchError::at(index, &error).into())
        });
        Ok(Self {
            operations: operations.collect::<Result<_>>()?,
        })
    }
}

fn operation(value: Value) -> Result<Operation> {
    let Value::Object(mut members) = value else {
        return Err(syntax("an operation must be an object"));
    };
    let word = take(&mut members, "op");
    let known = |word: &str| {
        VERBS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(word))
    };
    let Some((_, op)) = word.as_ref().and_then(Value::as_str).and_then(known) else {
        return Err(syntax("op must be add, remove or replace"));
    };
    let path = match take(&mut members, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => return Err(syntax("path must be a text")),
    };
    let value = take(&mut members, "value");
    if value.is_none() && *op != Verb::Remove {
        return Err(syntax("add and replace must have a value"));
    }
    Ok(Operation {
        op: *op,
        path,
        value,
    })
}

fn is_patch_op(schemas: Option<&Value>) -> bool {
    let Some(Value::Array(list)) = schemas else {
        return false;
    };
    let [Value::String(urn)] = list.as_slice() else {
        return false;
    };
    urn.eq_ignore_ascii_case(urns::PATCH_OP)
}

fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    members.remove(name).or_else(|| {
        let other = members
            .keys()
            .find(|key| key.eq_ignore_ascii_case(name))?
            .clone();
        members.remove(&other)
    })
}

fn syntax(detail: &str) -> Error {
    Error::new(ErrorKind::InvalidSyntax, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(body: &Value, lenient: bool, wanted: Result<usize, &str>) {
        let read = Patch::read(body.clone(), lenient);
        let found = read.as_ref().map(|patch| patch.operations.len());
        let found = found.map_err(|error| {
            let detail = format!("{} {}", error.status(), error.detail());
            if detail.contains("schemas") {
                "schemas".to_owned()
            } else {
                detail
            }
        });
        assert_eq!(
            found.as_ref().map_err(String::as_str),
            wanted.as_ref().map_err(|e| *e),
            "{body}"
        );
    }

    fn message(operations: &Value) -> Value {
        json!({ "schemas": [urns::PATCH_OP], "Operations": operations })
    }

    #[test]
    fn only_a_message_of_the_right_form_is_read() {
        let title = json!({"op": "add", "path": "title", "value": null});
        check(&message(&json!([title])), false, Ok(1));
        check(
            &json!({"SCHEMAS": [urns::PATCH_OP.to_uppercase()], "operations": [
                {"OP": "Remove", "Path": "title", "VALUE": 1},
                {"op": "REPLACE", "path": null, "value": {}},
            ]}),
            false,
            Ok(2),
        );
        check(&message(&json!([])), true, Ok(0));
        check(
            &message(&json!([])),
            false,
            Err("400 Operations must hold at least one operation"),
        );
        check(
            &json!([]),
            true,
            Err("400 the body must be a PatchOp message, a JSON object"),
        );
        check(
            &message(&json!({})),
            true,
            Err("400 the body must have Operations, a list"),
        );
        check(
            &json!({"schemas": [urns::PATCH_OP]}),
            true,
            Err("400 the body must have Operations, a list"),
        );
        for schemas in [
            json!([]),
            json!(urns::PATCH_OP),
            json!([urns::USER]),
            json!([1]),
            json!(null),
        ] {
            check(
                &json!({"schemas": schemas, "Operations": [title]}),
                true,
                Err("schemas"),
            );
        }
        check(&json!({"Operations": [title]}), true, Err("schemas"));
    }

    #[test]
    fn a_faulty_operation_is_named() {
        let rows = [
            (json!(1), "an operation must be an object"),
            (
                json!({"path": "title"}),
                "op must be add, remove or replace",
            ),
            (
                json!({"op": "move", "path": "title"}),
                "op must be add, remove or replace",
            ),
            (json!({"op": ["add"]}), "op must be add, remove or replace"),
            (json!({"op": "remove", "path": 1}), "path must be a text"),
            (
                json!({"op": "add", "path": "title"}),
                "add and replace must have a value",
            ),
        ];
        for (operation, fault) in rows {
            let good = json!({"op": "remove", "path": "title"});
            let wanted = format!("400 Operations[1]: {fault}");
            check(&message(&json!([good, operation])), false, Err(&wanted));
        }
    }

    #[test]
    fn too_many_operations_are_refused_as_a_whole() {
        let many = |count| message(&vec![json!({"op": "remove", "path": "title"}); count].into());
        check(&many(OPERATIONS_MAX), false, Ok(OPERATIONS_MAX));
        let wanted = "413 a PATCH holds at most 1000 operations; send several";
        check(&many(OPERATIONS_MAX + 1), false, Err(wanted));
    }
}
