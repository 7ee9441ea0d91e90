//! Plays one case: puts `given` in, sends the request, compares.

use serde_json::Value;

use super::case::{After, Case, Expect, Given, Kind, Request, Which};
use super::ids::Ids;
use super::pattern::{Difference, Pattern};
use super::wire::{Answer, Exchange, Mismatch, Wire};

/// Plays one case against an empty tenant.
///
/// `given` is created by POST, users before groups and what is referred to before what refers to it;
/// the ids which the server made take the place of the written ones everywhere. A PATCH or PUT of
/// memberships or of `active` is sent a second time and must change nothing.
///
/// # Errors
/// The first [`Mismatch`].
pub async fn run(case: &Case, wire: &impl Wire) -> Result<(), Mismatch> {
    play(case, wire)
        .await
        .map_err(|(step, difference)| Mismatch {
            case: case.id.clone(),
            step,
            difference,
        })
}

/// A step that failed, and how.
type Failed = (String, Difference);

async fn play(case: &Case, wire: &impl Wire) -> Result<(), Failed> {
    let ids = put_in(&case.given, wire).await?;
    let mut case = case.clone();
    case.rename(&ids);
    let answer = wire.send(exchange(&case.request, wire.token())).await;
    check_answer(&case.expect, &answer)?;
    if let (Some(wanted), Some(found)) = (&case.expect.quirks, wire.quirks().await)
        && *wanted != found
    {
        let wanted = format!("{wanted:?}");
        return Err(failed("quirks", "", &wanted, &Value::from(found)));
    }
    check_state(&case.expect, wire).await?;
    if case.is_repeatable() && is_success(answer.status) {
        let again = wire.send(exchange(&case.request, wire.token())).await;
        if !is_success(again.status) {
            return Err(status_differs(
                "the same request again",
                "a status of 2xx",
                &again,
            ));
        }
        check_state(&case.expect, wire)
            .await
            .map_err(|(step, difference)| {
                (
                    format!("{step} when the request came a second time"),
                    difference,
                )
            })?;
    }
    Ok(())
}

async fn put_in(given: &[Given], wire: &impl Wire) -> Result<Ids, Failed> {
    let mut ids = Ids::default();
    for given in in_order(given) {
        let written = written_id(given);
        let mut resource = given.resource.clone();
        if let Value::Object(members) = &mut resource {
            members.retain(|name, _| !SET_BY_SERVERS.contains(&name.as_str()));
        }
        ids.rename(&mut resource);
        let post = Request {
            method: "POST".to_owned(),
            path: given.resource_type.endpoint().to_owned(),
            query: None,
            headers: [(
                "Content-Type".to_owned(),
                "application/scim+json".to_owned(),
            )]
            .into(),
            body: Some(resource),
            raw_body: None,
        };
        let answer = wire.send(exchange(&post, wire.token())).await;
        let step = format!("given {:?} {written}", given.resource_type);
        if answer.status != 201 {
            return Err(status_differs(&step, "status 201", &answer));
        }
        let body = json_of(&answer, &step)?;
        let made = body.get("id").and_then(Value::as_str).ok_or_else(|| {
            failed(
                &step,
                "/id",
                "a string",
                body.get("id").unwrap_or(&Value::Null),
            )
        })?;
        ids.learn(written, made);
    }
    Ok(ids)
}

/// Orders resources so that what is named by another comes first; of a circle, the first written.
fn in_order(given: &[Given]) -> Vec<&Given> {
    let mut waiting: Vec<&Given> = given.iter().collect();
    waiting.sort_by_key(|given| given.resource_type);
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|given| {
            let text = given.resource.to_string();
            waiting
                .iter()
                .all(|other| std::ptr::eq(*other, *given) || !text.contains(written_id(other)))
        });
        ordered.push(waiting.remove(ready.unwrap_or_default()));
    }
    ordered
}

fn written_id(given: &Given) -> &str {
    given
        .resource
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or("(without an id)")
}

fn exchange(request: &Request, token: Option<&str>) -> Exchange {
    let mut headers: Vec<(String, String)> = request
        .headers
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let authorized = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    if let (Some(token), false) = (token, authorized) {
        headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
    }
    let body = match (&request.body, &request.raw_body) {
        (Some(body), _) => body.to_string(),
        (None, raw) => raw.clone().unwrap_or_default(),
    };
    Exchange {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers,
        body: body.into_bytes(),
    }
}

fn check_answer(expect: &Expect, answer: &Answer) -> Result<(), Failed> {
    if answer.status != expect.status && !expect.status_also.contains(&answer.status) {
        let also = expect
            .status_also
            .iter()
            .map(|status| format!(" or {status}"));
        let wanted = format!("status {}{}", expect.status, also.collect::<String>());
        return Err(status_differs("status", &wanted, answer));
    }
    for (name, pattern) in &expect.headers {
        let found = answer
            .headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name));
        let found = found.map(|(_, value)| Value::from(value.as_str()));
        check(pattern, found.as_ref(), &format!("header {name}"))?;
    }
    let text = String::from_utf8_lossy(&answer.body);
    match &expect.body {
        _ if expect.body_empty && !text.is_empty() => {
            Err(failed("body", "", "no body", &Value::from(text.as_ref())))
        }
        Some(_) if text.is_empty() && answer.status == NO_CONTENT => Ok(()),
        Some(pattern) => check(pattern, Some(&json_of(answer, "body")?), "body"),
        None => Ok(()),
    }
}

