//! The core itself: rules that are shared, and one store they are applied to.

use std::{fmt, sync::Arc};

use enroll_schema::{Error, ErrorKind, ResourceId, Schemas, Timestamp};
use enroll_store::Store;

use crate::{
    call::Call, discovery::Discovery, exchange::Exchange, pii::Pii, refusal::Refusal, reply::Reply,
    route::Endpoint, served::Served, verbs,
};

/// What the core takes as values, because it has no clock and no randomness of its own.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Tells the time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Makes an id that no resource has ever had (threat A5).
    pub ids: Arc<dyn Fn() -> ResourceId + Send + Sync>,
    /// Most links of one resource that are held in memory; more are pulled page by page.
    pub links_held_max: u32,
    /// The same for each resource of a list.
    pub links_listed_max: u32,
    /// What the request log keeps of personal values; all unless told.
    pub pii: Pii,
}

impl Options {
    /// Makes the options from what has no default.
    pub fn new(
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        ids: impl Fn() -> ResourceId + Send + Sync + 'static,
    ) -> Self {
        Self {
            clock: Arc::new(clock),
            ids: Arc::new(ids),
            links_held_max: 1_000,
            links_listed_max: 100,
            pii: Pii::FULL,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("links_held_max", &self.links_held_max)
            .field("links_listed_max", &self.links_listed_max)
            .finish_non_exhaustive()
    }
}

/// The rules of a service provider, worked out once; clones share them.
#[derive(Clone, Debug)]
pub struct Core(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    schemas: Arc<Schemas>,
    types: Vec<Served>,
    discovery: Discovery,
    options: Options,
}

impl Core {
    /// Works out the rules for `schemas`.
    pub fn new(schemas: Arc<Schemas>, options: Options) -> Self {
        let types = Served::all(&schemas);
        let discovery = Discovery::new(&schemas);
        Self(Arc::new(Inner {
            schemas,
            types,
            discovery,
            options,
        }))
    }

    /// Returns the directory that `store` is; it costs two pointers.
    pub fn directory<S: Store>(&self, store: S) -> Directory<S> {
        Directory {
            core: self.clone(),
            store,
        }
    }

    /// Returns the schemas it works by.
    pub fn schemas(&self) -> &Schemas {
        &self.0.schemas
    }

    /// Returns the options it works by.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// Decides what can be decided before a body is read: how many bytes it may have at most.
    ///
    /// # Errors
    /// The answer, when it is already certain: 404, 405, 415, 501.
    pub fn preflight(&self, call: &Call) -> Result<usize, Box<Reply>> {
        let exchange = Exchange::open(self, call);
        match exchange.gate() {
            Ok((_, most)) => Ok(most),
            Err(refusal) => Err(Box::new(exchange.refuse(refusal))),
        }
    }

    /// Makes the answer to a call that was refused elsewhere, with its line for the log.
    pub fn refuse(&self, call: &Call, error: Error) -> Reply {
        Exchange::unread(self, call).refuse(error.into())
    }

    pub(crate) fn shared_schemas(&self) -> Arc<Schemas> {
        Arc::clone(&self.0.schemas)
    }

    pub(crate) fn types(&self) -> &[Served] {
        &self.0.types
    }

    pub(crate) fn discovery(&self) -> &Discovery {
        &self.0.discovery
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.options.clock)()
    }

    pub(crate) fn new_id(&self) -> ResourceId {
        (self.0.options.ids)()
    }
}

/// One directory: a store, spoken to in SCIM.
#[derive(Clone, Debug)]
pub struct Directory<S> {
    pub(crate) core: Core,
    pub(crate) store: S,
}

impl<S: Store> Directory<S> {
    /// Makes a directory with rules of its own; share a [`Core`] when there are several.
    pub fn new(schemas: Arc<Schemas>, store: S, options: Options) -> Self {
        Core::new(schemas, options).directory(store)
    }

    /// Returns the rules it works by.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Returns the store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Answers a call; it never fails, a refusal is an answer too (RFC 7644 §3.12).
    pub async fn handle(&self, call: &Call) -> Reply {
        let mut exchange = Exchange::open(&self.core, call);
        match self.answer(&mut exchange).await {
            Ok(reply) => exchange.close(reply),
            Err(refusal) => exchange.refuse(refusal),
        }
    }

    async fn answer(&self, exchange: &mut Exchange<'_>) -> Result<Reply, Refusal> {
        let (endpoint, most) = exchange.gate()?;
        if exchange.call.body.len() > most {
            let detail = format!("a body has at most {most} bytes here");
            return Err(Error::new(ErrorKind::PayloadTooLarge, detail).into());
        }
        match (endpoint, exchange.method()) {
            (Endpoint::Collection(served), "POST") => verbs::create(self, exchange, served).await,
            (Endpoint::Collection(served), _) => verbs::list(self, exchange, Some(served)).await,
            (Endpoint::Root, _) => verbs::list(self, exchange, None).await,
            (Endpoint::Search(served), _) => verbs::search(self, exchange, served).await,
            (Endpoint::Resource(served, id), method) => match method {
                "PUT" => verbs::replace(self, exchange, served, id).await,
                "PATCH" => verbs::patch(self, exchange, served, id).await,
                "DELETE" => verbs::delete(self, exchange, served, id).await,
                _ => verbs::get(self, exchange, served, id).await,
            },
            (endpoint, _) => exchange.discovery(&endpoint),
        }
    }
}
