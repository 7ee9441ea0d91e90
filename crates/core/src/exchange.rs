//! One request on its way: what was sent, what it means, and what is to be told of it.

use std::borrow::Cow;

use enroll_quirks::{Incoming, Policy, Quirk, explained, inbound};
use enroll_schema::{
    Error, ErrorKind, ResourceId, Result, Timestamp, error_body, json,
    limits::{BODY_BYTES_MAX, GROUP_BODY_BYTES_MAX},
};
use enroll_store::{Cause, Note, Record, Store, Want};
use serde_json::{Map, Value};

use crate::{
    call::Call,
    directory::{Core, Directory},
    media,
    note::{self, Line},
    project::{Projection, Shape},
    refusal::Refusal,
    reply::{Body, Log, Reply},
    route::{self, Endpoint},
    secret,
    served::Served,
    stream::Out,
    write::Writer,
};

/// A call with what was made of it; the verbs answer this.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) core: &'a Core,
    pub(crate) call: &'a Call,
    pub(crate) policy: Policy,
    /// Names in the body that were not understood.
    pub(crate) ignored: Vec<String>,
    /// The resource it is about.
    pub(crate) subject: Option<ResourceId>,
    started: Timestamp,
    incoming: Incoming,
    fired: Vec<&'static Quirk>,
    /// What the quirks did, for the log.
    quirks: Vec<Value>,
    read_as: Option<Value>,
    is_json: bool,
    /// What is wrong with the path or the body; told when its turn comes.
    bad_path: Option<Error>,
    bad_body: Option<Error>,
}

impl<'a> Exchange<'a> {
    /// Reads path and body, and lets the quirks rewrite them.
    pub(crate) fn open(core: &'a Core, call: &'a Call) -> Self {
        let mut exchange = Self::unread(core, call);
        match route::decode(&call.path) {
            Ok(path) => exchange.incoming.path = path.into_owned(),
            Err(error) => exchange.bad_path = Some(error),
        }
        // What is too long anywhere is refused by its length, unread (threat C11).
        let is_read = (1..=GROUP_BODY_BYTES_MAX).contains(&call.body.len());
        if exchange.has_body() && is_read {
            match json::parse(&call.body) {
                Ok(body) => {
                    exchange.incoming.body = Some(body);
                    exchange.is_json = true;
                }
                Err(error) => exchange.bad_body = Some(error),
            }
        }
        exchange.fired = inbound(call.dialect, core.schemas(), &mut exchange.incoming).fired;
        if !exchange.fired.is_empty() && (call.noted || exchange.writes()) {
            exchange.quirks = exchange.explain();
            let means_more = |quirk: &&Quirk| quirk.rewrites() && !quirk.only_spells();
            let rewritten = exchange.fired.iter().any(means_more);
            exchange.read_as = rewritten.then(|| exchange.meaning());
        }
        exchange
    }

    /// Takes a call that is not looked into.
    pub(crate) fn unread(core: &'a Core, call: &'a Call) -> Self {
        Self {
            core,
            call,
            policy: call.dialect.policy(),
            ignored: Vec::new(),
            subject: None,
            started: core.now(),
            incoming: Incoming {
                method: call.method.clone(),
                path: String::new(),
                query: call.query.clone(),
                body: None,
                user_agent: call.headers.user_agent.clone(),
            },
            fired: Vec::new(),
            quirks: Vec::new(),
            read_as: None,
            is_json: false,
            bad_path: None,
            bad_body: None,
        }
    }

    /// Decides 404, 405, 501 and 415; returns the endpoint and how many bytes a body may have.
    pub(crate) fn gate(&self) -> Result<(Endpoint<'a>, usize), Refusal> {
        if let Some(error) = &self.bad_path {
            return Err(Error::new(error.kind(), error.detail()).into());
        }
        let endpoint = Endpoint::find(self.core.types(), &self.incoming.path)?;
        let endpoint = endpoint.allows(self.method())?;
        if self.has_body() && !media::is_json(self.call.headers.content_type.as_deref()) {
            let detail = "send application/scim+json or application/json";
            return Err(Error::new(ErrorKind::UnsupportedMediaType, detail).into());
        }
        let has_members = match &endpoint {
            Endpoint::Collection(served) | Endpoint::Resource(served, _) => served.has_members(),
            _ => false,
        };
        Ok((
            endpoint,
            if has_members {
                GROUP_BODY_BYTES_MAX
            } else {
                BODY_BYTES_MAX
            },
        ))
    }

