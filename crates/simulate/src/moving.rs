//! The application moves to another server in the middle of a story; the provider keeps its memory.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crate::transport::{Transport, TransportError};

/// A transport whose base URL an administrator changes while a provider runs.
///
/// What the provider remembers (ids, members, what was acknowledged) stays, as at a real provider: a
/// server that gives moved resources other ids is found out by 404s and duplicates. Who plays a story
/// calls [`Moving::depart`] when a part of it ends, usually from the progress of
/// [`Simulation::run_over`](crate::Simulation::run_over); before the next request the move is made.
///
/// ```
/// use enroll_simulate::{Moving, Transport, TransportError};
///
/// struct Echo;
///
/// impl Transport for Echo {
///     async fn send(
///         &self,
///         request: http::Request<Vec<u8>>,
///     ) -> Result<http::Response<Vec<u8>>, TransportError> {
///         Ok(http::Response::new(request.uri().to_string().into_bytes()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let line = Moving::new(Echo, "http://old.example/scim", || {
///     // Export here, import there.
///     Ok("http://new.example/scim/int_1/v2".to_owned())
/// });
/// let ask = || http::Request::get("http://old.example/scim/Users/7?x=1").body(Vec::new());
/// assert_eq!(line.send(ask()?).await?.body(), b"http://old.example/scim/Users/7?x=1");
/// line.depart();
/// let moved = line.send(ask()?).await?;
/// assert_eq!(moved.body(), b"http://new.example/scim/int_1/v2/Users/7?x=1");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Moving<T, F> {
    inner: T,
    from: String,
    to: Mutex<Option<String>>,
    departs: AtomicBool,
    carry: F,
}

impl<T, F> Moving<T, F>
where
    T: Transport,
    F: Fn() -> Result<String, String> + Send + Sync,
{
    /// Returns a line to the server at base URL `from`; `carry` moves everything and returns the new
    /// base URL, or why it could not.
    pub fn new(inner: T, from: &str, carry: F) -> Self {
        Self {
            inner,
            from: from.trim_end_matches('/').to_owned(),
            to: Mutex::new(None),
            departs: AtomicBool::new(false),
            carry,
        }
    }

    /// Lets the move happen before the next request; a second call changes nothing.
    pub fn depart(&self) {
        self.departs.store(true, Ordering::SeqCst);
    }

    /// Returns the base URL moved to, once the move is made.
    pub fn moved_to(&self) -> Option<String> {
        self.to().clone()
    }

    fn to(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.to.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the URL a request goes to now.
    fn target(&self, uri: &str) -> Result<Option<String>, TransportError> {
        let mut to = self.to();
        if to.is_none() && self.departs.load(Ordering::SeqCst) {
            let base = (self.carry)().map_err(TransportError::new)?;
            *to = Some(base.trim_end_matches('/').to_owned());
        }
        let rest = uri.strip_prefix(&self.from);
        Ok(to
            .as_ref()
            .zip(rest)
            .map(|(to, rest)| format!("{to}{rest}")))
    }
}

impl<T, F> Transport for Moving<T, F>
where
    T: Transport,
    F: Fn() -> Result<String, String> + Send + Sync,
{
    async fn send(
        &self,
        mut request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        if let Some(target) = self.target(&request.uri().to_string())? {
            *request.uri_mut() = target
                .parse()
                .map_err(|error| TransportError::new(format!("{target}: {error}")))?;
        }
        self.inner.send(request).await
    }

    async fn pause(&self, time: std::time::Duration) {
        self.inner.pause(time).await;
    }
}
