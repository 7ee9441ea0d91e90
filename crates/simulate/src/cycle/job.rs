//! What an administrator of Entra does beside the cycles: on demand, and from scratch.

use super::{Run, Scope};
use crate::{
    dialect,
    ledger::{About, Halt},
    person::Standing,
    provider::Provider,
    transport::Transport,
};

impl<T: Transport> Run<'_, T> {
    /// Provisions one person at once, as soon as there is something to provision (ENTRA-59).
    ///
    /// The job remembers nothing of it: its next cycle must find the person and have nothing to do.
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn on_demand(&mut self) -> Result<(), Halt> {
        let is_active = |key: &usize| {
            let person = self.directory.people.get(*key);
            person.is_some_and(|person| person.standing == Standing::Active)
        };
        let Some(key) = self.on_demand.filter(is_active) else {
            return Ok(());
        };
        self.on_demand = None;
        self.client.ledger.stage("on demand");
        // The flag of the tenant URL is not honoured here.
        let plain = dialect::of(Provider::Entra, self.client.options);
        let flagged = std::mem::replace(&mut self.client.dialect, plain);
        let outcome = self.person(key, Scope::Everything).await;
        self.client.dialect = flagged;
        self.people.remove(&key);
        outcome
    }

    /// "Restart provisioning": forgets everything, and plays an initial cycle over unchanged people.
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn restart(&mut self) -> Result<(), Halt> {
        if !(self.client.is_entra() && self.client.options.entra.restart) {
            return Ok(());
        }
        self.client.ledger.stage("restart");
        let before = self.client.ledger.writes;
        let known = std::mem::take(&mut self.people);
        self.groups.clear();
        for key in 0..self.directory.people.len() {
            if known.contains_key(&key) {
                self.recognise(key).await?;
            }
        }
        self.cycle(Scope::Everything).await?;
        for (key, known) in known {
            let now = self.people.get(&key).map(|now| now.id.clone());
            let left = self.directory.people.get(key).map(|person| person.standing);
            if now.as_ref() != Some(&known.id) && left != Some(Standing::Deleted) {
                let subject = self.user_name(key);
                self.client
                    .ledger
                    .differ(("User", &subject), ("id", known.id, now));
            }
        }
        let writes = self.client.ledger.writes - before;
        if writes > 0 {
            let about = About {
                request: "the restart",
                subject: "",
            };
            let detail = format!("{writes} writes, although nobody had changed");
            self.client.ledger.fail(about, None, &detail);
        }
        Ok(())
    }
}
