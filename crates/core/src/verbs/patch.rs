//! PATCH (RFC 7644 §3.5.2).

use std::sync::Arc;

use enroll_filter::{Patch, Plan};
use enroll_schema::{AttrId, Error, ErrorKind, ResourceId, limits::OPERATIONS_MAX};
use enroll_store::{Store, Want};
use serde_json::Value;

use super::{create, target};
use crate::{
    directory::Directory, exchange::Exchange, precondition, project, refusal::Refusal,
    reply::Reply, served::Served,
};

pub(crate) async fn patch<S: Store>(
    directory: &Directory<S>,
    exchange: &mut Exchange<'_>,
    served: &Served,
    id: ResourceId,
) -> Result<Reply, Refusal> {
    exchange.subject = Some(id.clone());
    let body = exchange.take_body()?;
    let projection = exchange.projection()?;
    let shape = projection.bind(served);
    let sent = supplied(served, &body);
    limit(&body)?;
    let message = Patch::read(body, exchange.policy.empty_patch_is_no_op)?;
    let plan = Plan::compile(&served.kind, &message, exchange.policy.leniency)?;
    let expected = precondition::expected(exchange.call.headers.if_match.as_deref())?;
    // A membership change never reads members back unless it was asked to (data §3).
    let is_shown =
        !served.has_members() || projection.is_asked() || exchange.policy.group_patch_answers_body;
    let (status, want) = if is_shown {
        (200, shape.want(directory.core.options().links_held_max))
    } else {
        (204, Want::Omit)
    };
    let cause = exchange.cause(served, status, want);
    let target = target(served, id);
    let written = directory
        .store
        .patch(target, expected, Arc::new(plan), cause)
        .await?;
    let record = written.record.ok_or_else(create::vanished)?;
    let mut reply = match is_shown {
        true if sent.is_empty() => exchange.shown(directory, status, served, &shape, &record),
        true => {
            let shape = shape.into_owned().with(&served.kind, &sent);
            exchange.shown(directory, status, served, &shape, &record)
        }
        false => exchange.tagged(status, &record),
    };
    reply.log.revision = written.revision;
    Ok(reply)
}

/// Refuses more operations than are advertised.
fn limit(body: &Value) -> Result<(), Error> {
    let members = body.as_object().into_iter().flatten();
    let operations = members.filter(|(name, _)| name.eq_ignore_ascii_case("Operations"));
    let count = operations
        .filter_map(|(_, value)| value.as_array())
        .map(Vec::len)
        .sum::<usize>();
    if count > OPERATIONS_MAX {
        let detail = format!("a PATCH has at most {OPERATIONS_MAX} operations; send several");
        return Err(Error::new(ErrorKind::PayloadTooLarge, detail));
    }
    Ok(())
}

/// Finds the attributes that are returned only on request and that this client itself sent (RFC 7643 §7).
fn supplied(served: &Served, body: &Value) -> Vec<AttrId> {
    if served.on_request.is_empty() {
        return Vec::new();
    }
    let member = |value: &Value, name: &str| {
        let members = value.as_object().into_iter().flatten();
        members
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.clone())
    };
    let operations = member(body, "Operations").unwrap_or_default();
    let mut names = Vec::new();
    for operation in operations.as_array().into_iter().flatten() {
        match (member(operation, "path"), member(operation, "value")) {
            (Some(Value::String(path)), _) => names.push(path),
            (None, Some(Value::Object(members))) => {
                for (name, value) in members {
                    let inner = value.as_object().into_iter().flatten();
                    names.extend(inner.map(|(inner, _)| format!("{name}:{inner}")));
                    names.push(name);
                }
            }
            _ => {}
        }
    }
    let named = names
        .iter()
        .flat_map(|name| project::resolve(&served.kind, name));
    named.filter(|id| served.on_request.contains(id)).collect()
}
