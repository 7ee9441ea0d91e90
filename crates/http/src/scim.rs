//! The service: authentication, limits and deadlines around the core.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use enroll_core::{Call, Core, Reply};
use enroll_quirks::Dialect;
use enroll_schema::{Error, ErrorKind};
use enroll_store::{Directories, DirectoryId, Note, RequestId};
use enroll_tenants::{Secret, TokenFault};
use http::{HeaderValue, Request, Response, header, request::Parts};
use tokio::time::timeout;

use crate::{
    address::{self, Address},
    admit::{Admit, Admitted, Told},
    body::{self, BoxError, InFlight, ReplyBody},
    callers::{Callers, Listing, Rate},
    guard::Guarded,
    ids::RequestIds,
    learn, message,
    notebook::Notebook,
    watch::{self, Answered, Caller, Watch},
};

/// What a [`Scim`] service can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Scheme, host and port that clients reach it by, for `meta.location`; without it, what each client said.
    pub public_url: Option<String>,
    /// The path it stands under; a router that nests it there may take it away.
    pub prefix: String,
    /// The request rate per integration; without one there is no limit.
    pub rate: Option<Rate>,
    /// How long a body may take to arrive.
    pub body_deadline: Duration,
    /// How long an answer may take; Okta and Entra give up later.
    pub handler_deadline: Duration,
    /// Most bytes of bodies that are held at one moment, over all requests.
    pub bodies_bytes_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: None,
            prefix: "/scim".to_owned(),
            rate: None,
            body_deadline: Duration::from_secs(30),
            handler_deadline: Duration::from_secs(25),
            bodies_bytes_max: 128 << 20,
        }
    }
}

/// SCIM over HTTP, as a [`tower_service::Service`]; clones share everything.
pub struct Scim<D: Directories, A>(Arc<Inner<D, A>>);

struct Inner<D: Directories, A> {
    directories: D,
    admit: A,
    core: Core,
    options: Options,
    ids: RequestIds,
    callers: Callers,
    in_flight: InFlight,
    notebook: Arc<Notebook<D>>,
    watch: Watch,
}

impl<D: Directories, A: Admit> Scim<D, A> {
    /// Makes the service over all `directories` of a database.
    pub fn new(directories: D, admit: A, core: Core, options: Options) -> Self {
        Self::watched(directories, admit, core, options, Watch::default())
    }

    /// Makes the service, and lets `watch` hear of every request that was answered.
    pub fn watched(directories: D, admit: A, core: Core, options: Options, watch: Watch) -> Self {
        Self(Arc::new(Inner {
            watch,
            in_flight: InFlight::new(options.bodies_bytes_max),
            notebook: Arc::new(Notebook::new(directories.clone())),
            directories,
            admit,
            core,
            options,
            ids: RequestIds::new(),
            callers: Callers::new(),
        }))
    }

    /// Waits until the request log has every line it was given; call it after the last request.
    pub async fn drained(&self) {
        self.0.notebook.drained().await;
    }

    /// Answers one request.
    pub async fn respond<B>(&self, request: Request<B>) -> Response<ReplyBody>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let id = self.0.ids.next();
        let (began, method) = (Instant::now(), request.method().clone());
        let resource = self.0.resource(request.uri().path());
        let (parts, body) = request.into_parts();
        let (inner, name) = (Arc::clone(&self.0), id.clone());
        let reply = Guarded::new(async move { inner.reply(name, parts, body).await }).await;
        let (reply, caller) = reply.unwrap_or_else(|panicked| {
            tracing::error!(request = %id, panic = panicked.0, "a request panicked");
            let call = Call {
                request: id.clone(),
                ..Call::new("", "")
            };
            let error = Error::new(ErrorKind::Internal, "the server failed; try again");
            (self.0.core.refuse(&call, error), Caller::default())
        });
        report(&id, &reply);
        let is_head = method == http::Method::HEAD;
        let told = (&reply, began.elapsed());
        let answered = Answered::new(&id, (method, resource), told, caller);
        answered.log();
        self.0.watch.hear(&answered);
        message::response(&id, reply, is_head)
    }
}

/// Tells the process log what broke; who asked for what stays in the request log.
fn report(id: &RequestId, reply: &Reply) {
    let is_fault =
        |error: &&Error| error.status() >= 500 && error.kind() != ErrorKind::NotImplemented;
    if let Some(error) = reply.log.error.as_ref().filter(is_fault) {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(request = %id, status = reply.status, %error, cause, "not answered");
    }
}

