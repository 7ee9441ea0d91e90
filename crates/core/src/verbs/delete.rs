//! DELETE (RFC 7644 §3.6).

use enroll_schema::ResourceId;
use enroll_store::{Store, Want};

use super::target;
use crate::{
    directory::Directory, exchange::Exchange, precondition, refusal::Refusal, reply::Reply,
    served::Served,
};

pub(crate) async fn delete<S: Store>(
    directory: &Directory<S>,
    exchange: &mut Exchange<'_>,
    served: &Served,
    id: ResourceId,
) -> Result<Reply, Refusal> {
    exchange.subject = Some(id.clone());
    let expected = precondition::expected(exchange.call.headers.if_match.as_deref())?;
    let cause = exchange.cause(served, 204, Want::Omit);
    let written = directory
        .store
        .delete(target(served, id), expected, cause)
        .await?;
    let mut reply = exchange.bare(204);
    reply.log.revision = written.revision;
    Ok(reply)
}
