//! SCIM and the management API on one listener.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use enroll_http::{BoxError, ByToken, ReplyBody, Scim};
use enroll_manage::{AnswerBody, Api};
use enroll_store_sqlite::Sqlite;
use http::{Request, Response};
use http_body_util::Either;
use tower_service::Service;

/// What `enroll dev` serves: `/scim` is SCIM, everything else the management API; clones share everything.
#[derive(Clone)]
pub struct Everything {
    scim: Scim<Sqlite, ByToken<Sqlite>>,
    manage: Api,
}

impl Everything {
    pub(crate) fn new(scim: Scim<Sqlite, ByToken<Sqlite>>, manage: Api) -> Self {
        Self { scim, manage }
    }

    /// Answers one request.
    pub async fn respond<B>(&self, request: Request<B>) -> Response<Either<ReplyBody, AnswerBody>>
    where
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if is_scim(request.uri().path()) {
            self.scim.respond(request).await.map(Either::Left)
        } else {
            self.manage.respond(request).await.map(Either::Right)
        }
    }
}

impl<B> Service<Request<B>> for Everything
where
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Either<ReplyBody, AnswerBody>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let all = self.clone();
        Box::pin(async move { Ok(all.respond(request).await) })
    }
}

impl fmt::Debug for Everything {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Everything").finish_non_exhaustive()
    }
}

/// Tells whether the first segment is `scim`; the path is neither decoded nor normalised (threat B1).
fn is_scim(path: &str) -> bool {
    path.strip_prefix("/scim")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b1_only_the_plain_prefix_is_scim() {
        for (path, wanted) in [
            ("/scim", true),
            ("/scim/int_1/v2/Users", true),
            ("/scim//int_1", true),
            ("/scimitar", false),
            ("/%73cim/int_1", false),
            ("//scim/int_1", false),
            ("/v1/tenants", false),
            ("/", false),
        ] {
            assert_eq!(is_scim(path), wanted, "{path}");
        }
    }
}