impl<D: Directories, A: Admit> Inner<D, A> {
    /// Names what a path is about.
    fn resource(&self, path: &str) -> &'static str {
        watch::resource(Address::parse(&self.options.prefix, path).rest)
    }

    async fn reply<B>(&self, id: RequestId, parts: Parts, body: B) -> (Reply, Caller)
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let address = Address::parse(&self.options.prefix, parts.uri.path());
        let presented = parts.headers.get_all(header::AUTHORIZATION);
        let token = Secret::presented(presented.iter().map(HeaderValue::as_bytes));
        let admit = self.admit.admit(address.integration, token);
        let late = || Error::new(ErrorKind::Unavailable, "tokens cannot be read; try again");
        let admitted = timeout(self.options.handler_deadline, admit).await;
        let admitted = match admitted.map_err(|_| late()).and_then(|admitted| admitted) {
            Ok(admitted) => admitted,
            Err(error) => {
                let refused = why_refused(&error, &parts, token);
                let caller = Caller {
                    refused,
                    ..Caller::default()
                };
                let reply = self.turned_away(id, &parts, (address, token), error).await;
                return (reply, caller);
            }
        };
        let certain = learn::certain(&admitted, &parts.headers);
        let caller = self.callers.of(&admitted.directory);
        let call = self.call(id, &parts, address, &admitted);
        let seen = Caller {
            integration: Some(admitted.directory.clone()),
            dialect: call.dialect,
            refused: None,
        };
        if let Some(rate) = self.options.rate
            && let Err(wait) = caller.pace(rate, self.callers.elapsed(), &call.method)
        {
            return (self.slow_down(&call, wait), seen);
        }
        let reads = matches!(call.method.as_str(), "GET" | "HEAD");
        let listing = if reads {
            caller.list(self.callers.elapsed())
        } else {
            Listing::Noted
        };
        let call = Call {
            noted: listing != Listing::Counted,
            ..call
        };
        let mut reply = self.answer(call, body, &admitted).await;
        let suggested = || learn::suggested(&admitted, &parts.headers, &reply.log.quirks);
        if let Some(told) = certain.or_else(suggested) {
            self.learn(&admitted.directory, told).await;
        }
        if let Some(note) = reply.log.note.take() {
            self.note(&admitted.directory, note, listing);
        }
        (reply, seen)
    }

    /// Remembers what a request told of its provider; its answer never depends on that.
    async fn learn(&self, directory: &DirectoryId, told: Told) {
        let learn = self.admit.learn(directory, told);
        if timeout(self.options.handler_deadline, learn).await.is_err() {
            tracing::warn!(%directory, "what a request told of the provider is not remembered");
        }
    }

    /// Reads the body and lets the core answer, each in its time.
    async fn answer<B>(&self, mut call: Call, body: B, admitted: &Admitted) -> Reply
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let mut held = self.in_flight.none();
        if matches!(call.method.as_str(), "POST" | "PUT" | "PATCH") {
            let most = match self.core.preflight(&call) {
                Ok(most) => most,
                Err(reply) => return *reply,
            };
            let read = timeout(
                self.options.body_deadline,
                body::read(body, most, &mut held),
            );
            let late = || {
                Error::new(
                    ErrorKind::RequestTimeout,
                    "the body took too long to arrive",
                )
            };
            match read.await.map_err(|_| late()).and_then(|read| read) {
                Ok(bytes) => call.body = bytes,
                Err(error) => return self.core.refuse(&call, error),
            }
        }
        let handled = timeout(self.options.handler_deadline, async {
            let store = self.directories.open(&admitted.directory).await?;
            Ok::<_, Error>(self.core.directory(store).handle(&call).await)
        });
        let late = || Error::new(ErrorKind::Unavailable, "this took too long; try again");
        match handled
            .await
            .map_err(|_| late())
            .and_then(|handled| handled)
        {
            Ok(reply) => reply,
            Err(error) => self.core.refuse(&call, error),
        }
    }

    fn call(
        &self,
        id: RequestId,
        parts: &Parts,
        address: Address<'_>,
        admitted: &Admitted,
    ) -> Call {
        let origin = match &self.options.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => address::origin(&parts.headers, parts.uri.authority()),
        };
        let base = [
            &origin,
            &self.options.prefix,
            "/",
            admitted.directory.as_str(),
            "/v2",
        ]
        .concat();
        Call {
            request: id,
            method: parts.method.as_str().to_owned(),
            path: address.rest.to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: message::headers(&parts.headers),
            dialect: learn::dialect(admitted, &parts.headers),
            base_url: base.into(),
            ..Call::new("", "")
        }
    }

    /// Answers who was not let in; shown in the directory the path names, if there is one (S-46).
    async fn turned_away(
        &self,
        id: RequestId,
        parts: &Parts,
        (address, token): (Address<'_>, Option<&str>),
        error: Error,
    ) -> Reply {
        let known = match address.integration {
            Some(name) if error.kind() == ErrorKind::Unauthorized => self.admit.known(name).await,
            _ => None,
        };
        let nobody = Admitted::new(DirectoryId::new(""), Dialect::Auto);
        let call = self.call(id, parts, address, &nobody);
        let is_unauthorized = error.kind() == ErrorKind::Unauthorized;
        let mut reply = self.core.refuse(&call, error);
        if is_unauthorized {
            let error = match parts.headers.get(header::AUTHORIZATION) {
                Some(_) => ", error=\"invalid_token\"",
                None => "",
            };
            let challenge = format!("Bearer realm=\"scim\"{error}");
            reply.headers.push(("www-authenticate", challenge));
        }
        let note = reply.log.note.take();
        if let (Some(directory), Some(note)) = (known, note)
            && self
                .callers
                .of(&directory)
                .list_refused(self.callers.elapsed())
        {
            let fault = self.admit.fault(&directory, token);
            let fault = timeout(self.options.handler_deadline, fault).await;
            let note = match fault.ok().flatten() {
                Some(fault) => with_fault(note, &fault),
                None => note,
            };
            self.note(&directory, note, Listing::Noted);
        }
        reply
    }

    fn slow_down(&self, call: &Call, wait: Duration) -> Reply {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let detail = format!("too many requests; try again in {seconds} s");
        let mut reply = self
            .core
            .refuse(call, Error::new(ErrorKind::TooManyRequests, detail));
        reply.headers.retain(|(name, _)| *name != "retry-after");
        reply.headers.push(("retry-after", seconds.to_string()));
        // A line for each would be the next flood.
        reply.log.note = None;
        reply
    }

    fn note(&self, directory: &DirectoryId, note: Note, listing: Listing) {
        if let Listing::AfterUnlisted(count) = listing {
            let body = format!("{{\"unlisted_reads\":{count}}}").into();
            let line = Note {
                subject: None,
                body,
                ..note.clone()
            };
            self.notebook.add(directory, line);
        }
        self.notebook.add(directory, note);
    }
}

