//! PATCH, as far as the providers use it, in all their spellings.

use serde_json::{Value, json};

use super::{ENTERPRISE, Fault, Group};

type Done = Result<(), (u16, &'static str)>;

/// Reads a boolean, also as text in any case (ENTRA-29), unless that is the fault.
pub(super) fn boolean(
    value: Option<&Value>,
    now: bool,
    fault: Fault,
) -> Result<bool, (u16, &'static str)> {
    match value {
        None => Ok(now),
        Some(Value::Bool(active)) => Ok(*active),
        Some(Value::String(_)) if fault == Fault::TextFalseIgnored => Ok(now),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err((400, "active is no boolean")),
    }
}

pub(super) fn member_ids(members: &Value) -> Vec<String> {
    let members = members.as_array().map(Vec::as_slice).unwrap_or_default();
    members
        .iter()
        .map(|member| member["value"].as_str().unwrap().to_owned())
        .collect()
}

/// One operation: op in lower case, path, value.
type Operation<'a> = (String, &'a str, &'a Value);

fn operations(body: &Value) -> Result<Vec<Operation<'_>>, (u16, &'static str)> {
    let operations = body["Operations"]
        .as_array()
        .ok_or((400, "no Operations"))?;
    let read = |operation: &'_ Value| operation["op"].as_str().unwrap_or_default().to_lowercase();
    Ok(operations
        .iter()
        .map(|one| {
            (
                read(one),
                one["path"].as_str().unwrap_or_default(),
                &one["value"],
            )
        })
        .collect())
}

/// Applies a PATCH to a user: add and replace only, for nothing else is sent.
pub(super) fn user(user: &mut Value, body: &Value, fault: Fault) -> Done {
    for (op, path, value) in operations(body)? {
        if !matches!(op.as_str(), "add" | "replace") {
            return Err((400, "no such operation on a user"));
        }
        if path.is_empty() {
            for (key, value) in value.as_object().ok_or((400, "no value"))? {
                set(user, key, value, fault)?;
            }
        } else {
            set(user, path, value, fault)?;
        }
    }
    Ok(())
}

fn set(user: &mut Value, path: &str, value: &Value, fault: Fault) -> Done {
    // A list of one is that one, where there can be only one (KC-02).
    let value = match value.as_array().map(Vec::as_slice) {
        Some([one]) if path != "emails" => one,
        _ => value,
    };
    if let Some(name) = path.strip_prefix(ENTERPRISE) {
        user[ENTERPRISE][name.trim_start_matches(':')] = value.clone();
    } else if let Some((list, rest)) = path.split_once('[') {
        let (filter, sub) = rest.split_once("].").ok_or((400, "invalidPath"))?;
        let wanted = filter
            .strip_prefix("type eq ")
            .ok_or((400, "invalidPath"))?;
        let wanted: Value = serde_json::from_str(wanted).map_err(|_| (400, "invalidPath"))?;
        let mut elements = user[list].as_array().cloned().unwrap_or_default();
        let appended = fault == Fault::AddressAppended && list == "emails";
        match elements
            .iter_mut()
            .find(|one| one["type"] == wanted && !appended)
        {
            Some(element) => element[sub] = value.clone(),
            None => elements.push(json!({ "type": wanted, sub: value })),
        }
        user[list] = elements.into();
    } else if path == "active" {
        let now = user["active"] == true;
        user["active"] = boolean(Some(value), now, fault)?.into();
    } else if let Some((parent, sub)) = path.split_once('.') {
        user[parent][sub] = value.clone();
    } else {
        user[path] = value.clone();
    }
    Ok(())
}

/// Applies a PATCH to a group.
pub(super) fn group(group: &mut Group, body: &Value, fault: Fault) -> Done {
    for (op, path, value) in operations(body)? {
        match (op.as_str(), path) {
            ("replace", "") => {
                // The read-only id is ignored (OKTA-16).
                let name = value["displayName"]
                    .as_str()
                    .ok_or((400, "no displayName"))?;
                name.clone_into(&mut group.display_name);
            }
            ("replace", "members") => group.members = member_ids(value),
            ("replace", "externalId") => group.external_id = value.as_str().map(str::to_owned),
            ("replace", "displayName") => {
                let name = value.as_str().ok_or((400, "no displayName"))?;
                name.clone_into(&mut group.display_name);
            }
            ("add", "members") => {
                for id in member_ids(value) {
                    if !group.members.contains(&id) {
                        group.members.push(id);
                    }
                }
            }
            ("remove", _) if fault == Fault::RemovalNotStored => {}
            ("remove", "members") if value.is_null() => group.members.clear(),
            ("remove", "members") if fault == Fault::RemoveEmptiesGroup => group.members.clear(),
            ("remove", "members") => {
                let gone = member_ids(value);
                group.members.retain(|member| !gone.contains(member));
            }
            ("remove", path) => {
                let filter = path
                    .strip_prefix("members[value eq ")
                    .and_then(|p| p.strip_suffix(']'));
                let id: String = serde_json::from_str(filter.ok_or((400, "invalidPath"))?)
                    .map_err(|_| (400, "invalidPath"))?;
                group.members.retain(|member| *member != id);
            }
            _ => return Err((400, "no such operation on a group")),
        }
    }
    Ok(())
}
