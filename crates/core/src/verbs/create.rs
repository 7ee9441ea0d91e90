//! POST to an endpoint (RFC 7644 §3.3).

use enroll_filter::LinkPlan;
use enroll_schema::{Document, Error, ErrorKind};
use enroll_store::{Draft, Store};
use serde_json::Value;

use super::unknown;
use crate::{
    directory::Directory, exchange::Exchange, project::Shape, refusal::Refusal, reply::Reply,
    served::Served,
};

pub(crate) async fn create<S: Store>(
    directory: &Directory<S>,
    exchange: &mut Exchange<'_>,
    served: &Served,
) -> Result<Reply, Refusal> {
    let body = exchange.take_body()?;
    let shape = exchange.shape(served)?;
    let read = Document::read(&served.kind, body, exchange.policy.mode)?;
    let mut document = read.document;
    if let Some(active) = served.active_name() {
        document
            .as_map_mut()
            .entry(active)
            .or_insert(Value::Bool(true));
    }
    let shape = supplied(served, &shape, &document);
    exchange.ignored = read.ignored;
    let links = LinkPlan {
        link: read.links.unwrap_or_default(),
        unknown: unknown(&exchange.policy),
        ..LinkPlan::default()
    };
    let id = directory.core.new_id();
    exchange.subject = Some(id.clone());
    let cause = exchange.cause(
        served,
        201,
        shape.want(directory.core.options().links_held_max),
    );
    let draft = Draft {
        id,
        document,
        links,
    };
    let written = directory
        .store
        .create(served.kind.clone(), draft, cause)
        .await?;
    let record = written.record.ok_or_else(vanished)?;
    exchange.subject = Some(record.id.clone());
    let mut reply = exchange.shown(directory, 201, served, &shape, &record);
    reply.log.revision = written.revision;
    Ok(reply)
}

/// Adds to an answer what is returned only on request, but was sent by this client (RFC 7643 §7).
pub(super) fn supplied(served: &Served, shape: &Shape, document: &Document) -> Shape {
    if served.on_request.is_empty() {
        return shape.clone();
    }
    let holds = |id: &enroll_schema::AttrId| {
        let mut keys = served.kind.keys(*id).into_iter();
        let first = keys
            .next()
            .and_then(|key| document.as_map().get(key.as_str()));
        keys.try_fold(first?, |value, key| value.get(key.as_str()))
            .map(|_| *id)
    };
    let sent: Vec<_> = served.on_request.iter().filter_map(holds).collect();
    shape.clone().with(&served.kind, &sent)
}

/// A store answers a write with the record it wrote; one that does not is broken.
pub(super) fn vanished() -> Error {
    Error::new(ErrorKind::Internal, "the server failed; try again")
}
