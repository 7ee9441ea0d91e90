//! What goes out: an answer without its transport.

use std::{fmt, future::Future, pin::Pin};

use bytes::Bytes;
use enroll_quirks::Quirk;
use enroll_schema::{Error, ResourceId};
use enroll_store::{Note, Revision};

/// The answer to a [`crate::Call`]; a refusal is an answer too.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers by lower-case name; values hold nothing a client wrote (threat C4).
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
    /// What the request log and the process log say of it.
    pub log: Log,
}

/// The body of a [`Reply`].
#[derive(Debug)]
pub enum Body {
    /// None.
    Empty,
    /// All of it.
    Whole(Bytes),
    /// Too large to be held: pulled piece by piece, each piece its own short read.
    Pulled(Box<dyn Chunks>),
}

/// A future without a name.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A body in pieces, in order; after an error or `None` there is nothing more.
pub trait Chunks: fmt::Debug + Send {
    /// Reads the next piece.
    fn next(&mut self) -> BoxFuture<'_, Option<Result<Bytes, Error>>>;
}

/// What there is to say about a request beyond its answer.
#[derive(Debug, Default)]
pub struct Log {
    /// The quirks that fired.
    pub quirks: Vec<&'static Quirk>,
    /// The resource it was about.
    pub subject: Option<ResourceId>,
    /// The change it made.
    pub revision: Option<Revision>,
    /// The refusal, with what broke as its source.
    pub error: Option<Error>,
    /// The line for the request log, unless a write has taken it along.
    pub note: Option<Note>,
}

impl Reply {
    /// Returns the first header called `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Body {
    /// Reads all of it into memory.
    ///
    /// # Errors
    /// What stopped a pulled body.
    pub async fn collect(self) -> Result<Bytes, Error> {
        match self {
            Self::Empty => Ok(Bytes::new()),
            Self::Whole(bytes) => Ok(bytes),
            Self::Pulled(mut chunks) => {
                let mut all = Vec::new();
                while let Some(piece) = chunks.next().await {
                    all.extend_from_slice(&piece?);
                }
                Ok(all.into())
            }
        }
    }
}