    pub(crate) fn method(&self) -> &str {
        match self.incoming.method.as_str() {
            "HEAD" => "GET",
            method => method,
        }
    }

    pub(crate) fn query(&self) -> Option<&str> {
        self.incoming.query.as_deref()
    }

    /// Takes the body as it was meant.
    ///
    /// # Errors
    /// `invalidSyntax` when there is none, and whatever made it no JSON.
    pub(crate) fn take_body(&mut self) -> Result<Value> {
        match (self.bad_body.take(), self.incoming.body.take()) {
            (Some(error), _) => Err(error),
            (None, Some(body)) => Ok(body),
            (None, None) => Err(Error::new(
                ErrorKind::InvalidSyntax,
                "the body is empty; send JSON",
            )),
        }
    }

    /// Returns what the query asks to be returned.
    pub(crate) fn projection(&self) -> Result<Projection> {
        Projection::from_query(self.query())
    }

    pub(crate) fn shape<'s>(&self, served: &'s Served) -> Result<Cow<'s, Shape>> {
        Ok(self.projection()?.bind(served))
    }

    /// Returns the cause of a write that will be answered with `status`.
    pub(crate) fn cause(&self, served: &Served, status: u16, want: Want) -> Cause {
        Cause {
            request: self.call.request.clone(),
            at: self.core.now(),
            unique: served.unique(&self.policy),
            want,
            note: Some(self.note(status, None, false)),
        }
    }

    pub(crate) fn writer(&self) -> Writer<'_> {
        Writer {
            types: self.core.types(),
            base_url: &self.call.base_url,
            members_always: self.policy.members_always,
            manager_value_only: self.policy.manager_value_only,
        }
    }

    /// Makes the reply that shows one resource.
    pub(crate) fn shown<S: Store>(
        &self,
        directory: &Directory<S>,
        status: u16,
        served: &Served,
        shape: &Shape,
        record: &Record,
    ) -> Reply {
        let mut out = Out::with_capacity(record.document.len() + DERIVED_BYTES_USUAL);
        self.writer().resource(&mut out, served, shape, record);
        let body = out.finish(&directory.core, &directory.store, &self.call.base_url);
        let mut reply = self.tagged(status, record);
        reply
            .headers
            .push(("content-type", self.media().to_owned()));
        Reply { body, ..reply }
    }

    /// Makes the reply that tells only where a resource is and at which version.
    pub(crate) fn tagged(&self, status: u16, record: &Record) -> Reply {
        let mut reply = self.bare(status);
        reply.headers.push(("etag", record.version.etag()));
        reply
            .headers
            .push(("location", self.writer().location(&record.kind, &record.id)));
        reply
    }

    pub(crate) fn bare(&self, status: u16) -> Reply {
        let log = Log {
            subject: self.subject.clone(),
            ..Log::default()
        };
        Reply {
            status,
            headers: Vec::with_capacity(4),
            body: Body::Empty,
            log,
        }
    }

    pub(crate) fn media(&self) -> &'static str {
        media::answer(self.call.headers.accept.as_deref())
    }

    /// Answers for `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas`.
    pub(crate) fn discovery(&self, endpoint: &Endpoint<'_>) -> Result<Reply, Refusal> {
        let json = self
            .core
            .discovery()
            .answer(endpoint, self.query(), &self.call.base_url)?;
        let mut reply = self.bare(200);
        reply
            .headers
            .push(("content-type", self.media().to_owned()));
        reply.body = Body::Whole(json.into());
        Ok(reply)
    }

    /// Finishes an answer; a write has taken its line along, a read leaves one when asked.
    pub(crate) fn close(self, mut reply: Reply) -> Reply {
        let is_told = reply.log.revision.is_some();
        if !is_told && (self.call.noted || self.writes()) {
            let is_no_op = reply.status < 300 && self.changes();
            reply.log.note = Some(self.note(reply.status, None, is_no_op));
        }
        reply.log.quirks = self.fired;
        reply
    }

    /// Makes the answer of a refusal (RFC 7644 §3.12).
    pub(crate) fn refuse(self, refusal: Refusal) -> Reply {
        let Refusal { error, allow } = refusal;
        let mut reply = self.bare(error.status());
        reply
            .headers
            .push(("content-type", self.media().to_owned()));
        if let Some(allow) = allow {
            reply.headers.push(("allow", allow.to_owned()));
        }
        if matches!(
            error.kind(),
            ErrorKind::Unavailable | ErrorKind::TooManyRequests
        ) {
            reply.headers.push(("retry-after", "1".to_owned()));
        }
        reply.body = Body::Whole(error_body(&error, Some(self.call.request.as_str())).into());
        reply.log.note = Some(self.note(reply.status, Some(&error), false));
        reply.log.quirks = self.fired;
        reply.log.error = Some(error);
        reply
    }

    fn note(&self, status: u16, error: Option<&Error>, is_no_op: bool) -> Note {
        let now = self.core.now();
        // Of a read nobody knew that it would be told.
        let quirks = match self.quirks.as_slice() {
            [] => &self.named(),
            told => told,
        };
        let line = Line {
            call: self.call,
            status,
            ms: now.as_millis() - self.started.as_millis(),
            quirks,
            read_as: self.read_as.as_ref(),
            ignored: &self.ignored,
            error,
            is_json: self.is_json,
            is_no_op,
            pii: &self.core.options().pii,
        };
        Note {
            id: self.call.request.clone(),
            at: now,
            subject: self.subject.clone(),
            status,
            body: line.write().into(),
        }
    }

    /// Tells what each quirk did; of a body that is too long to be kept, only which fired.
    fn explain(&self) -> Vec<Value> {
        let path = route::decode(&self.call.path);
        let body = match self.call.body.len() {
            0 => Some(None),
            1..=note::BODY_NOTED_BYTES_MAX => json::parse(&self.call.body).ok().map(Some),
            _ => None,
        };
        // Without the body that was read the quirks are only named.
        let is_whole = self.incoming.body.is_none() || body.is_some();
        let (Ok(path), Some(body), true) = (path, body, is_whole) else {
            return self.named();
        };
        let mut again = Incoming {
            method: self.call.method.clone(),
            path: path.into_owned(),
            query: self.call.query.clone(),
            body: body.filter(|_| self.has_body()),
            user_agent: None,
        };
        let schemas = self.core.schemas();
        note::quirks(&explained(self.call.dialect, schemas, &mut again))
    }

    /// Tells only which quirks fired.
    fn named(&self) -> Vec<Value> {
        let named = |quirk: &&Quirk| serde_json::json!({"id": quirk.id});
        self.fired.iter().map(named).collect()
    }

    /// Returns what the quirks made of the request: the parts they may have changed.
    fn meaning(&self) -> Value {
        let mut meaning = Map::new();
        let path = secret::noted_path(&self.incoming.path);
        meaning.insert("path".to_owned(), path.into());
        if let Some(query) = self.query().filter(|query| !query.is_empty()) {
            meaning.insert("query".to_owned(), secret::noted_query(query).into());
        }
        if let Some(body) = &self.incoming.body
            && self.call.body.len() <= note::BODY_NOTED_BYTES_MAX
        {
            let mut body = body.clone();
            secret::redact(&mut body);
            meaning.insert("body".to_owned(), body);
        }
        Value::Object(meaning)
    }

    fn has_body(&self) -> bool {
        matches!(self.call.method.as_str(), "POST" | "PUT" | "PATCH")
    }

    /// Tells whether the request is one to change something; a search by POST is not.
    fn changes(&self) -> bool {
        self.writes() && !self.incoming.path.ends_with("/.search")
    }

    fn writes(&self) -> bool {
        self.has_body() || self.call.method == "DELETE"
    }
}

const DERIVED_BYTES_USUAL: usize = 512;