async fn check_state(expect: &Expect, wire: &impl Wire) -> Result<(), Failed> {
    for (index, after) in expect.after.iter().enumerate() {
        let step = format!("after[{index}]");
        let found = look_up(after, wire, &step).await?;
        check(&after.pattern, Some(&found), &step)?;
    }
    for gone in &expect.gone {
        let answer = get(
            wire,
            &format!("{}/{}", gone.resource_type.endpoint(), gone.id),
            None,
        )
        .await;
        if answer.status != NOT_FOUND {
            return Err(status_differs(
                &format!("gone {}", gone.id),
                "status 404",
                &answer,
            ));
        }
    }
    for (&kind, &wanted) in &expect.count {
        let step = format!("count of {kind:?}");
        let list = list(wire, kind, "startIndex=1&count=0", &step).await?;
        let found = list.get("totalResults").unwrap_or(&Value::Null);
        if found.as_u64() != Some(wanted) {
            return Err(failed(&step, "/totalResults", &wanted.to_string(), found));
        }
    }
    Ok(())
}

async fn look_up(after: &After, wire: &impl Wire, step: &str) -> Result<Value, Failed> {
    let id = match &after.which {
        Which::Id(id) => id.clone(),
        Which::Find(pattern) => find(wire, after.resource_type, pattern, step).await?,
    };
    let answer = get(
        wire,
        &format!("{}/{id}", after.resource_type.endpoint()),
        None,
    )
    .await;
    match answer.status {
        200 => json_of(&answer, step),
        _ => Err(status_differs(step, "status 200", &answer)),
    }
}

/// Finds the id of the only resource which matches, by reading the whole list.
async fn find(
    wire: &impl Wire,
    kind: Kind,
    pattern: &Pattern,
    step: &str,
) -> Result<String, Failed> {
    let mut matching = Vec::new();
    let mut seen = 0;
    loop {
        let query = format!("startIndex={}&count=100", seen + 1);
        let page = list(wire, kind, &query, step).await?;
        let resources = page
            .get("Resources")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        matching.extend(
            resources
                .iter()
                .filter(|found| pattern.check(Some(found)).is_ok())
                .cloned(),
        );
        seen += resources.len() as u64;
        let total = page
            .get("totalResults")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        if resources.is_empty() || seen >= total {
            break;
        }
    }
    let id = |found: &Value| found.get("id").and_then(Value::as_str).map(str::to_owned);
    let wanted = format!(
        "one resource with an id which matches {}",
        Value::from(pattern.clone())
    );
    match matching.as_slice() {
        [only] => id(only).ok_or_else(|| failed(step, "/Resources", &wanted, only)),
        several => Err(failed(step, "/Resources", &wanted, &Value::from(several))),
    }
}

async fn list(wire: &impl Wire, kind: Kind, query: &str, step: &str) -> Result<Value, Failed> {
    let answer = get(wire, kind.endpoint(), Some(query)).await;
    match answer.status {
        200 => json_of(&answer, step),
        _ => Err(status_differs(step, "status 200 of the list", &answer)),
    }
}

async fn get(wire: &impl Wire, path: &str, query: Option<&str>) -> Answer {
    let request = Request {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        headers: [("Accept".to_owned(), "application/scim+json".to_owned())].into(),
        body: None,
        raw_body: None,
    };
    wire.send(exchange(&request, wire.token())).await
}

fn check(pattern: &Pattern, found: Option<&Value>, step: &str) -> Result<(), Failed> {
    pattern
        .check(found)
        .map_err(|difference| (step.to_owned(), difference))
}

fn json_of(answer: &Answer, step: &str) -> Result<Value, Failed> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let text = String::from_utf8_lossy(&answer.body);
        failed(
            step,
            "",
            &format!("JSON ({error})"),
            &Value::from(text.as_ref()),
        )
    })
}

fn status_differs(step: &str, wanted: &str, answer: &Answer) -> Failed {
    let found = format!(
        "status {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    let found = found.trim_end().to_owned();
    (
        step.to_owned(),
        Difference {
            at: String::new(),
            wanted: wanted.to_owned(),
            found,
        },
    )
}

fn failed(step: &str, at: &str, wanted: &str, found: &Value) -> Failed {
    let (at, wanted, found) = (at.to_owned(), wanted.to_owned(), found.to_string());
    (step.to_owned(), Difference { at, wanted, found })
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

const NO_CONTENT: u16 = 204;
const NOT_FOUND: u16 = 404;

/// What a server decides itself; a POST that names it is not the case under test.
const SET_BY_SERVERS: &[&str] = &["id", "meta", "groups"];
