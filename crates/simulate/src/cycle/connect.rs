//! Before the first cycle: the configuration, and the administrator's connection test.

use super::Run;
use crate::{
    answer::id,
    dialect::{Ask, Trial},
    ledger::Halt,
    transport::Transport,
};

/// How often something is made again whose answer was lost.
const CREATE_TRIES: u32 = 5;

impl<T: Transport> Run<'_, T> {
    /// Sends what the administrator's connection test sends.
    ///
    /// # Errors
    /// [`Halt`] when the test fails: no provider would go on.
    pub(crate) async fn connect(&mut self) -> Result<(), Halt> {
        self.configure().await?;
        for ask in self.client.dialect.probes() {
            let answer = self.client.send(&ask, "").await?;
            if answer.status != 200 {
                self.client.refused(&ask, "", &answer);
                return Err(Halt);
            }
            self.client.listing(&ask, answer);
        }
        for trial in self.client.dialect.trials() {
            self.try_out(&trial).await?;
        }
        Ok(())
    }

    /// Lets the provider decide by the server's configuration (AK-01).
    async fn configure(&mut self) -> Result<(), Halt> {
        let Some(ask) = self.client.dialect.configuration() else {
            return Ok(());
        };
        let answer = self.client.send(&ask, "").await?;
        if answer.status != 200 || !answer.is_object() {
            self.client.refused(&ask, "", &answer);
            return Err(Halt);
        }
        for complaint in self.client.dialect.configure(&answer.body) {
            self.client.wrong(&ask, "", answer.status, &complaint);
        }
        Ok(())
    }

    /// Makes something, and deletes it again (JC-01).
    async fn try_out(&mut self, trial: &Trial) -> Result<(), Halt> {
        let found = match self.left_over(&trial.find).await? {
            Some(id) => Some(id),
            None => self.make(trial).await?,
        };
        let Some(id) = found else { return Err(Halt) };
        let ask = if trial.group {
            self.client.dialect.delete_group(&id)
        } else {
            self.client.dialect.delete_user(&id)
        };
        let answer = self.client.send(&ask, "").await?;
        match answer.status {
            204 => Ok(()),
            404 if answer.repeated => Ok(()),
            _ => {
                self.client.refused(&ask, "", &answer);
                Err(Halt)
            }
        }
    }

    /// Finds what an earlier test, or an earlier try of this one, has left behind.
    async fn left_over(&mut self, ask: &Ask) -> Result<Option<String>, Halt> {
        let answer = self.client.send(ask, "").await?;
        if answer.status != 200 {
            self.client.refused(ask, "", &answer);
            return Err(Halt);
        }
        let found = self.client.listing(ask, answer).resources;
        Ok(found.first().and_then(id).map(str::to_owned))
    }

    async fn make(&mut self, trial: &Trial) -> Result<Option<String>, Halt> {
        for _ in 0..CREATE_TRIES {
            let answer = self.client.send(&trial.create, "").await?;
            match (answer.status, answer.id()) {
                (201, Some(id)) => return Ok(Some(id.to_owned())),
                // The answer to an earlier try was lost, or the try itself.
                (0 | 409, _) if answer.repeated => {}
                _ => {
                    self.client.refused(&trial.create, "", &answer);
                    return Ok(None);
                }
            }
            if let Some(id) = self.left_over(&trial.find).await? {
                return Ok(Some(id));
            }
        }
        let detail = "what the test makes can neither be created nor be found";
        self.client.wrong(&trial.create, "", 409, detail);
        Ok(None)
    }
}
