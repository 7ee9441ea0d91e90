//! Connections: an accepted listener goes in, and every wait on it has an end (threat E1).
//!
//! Plain text is HTTP/1 only: a builder that guesses the protocol has no deadline while it guesses.

mod timed;
mod unread;

use std::{
    convert::Infallible, io, pin::Pin, pin::pin, sync::Arc, task::Context, task::Poll,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::body::BoxError;
use timed::{Phase, Timed};

/// Deadlines and caps of connections (design: limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connections {
    /// Most connections at one moment; more are closed at once.
    pub most: usize,
    /// Most header fields of a request.
    pub headers_max: usize,
    /// How long a request's head may take, from its first byte; for the first one, from the connection's start.
    pub head: Duration,
    /// How long a connection may be idle between requests.
    pub idle: Duration,
    /// How long a client may take nothing of an answer.
    pub stall: Duration,
    /// How long running requests may take once the server stops.
    pub drain: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            most: 10_000,
            headers_max: 100,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stall: Duration::from_secs(30),
            drain: Duration::from_secs(30),
        }
    }
}

/// What [`serve`] serves: a tower service over hyper's requests, such as [`crate::Scim`] or an axum router.
pub trait Serve: Clone + Send + 'static {
    /// The body of its answers.
    type Body: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static;

    /// Answers one request.
    fn serve(self, request: Request<Incoming>)
    -> impl Future<Output = Response<Self::Body>> + Send;
}

impl<S, B> Serve for S
where
    S: tower_service::Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    type Body = B;

    async fn serve(mut self, request: Request<Incoming>) -> Response<B> {
        let ready = std::future::poll_fn(|cx| self.poll_ready(cx)).await;
        let Ok(()) = ready;
        let Ok(response) = self.call(request).await;
        response
    }
}

/// Serves connections of `listener` until `stop` resolves; then running requests are finished.
///
/// # Errors
/// None today; the listener's own faults are logged and waited out.
pub async fn serve<S: Serve>(
    listener: TcpListener,
    service: S,
    limits: Connections,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (stopping, _) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok(_) if connections.len() >= limits.most => {
                    tracing::warn!(most = limits.most, "too many connections; one was closed");
                }
                Ok((stream, _)) => {
                    // A failure here costs speed only.
                    let _ = stream.set_nodelay(true);
                    let stopping = stopping.subscribe();
                    connections.spawn(connection(stream, service.clone(), limits, stopping));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    // Nobody listens when there are no connections.
    let _ = stopping.send(());
    let drained = timeout(limits.drain, async {
        while connections.join_next().await.is_some() {}
    });
    if drained.await.is_err() {
        tracing::warn!(
            open = connections.len(),
            "requests were cut off by the shutdown"
        );
        connections.abort_all();
    }
    Ok(())
}

/// Serves one connection until it closes, or until it is done after `stopping`.
pub(crate) async fn connection<I, S>(
    io: I,
    service: S,
    limits: Connections,
    mut stopping: watch::Receiver<()>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Serve,
{
    let phase = Arc::new(Phase::new(limits));
    let io = TokioIo::new(Timed::new(io, Arc::clone(&phase)));
    let mut builder = http1::Builder::new();
    // The phase tells a slow head from an idle connection and from an answer that is still going
    // out; hyper's own deadline, which cannot, backs it from further away.
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle * 4)
        .max_headers(limits.headers_max);
    let mut served = pin!(builder.serve_connection(io, Watched { service, phase }));
    let ended = tokio::select! {
        ended = &mut served => ended,
        _ = stopping.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A service that tells the phase when a request is being answered.
struct Watched<S> {
    service: S,
    phase: Arc<Phase>,
}

impl<S: Serve> hyper::service::Service<Request<Incoming>> for Watched<S> {
    type Response = Response<Tracked<S::Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.phase.busy();
        let (service, phase) = (self.service.clone(), Arc::clone(&self.phase));
        Box::pin(async move {
            Ok(service
                .serve(request)
                .await
                .map(|body| Tracked { body, phase }))
        })
    }
}

/// A body whose end makes the connection idle.
struct Tracked<B> {
    body: B,
    phase: Arc<Phase>,
}

impl<B: http_body::Body + Unpin> http_body::Body for Tracked<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Tracked<B> {
    fn drop(&mut self) {
        self.phase.idle();
    }
}

/// How long accepting rests after a failure such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
