//! A toy server: just enough SCIM for a few cases, and one fault of choice.

use std::sync::Mutex;

use enroll_conformance::corpus::{Answer, Exchange, Wire};
use serde_json::{Value, json};

/// What the toy does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// `remove members` with a value empties the group.
    EmptiesGroups,
    /// The second PATCH of a resource is a 409.
    RefusesRepeats,
    /// Adding a member twice makes two of it.
    DoublesMembers,
    /// DELETE answers 204 and deletes nothing.
    KeepsDeleted,
    /// DELETE answers with a body.
    TalksOnDelete,
    /// A second user of one name is created.
    AllowsDuplicates,
    /// A refused user is stored all the same.
    StoresRefused,
    /// Errors are plain text.
    PlainErrors,
    /// The media type is application/json.
    PlainJson,
    /// A create answers without the id.
    HidesId,
    /// Nothing can be created.
    RefusesCreates,
}

#[derive(Debug, Default)]
struct State {
    resources: Vec<(String, Value)>,
    patched: Vec<String>,
    seen: Vec<Exchange>,
}

#[derive(Debug)]
pub(crate) struct Toy {
    fault: Fault,
    state: Mutex<State>,
}

impl Toy {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            fault,
            state: Mutex::default(),
        }
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Exchange> {
        self.state.lock().unwrap().seen.clone()
    }

    fn answer(&self, exchange: &Exchange) -> Answer {
        let mut state = self.state.lock().unwrap();
        state.seen.push(exchange.clone());
        let body = serde_json::from_slice(&exchange.body).unwrap_or(Value::Null);
        let (kind, id) = match exchange.path[1..].split_once('/') {
            Some((kind, id)) => (kind, Some(id)),
            None => (&exchange.path[1..], None),
        };
        let known = |(found, resource): &(String, Value)| {
            found == kind && Some(resource["id"].as_str().unwrap()) == id
        };
        let at = state.resources.iter().position(known);
        match (exchange.method.as_str(), at) {
            ("POST", _) => self.create(&mut state, kind, body),
            ("GET", None) if id.is_none() => self.list(&state, kind, exchange.query.as_deref()),
            (_, None) => self.error(404, None),
            ("GET", Some(at)) => self.json(200, &state.resources[at].1),
            ("DELETE", Some(at)) => self.delete(&mut state, at),
            (_, Some(at)) => self.patch(&mut state, at, &body),
        }
    }

    fn create(&self, state: &mut State, kind: &str, mut body: Value) -> Answer {
        if self.fault == Fault::RefusesCreates {
            return self.error(400, Some("invalidValue"));
        }
        let name = if kind == "Users" {
            "userName"
        } else {
            "displayName"
        };
        let taken = state
            .resources
            .iter()
            .any(|(_, found)| found["userName"] == body["userName"]);
        let refused = match body[name].as_str() {
            None => Some((400, "invalidValue")),
            Some(_) if kind == "Users" && taken && self.fault != Fault::AllowsDuplicates => {
                Some((409, "uniqueness"))
            }
            Some(_) => None,
        };
        let id = format!("toy-{}", state.resources.len() + 1);
        body["id"] = Value::from(id);
        if refused.is_none() || self.fault == Fault::StoresRefused {
            state.resources.push((kind.to_owned(), body.clone()));
        }
        if self.fault == Fault::HidesId {
            body["id"] = Value::Null;
        }
        match refused {
            Some((status, scim_type)) => self.error(status, Some(scim_type)),
            None => self.json(201, &body),
        }
    }

    fn list(&self, state: &State, kind: &str, query: Option<&str>) -> Answer {
        let number = |name: &str, default: usize| {
            let mut pairs = query.unwrap_or_default().split('&');
            let value = pairs.find_map(|pair| pair.strip_prefix(name));
            value.map_or(default, |value| value.parse().unwrap())
        };
        let all = state.resources.iter().filter(|(found, _)| found == kind);
        // Pages of two, whatever is asked for: a server may.
        let page = all
            .clone()
            .skip(number("startIndex=", 1) - 1)
            .take(number("count=", 2).min(2));
        let resources: Vec<&Value> = page.map(|(_, resource)| resource).collect();
        self.json(
            200,
            &json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": all.count(), "Resources": resources
            }),
        )
    }

    fn delete(&self, state: &mut State, at: usize) -> Answer {
        if self.fault != Fault::KeepsDeleted {
            state.resources.remove(at);
        }
        match self.fault {
            Fault::TalksOnDelete => Answer {
                status: 204,
                headers: vec![],
                body: b"bye".to_vec(),
            },
            _ => Answer {
                status: 204,
                ..Answer::default()
            },
        }
    }

    fn patch(&self, state: &mut State, at: usize, body: &Value) -> Answer {
        let id = state.resources[at].1["id"].to_string();
        if self.fault == Fault::RefusesRepeats && state.patched.contains(&id) {
            return self.error(409, None);
        }
        state.patched.push(id);
        let resource = &mut state.resources[at].1;
        for operation in body["Operations"].as_array().unwrap() {
            let path = operation["path"].as_str().unwrap();
            if path == "active" {
                resource["active"] = json!(operation["value"] != "False");
                continue;
            }
            let mut members = resource["members"].as_array().cloned().unwrap_or_default();
            let listed = |member: &Value| match operation["value"].as_array() {
                Some(values) => values.iter().any(|value| value["value"] == member["value"]),
                None => path.contains(member["value"].as_str().unwrap()),
            };
            match operation["op"].as_str().unwrap().to_lowercase().as_str() {
                "remove" if self.fault == Fault::EmptiesGroups => members.clear(),
                "remove" => members.retain(|member| !listed(member)),
                _ => {
                    if self.fault != Fault::DoublesMembers {
                        members.retain(|member| !listed(member));
                    }
                    members.extend(operation["value"].as_array().unwrap().iter().cloned());
                }
            }
            resource["members"] = Value::from(members);
        }
        Answer {
            status: 204,
            ..Answer::default()
        }
    }

    fn error(&self, status: u16, scim_type: Option<&str>) -> Answer {
        if self.fault == Fault::PlainErrors {
            return Answer {
                status,
                headers: vec![],
                body: b"no".to_vec(),
            };
        }
        self.json(
            status,
            &json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": status.to_string(), "scimType": scim_type
            }),
        )
    }

    fn json(&self, status: u16, body: &Value) -> Answer {
        let media = match self.fault {
            Fault::PlainJson => "application/json",
            _ => "application/scim+json",
        };
        let headers = vec![("Content-Type".to_owned(), media.to_owned())];
        Answer {
            status,
            headers,
            body: body.to_string().into_bytes(),
        }
    }
}

impl Wire for Toy {
    async fn send(&self, exchange: Exchange) -> Answer {
        self.answer(&exchange)
    }

    fn token(&self) -> Option<&str> {
        Some("secret")
    }
}

/// Drives a future that never waits.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the toy never waits"),
    }
}
