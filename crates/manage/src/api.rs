//! The service: who calls, where to, and what every answer carries.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{MatchedPath, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use enroll_store::Directories;
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::Tenants;
use http::{Extensions, HeaderMap, HeaderValue, Method, header};
use http_body::{Frame, SizeHint};
use tower_service::Service;

use crate::{
    Manage, Options, Problem,
    asked::nowhere,
    auth::{self, Caller},
    problem::Broken,
    routes::{self, OPEN_PATHS},
};

/// An error of a transport.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Waiting<V> = Pin<Box<dyn Future<Output = V> + Send>>;

/// The management API as a [`tower_service::Service`]; clones share everything.
///
/// It answers `/healthz`, `/readyz`, `/version` and everything under `/v1`, and may be nested under
/// any path.
#[derive(Clone)]
pub struct Api {
    router: Router,
    admit: Arc<dyn Fn(HeaderMap) -> Waiting<Result<Caller, Problem>> + Send + Sync>,
    options: Options,
}

impl Api {
    pub(crate) fn new<T, D, L>(manage: Manage<T, D, L>) -> Self
    where
        T: Tenants,
        D: Directories,
        L: Ledger + Accounts,
    {
        let options = manage.options().clone();
        let keeper = manage.clone();
        let admit = move |headers: HeaderMap| -> Waiting<Result<Caller, Problem>> {
            let manage = keeper.clone();
            Box::pin(
                async move { auth::admit(manage.gate(), &manage.options().keys, &headers).await },
            )
        };
        let router = routes::router::<T, D, L>()
            .layer(from_fn(auth::guard))
            .layer(from_fn(mark))
            .with_state(manage);
        Self {
            router,
            admit: Arc::new(admit),
            options,
        }
    }

    /// Answers one request.
    pub async fn respond<B>(&self, request: http::Request<B>) -> http::Response<AnswerBody>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (id, began) = ((self.options.ids)("req"), (self.options.clock)());
        let method = request.method().clone();
        let mut response = self.answer(request.map(Body::new)).await;
        self.log(&id, &method, began.as_millis(), &response);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert("x-request-id", id);
        }
        *response.extensions_mut() = Extensions::new();
        response.map(AnswerBody)
    }

    async fn answer(&self, mut request: Request) -> Response {
        // What an outer router learnt about the path is about its own routes, not ours.
        *request.extensions_mut() = Extensions::new();
        let path = request.uri().path();
        if !OPEN_PATHS.contains(&path) {
            match (self.admit)(request.headers().clone()).await {
                Ok(caller) => request.extensions_mut().insert(caller),
                Err(problem) => return problem.into_response(),
            };
        }
        if !auth::is_plain(request.uri().path()) {
            return nowhere().into_response();
        }
        let Ok(response) = self.router.clone().call(request).await;
        response
    }

    /// Writes one line: the route, never the path or the body (threat C14).
    fn log(&self, id: &str, method: &Method, began: i64, response: &Response) {
        let (status, ms) = (
            response.status().as_u16(),
            (self.options.clock)().as_millis() - began,
        );
        let route = response
            .extensions()
            .get::<MatchedPath>()
            .map(MatchedPath::as_str);
        match response.extensions().get::<Broken>() {
            Some(Broken(cause)) if status >= 500 => {
                tracing::error!(request_id = id, %method, route, status, ms, cause, "not answered");
            }
            _ => tracing::info!(request_id = id, %method, route, status, ms, "answered"),
        }
    }
}

/// Carries the route to the log.
async fn mark(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<B> Service<http::Request<B>> for Api
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<AnswerBody>;
    type Error = Infallible;
    type Future = Waiting<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move { Ok(api.respond(request).await) })
    }
}

/// The body of an answer.
#[derive(Debug)]
pub struct AnswerBody(Body);

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.0).poll_frame(cx).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
