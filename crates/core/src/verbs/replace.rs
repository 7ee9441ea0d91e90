//! PUT (RFC 7644 §3.5.1): what is left out is cleared, but for what decision 28 keeps.

use enroll_filter::LinkPlan;
use enroll_schema::{AttrId, Document, Error, ErrorKind, ResourceId, Urn};
use enroll_store::{Draft, Expected, Record, Store, StoreError, Target, Want, Written};

use serde_json::Value;

use super::{create, missing, target, unknown};
use crate::{
    directory::Directory, exchange::Exchange, precondition, refusal::Refusal, reply::Reply,
    served::Served,
};

pub(crate) async fn replace<S: Store>(
    directory: &Directory<S>,
    exchange: &mut Exchange<'_>,
    served: &Served,
    id: ResourceId,
) -> Result<Reply, Refusal> {
    let body = exchange.take_body()?;
    let shape = exchange.shape(served)?;
    let read = Document::read(&served.kind, body, exchange.policy.mode)?;
    let shape = create::supplied(served, &shape, &read.document);
    exchange.ignored = read.ignored;
    exchange.subject = Some(id.clone());
    let links = LinkPlan {
        clear: served.has_members(),
        link: read.links.unwrap_or_default(),
        unknown: unknown(&exchange.policy),
        ..LinkPlan::default()
    };
    let put = Put {
        target: target(served, id.clone()),
        expected: precondition::expected(exchange.call.headers.if_match.as_deref())?,
        draft: Draft {
            id,
            document: read.document,
            links,
        },
        named: read.extensions,
        want: shape.want(directory.core.options().links_held_max),
    };
    let written = put.write(directory, exchange, served).await?;
    let record = written.record.ok_or_else(create::vanished)?;
    let mut reply = exchange.shown(directory, 200, served, &shape, &record);
    reply.log.revision = written.revision;
    Ok(reply)
}

struct Put {
    target: Target,
    expected: Expected,
    draft: Draft,
    /// The extensions that `schemas` named: the client knows of them, so it clears them by silence.
    named: Vec<Urn>,
    want: Want,
}

impl Put {
    async fn write<S: Store>(
        self,
        directory: &Directory<S>,
        exchange: &Exchange<'_>,
        served: &Served,
    ) -> Result<Written, Refusal> {
        if !self.needs_before(served) {
            let cause = exchange.cause(served, 200, self.want);
            return Ok(directory
                .store
                .replace(self.target, self.expected, self.draft, cause)
                .await?);
        }
        for _ in 0..TRIES {
            let found = directory.store.get(self.target.clone(), Want::Omit).await?;
            let before = found.ok_or_else(|| missing(served))?;
            self.expect(&before)?;
            let mut draft = self.draft.clone();
            self.keep(
                served,
                &Document::from_bytes(&before.document)?,
                &mut draft.document,
            )?;
            let expected = Expected::OneOf(vec![before.version]);
            let cause = exchange.cause(served, 200, self.want);
            let target = self.target.clone();
            match directory
                .store
                .replace(target, expected, draft, cause)
                .await
            {
                Err(StoreError::Moved { .. }) if self.expected == Expected::Any => {}
                written => return Ok(written?),
            }
        }
        let detail = "the resource is being changed by others; try again";
        Err(Error::new(ErrorKind::Unavailable, detail).into())
    }

    /// Tells whether what is there decides what is kept; then it is read first.
    fn needs_before(&self, served: &Served) -> bool {
        let document = self.draft.document.as_map();
        served
            .active_name()
            .is_some_and(|active| !document.contains_key(&active))
            || served
                .kind
                .extensions()
                .iter()
                .any(|extension| self.is_silent(&extension.urn))
            || !served.immutable.is_empty()
    }

    fn is_silent(&self, urn: &Urn) -> bool {
        !self.draft.document.as_map().contains_key(urn.as_str()) && !self.named.contains(urn)
    }

    fn expect(&self, before: &Record) -> Result<(), StoreError> {
        match &self.expected {
            Expected::OneOf(versions) if !versions.contains(&before.version) => {
                Err(StoreError::Moved {
                    current: before.version,
                })
            }
            _ => Ok(()),
        }
    }

    fn keep(&self, served: &Served, before: &Document, after: &mut Document) -> Result<(), Error> {
        if let Some(active) = served.active_name()
            && let Some(value) = before.as_map().get(&active)
        {
            after
                .as_map_mut()
                .entry(active)
                .or_insert_with(|| value.clone());
        }
        for extension in served.kind.extensions() {
            let urn = extension.urn.as_str();
            if let (true, Some(held)) = (self.is_silent(&extension.urn), before.as_map().get(urn)) {
                after.as_map_mut().insert(urn.to_owned(), held.clone());
            }
        }
        for id in &served.immutable {
            keep_immutable(served, *id, before, after)?;
        }
        name_schemas(served, after);
        Ok(())
    }
}

/// Makes `schemas` list the base and exactly the extensions with data, in the type's order.
fn name_schemas(served: &Served, document: &mut Document) {
    let map = document.as_map_mut();
    let extensions = served
        .kind
        .extensions()
        .iter()
        .map(|extension| extension.urn.as_str());
    let held = extensions.filter(|urn| map.contains_key(*urn));
    let urns = std::iter::once(served.kind.schema().as_str()).chain(held);
    let urns: Vec<_> = urns.map(Value::from).collect();
    map.insert("schemas".to_owned(), Value::Array(urns));
}

/// Keeps an attribute that is written once; another value is refused (RFC 7644 §3.5.1).
fn keep_immutable(
    served: &Served,
    id: AttrId,
    before: &Document,
    after: &mut Document,
) -> Result<(), Error> {
    let keys = served.kind.keys(id);
    let (container, name) = match keys.as_slice() {
        [name] => (None, name.as_str()),
        [container, name] => (Some(container.as_str()), name.as_str()),
        _ => return Ok(()),
    };
    let held = match container {
        Some(container) => before.as_map().get(container).and_then(|c| c.get(name)),
        None => before.as_map().get(name),
    };
    let Some(held) = held else { return Ok(()) };
    let map = after.as_map_mut();
    let slot = match container {
        Some(container) => {
            let place = map
                .entry(container)
                .or_insert_with(|| serde_json::json!({}));
            let Some(place) = place.as_object_mut() else {
                return Ok(());
            };
            place.entry(name).or_insert_with(|| held.clone())
        }
        None => map.entry(name).or_insert_with(|| held.clone()),
    };
    if slot == held {
        return Ok(());
    }
    let detail = format!(
        "{} is written once and has another value",
        served.kind.path(id)
    );
    Err(Error::new(ErrorKind::Mutability, detail))
}

/// How often a PUT without `If-Match` starts again when others write in between.
///
/// Each time one of the others got through, so this many may put the same resource at once.
const TRIES: usize = 100;