/// Says in a word why nobody was let in; `None` when that was no question of who.
fn why_refused(error: &Error, parts: &Parts, token: Option<&str>) -> Option<&'static str> {
    if error.kind() != ErrorKind::Unauthorized {
        return None;
    }
    Some(match token {
        None if parts.headers.contains_key(header::AUTHORIZATION) => "malformed",
        None => "missing",
        Some(token) if Secret::mistyped(token) => "mistyped",
        Some(_) => "refused",
    })
}

/// Adds what was wrong with the token to the line of a refused call: `"token": {"is", "id"?}`.
fn with_fault(note: Note, fault: &TokenFault) -> Note {
    let Some(line) = note.body.strip_suffix(b"}") else {
        return note;
    };
    let is_plain =
        |id: &&str| !id.contains(['"', '\\']) && id.bytes().all(|b| b.is_ascii_graphic());
    let id = fault
        .token()
        .filter(is_plain)
        .map(|id| format!(",\"id\":\"{id}\""));
    let id = id.unwrap_or_default();
    let member = format!(",\"token\":{{\"is\":\"{}\"{id}}}}}", fault.word());
    let body = [line, member.as_bytes()].concat().into();
    Note { body, ..note }
}

impl<D: Directories, A: Admit, B> tower_service::Service<Request<B>> for Scim<D, A>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.respond(request).await) })
    }
}

impl<D: Directories, A> Clone for Scim<D, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Directories, A: fmt::Debug> fmt::Debug for Scim<D, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scim")
            .field("directories", &self.0.directories)
            .field("admit", &self.0.admit)
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}
