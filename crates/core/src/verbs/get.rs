//! GET of one resource (RFC 7644 §3.4.1).

use enroll_schema::{Relation, ResourceId};
use enroll_store::Store;

use super::{missing, target};
use crate::{
    directory::Directory, exchange::Exchange, precondition, refusal::Refusal, reply::Reply,
    served::Served,
};

pub(crate) async fn get<S: Store>(
    directory: &Directory<S>,
    exchange: &mut Exchange<'_>,
    served: &Served,
    id: ResourceId,
) -> Result<Reply, Refusal> {
    let shape = exchange.shape(served)?;
    let want = shape.want(directory.core.options().links_held_max);
    exchange.subject = Some(id.clone());
    let found = directory.store.get(target(served, id), want).await?;
    let record = found.ok_or_else(|| missing(served))?;
    // A user's version does not move with its groups (decision 56).
    let may_be_old = shape.links.is_some()
        && served
            .relation
            .is_some_and(|(relation, _)| relation == Relation::Groups);
    let known = exchange.call.headers.if_none_match.as_deref();
    if !may_be_old && precondition::has_already(known, record.version) {
        return Ok(exchange.tagged(304, &record));
    }
    Ok(exchange.shown(directory, 200, served, &shape, &record))
}
