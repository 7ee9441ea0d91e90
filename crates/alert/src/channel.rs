//! Where alerts go.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use crate::AlertMessage;

/// Tells people.
///
/// ```
/// use enroll_alert::{AlertChannel, AlertMessage, AnyChannel};
///
/// /// Prints what somebody must know.
/// struct Screen;
///
/// impl AlertChannel for Screen {
///     async fn tell(&self, message: &AlertMessage) -> Result<(), String> {
///         println!("{}", message.text);
///         Ok(())
///     }
/// }
///
/// let channel = AnyChannel::new("screen", Screen);
/// assert_eq!(channel.name(), "screen");
/// ```
pub trait AlertChannel: Send + Sync + 'static {
    /// Tells one message; an error says in one line why it did not arrive, and it is tried again.
    ///
    /// The same message may come twice, with the same id.
    fn tell(&self, message: &AlertMessage) -> impl Future<Output = Result<(), String>> + Send;
}

type Telling<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

trait Boxed: Send + Sync {
    fn tell<'a>(&'a self, message: &'a AlertMessage) -> Telling<'a>;
}

impl<C: AlertChannel> Boxed for C {
    fn tell<'a>(&'a self, message: &'a AlertMessage) -> Telling<'a> {
        Box::pin(AlertChannel::tell(self, message))
    }
}

/// A channel of any kind under its name; clones share it.
#[derive(Clone)]
pub struct AnyChannel {
    name: Arc<str>,
    channel: Arc<dyn Boxed>,
}

impl AnyChannel {
    /// Names a channel; what it was told is kept under this name.
    pub fn new(name: &str, channel: impl AlertChannel) -> Self {
        Self {
            name: name.into(),
            channel: Arc::new(channel),
        }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells one message.
    ///
    /// # Errors
    /// Why it did not arrive, in one line.
    pub async fn tell(&self, message: &AlertMessage) -> Result<(), String> {
        self.channel.tell(message).await
    }
}

impl fmt::Debug for AnyChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyChannel")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
