//! Bodies: read within limits, written whole or as they are pulled.

use std::{
    fmt,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use enroll_core::{Body, Chunks};
use enroll_schema::{Error, ErrorKind};
use http_body::{Frame, SizeHint};
use http_body_util::{
    BodyExt,
    channel::{Channel, Sender},
};
use tokio::time::timeout;

/// An error of a transport.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer.
pub struct ReplyBody(Inner);

enum Inner {
    Whole(Bytes),
    Pulled(Channel<Bytes, BoxError>),
}

impl ReplyBody {
    pub(crate) fn empty() -> Self {
        Self::whole(Bytes::new())
    }

    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self(Inner::Whole(bytes))
    }

    /// Takes the core's body; one that is pulled is pulled by a task of its own, a piece ahead.
    pub(crate) fn of(body: Body) -> Self {
        match body {
            Body::Empty => Self::empty(),
            Body::Whole(bytes) => Self::whole(bytes),
            Body::Pulled(chunks) => {
                let (sender, channel) = Channel::new(1);
                tokio::spawn(pull(chunks, sender));
                Self(Inner::Pulled(channel))
            }
        }
    }
}

async fn pull(mut chunks: Box<dyn Chunks>, sender: Sender<Bytes, BoxError>) {
    let mut pulling = Pulling(Some(sender));
    let late = || Error::new(ErrorKind::Unavailable, "this took too long; try again");
    while let Some(sender) = &mut pulling.0 {
        let piece = timeout(PIECE_DEADLINE, chunks.next()).await;
        let goes_on = match piece.unwrap_or_else(|_| Some(Err(late()))) {
            // It fails when the client went away.
            Some(Ok(bytes)) => sender.send_data(bytes).await.is_ok(),
            Some(Err(error)) => {
                tracing::error!(error = %error, "an answer broke off while it was sent");
                false
            }
            None => {
                pulling.0 = None;
                true
            }
        };
        if !goes_on {
            return;
        }
    }
}

/// The sending end of a body: one that is not sent to its end is broken off, so that half an answer,
/// after a panic too, never looks like a whole one.
struct Pulling(Option<Sender<Bytes, BoxError>>);

impl Drop for Pulling {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            sender.abort("the answer broke off".into());
        }
    }
}

/// How long the store may take for one piece.
const PIECE_DEADLINE: Duration = Duration::from_secs(25);

impl http_body::Body for ReplyBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Inner::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Inner::Whole(bytes) => {
                let all = std::mem::take(bytes);
                Poll::Ready(Some(Ok(Frame::data(all))))
            }
            Inner::Pulled(channel) => Pin::new(channel).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Inner::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Inner::Pulled(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Whole(bytes) => write!(f, "ReplyBody({} bytes)", bytes.len()),
            Inner::Pulled(_) => f.write_str("ReplyBody(pulled)"),
        }
    }
}

/// Counts the bytes of bodies that are held at this moment, over all requests.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    held: Arc<AtomicUsize>,
    most: usize,
}

/// What one request holds of it; given back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    of: InFlight,
    bytes: usize,
}

impl InFlight {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            held: Arc::default(),
            most,
        }
    }

    pub(crate) fn none(&self) -> Held {
        Held {
            of: self.clone(),
            bytes: 0,
        }
    }
}

impl Held {
    fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        self.bytes += bytes;
        let before = self.of.held.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.of.most {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "too much is being sent; try again",
            ));
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body of at most `most` bytes; what it holds is counted in `held`.
///
/// # Errors
/// `PayloadTooLarge`, at once when the declared length says so (threat C12); `Unavailable` when all
/// bodies together are too much; `invalidSyntax` when the body breaks off.
pub(crate) async fn read<B>(body: B, most: usize, held: &mut Held) -> Result<Bytes, Error>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let too_large = || {
        let detail = format!("a body has at most {most} bytes here; send several requests");
        Error::new(ErrorKind::PayloadTooLarge, detail)
    };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|broken| {
            Error::new(ErrorKind::InvalidSyntax, "the body broke off").because(broken)
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + all.len() + data.len() > most {
            return Err(too_large());
        }
        held.grow(data.len())?;
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

#[cfg(test)]
mod tests {
    use enroll_core::BoxFuture;

    use super::*;

    /// A body of which the second piece never comes.
    #[derive(Debug)]
    enum Second {
        Fails,
        Hangs,
        Panics,
    }

    #[derive(Debug)]
    struct Half(bool, Second);

    impl Chunks for Half {
        fn next(&mut self) -> BoxFuture<'_, Option<Result<Bytes, Error>>> {
            Box::pin(async {
                if !std::mem::replace(&mut self.0, true) {
                    return Some(Ok(Bytes::from_static(b"{\"a\":")));
                }
                match self.1 {
                    Second::Fails => Some(Err(Error::new(ErrorKind::Unavailable, "busy"))),
                    Second::Hangs => std::future::pending().await,
                    Second::Panics => panic!("a store's fault"),
                }
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn half_an_answer_never_ends_well() {
        for second in [Second::Fails, Second::Hangs, Second::Panics] {
            let told = format!("{second:?}");
            let mut body = ReplyBody::of(Body::Pulled(Box::new(Half(false, second))));
            assert!(matches!(body.frame().await, Some(Ok(_))), "{told}");
            assert!(matches!(body.frame().await, Some(Err(_))), "{told}");
        }
    }
}
