//! Whoever waits for the job is told, instead of asking again and again.

use std::sync::Arc;

use tokio::sync::watch;

/// Wakes the calls that wait for the job (`GET …/sync?wait=25`); clones are one bell.
///
/// ```
/// let bell = enroll_manage::Bell::default();
/// let given_to_the_api = bell.clone();
/// bell.ring(); // after each round of the job
/// # drop(given_to_the_api);
/// ```
#[derive(Clone, Debug)]
pub struct Bell(Arc<watch::Sender<()>>);

impl Default for Bell {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl Bell {
    /// Tells every waiting call to look again.
    pub fn ring(&self) {
        self.0.send_replace(());
    }

    /// Starts to listen: no ring from now on is missed.
    pub(crate) fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// One waiting call.
#[derive(Debug)]
pub(crate) struct Listener(watch::Receiver<()>);

impl Listener {
    /// Waits for the next ring since the last one heard.
    pub(crate) async fn next(&mut self) {
        // The bell outlives every call: the API holds it.
        let _ = self.0.changed().await;
    }
}
