//! Alerts as JSON to a URL: a chat service's incoming webhook, or a program of your own.

use enroll_deliver::{Sender, Target, TargetError};

use crate::{AlertChannel, AlertMessage};

/// Posts each message as JSON with `text`; signed, if the target has a secret, as Standard Webhooks
/// say.
#[derive(Clone, Debug)]
pub struct Webhook(Sender);

impl Webhook {
    /// Prepares to post to `target`: [`Target::new`] with a secret, [`Target::unsigned`] without.
    ///
    /// # Errors
    /// [`TargetError`] says what is wrong with the URL (threat C15).
    pub fn new(target: &Target) -> Result<Self, TargetError> {
        Sender::new(target).map(Self)
    }
}

impl AlertChannel for Webhook {
    async fn tell(&self, message: &AlertMessage) -> Result<(), String> {
        let sent = self.0.send(&message.id, message.last_at, message.to_json());
        let answer = sent.await.map_err(|unsent| unsent.text)?;
        if (200..300).contains(&answer.status) {
            Ok(())
        } else {
            Err(format!("the webhook answered {}", answer.status))
        }
    }
}
