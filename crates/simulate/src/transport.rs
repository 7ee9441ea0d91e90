//! How requests reach the server.

use std::{future::Future, time::Duration};

/// An exchange without an answer: refused, reset, timed out. Whether the server acted is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TransportError(String);

impl TransportError {
    /// Returns an error which says what happened.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// A way to send one request and have one answer.
///
/// [`Http`](crate::Http) is the one for real servers. Tests bring a server of their own in the same
/// process, or stand between a provider and a server and lose answers:
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use enroll_simulate::{Transport, TransportError};
///
/// /// Loses every third answer, after the server has acted.
/// struct Lossy<T>(T, AtomicU32);
///
/// impl<T: Transport> Transport for Lossy<T> {
///     async fn send(
///         &self,
///         request: http::Request<Vec<u8>>,
///     ) -> Result<http::Response<Vec<u8>>, TransportError> {
///         let answer = self.0.send(request).await?;
///         match self.1.fetch_add(1, Ordering::Relaxed) % 3 {
///             2 => Err(TransportError::new("connection reset")),
///             _ => Ok(answer),
///         }
///     }
/// }
/// ```
pub trait Transport: Send + Sync {
    /// Sends `request`, whose URI is absolute, and returns the whole answer.
    ///
    /// # Errors
    /// [`TransportError`] when there is no answer; the provider then sends the request again.
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> impl Future<Output = Result<http::Response<Vec<u8>>, TransportError>> + Send;

    /// Waits before a request is sent again. Override it where time is not the clock's.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(time)
    }
}

impl<T: Transport> Transport for &T {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        (**self).send(request).await
    }

    async fn pause(&self, time: Duration) {
        (**self).pause(time).await;
    }
}
