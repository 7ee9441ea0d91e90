//! Okta's "Push now": every group with all its members at once (OKTA-18, OKTA-19).

use super::Run;
use crate::{dialect::Roll, ledger::Halt, transport::Transport};

impl<T: Transport> Run<'_, T> {
    /// Pushes every group that there is.
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn push_now(&mut self) -> Result<(), Halt> {
        if !(self.client.is_okta() && self.client.options.okta.push_now) {
            return Ok(());
        }
        self.client.ledger.stage("push now");
        let there: Vec<_> = self
            .directory
            .existing_groups()
            .map(|(key, group)| (key, group.clone()))
            .collect();
        for (key, group) in there {
            let Some(known) = self.groups.get(&key).cloned() else {
                continue;
            };
            let members = self.members(&self.wanted_members(key));
            let roll = Roll {
                id: &known.id,
                group: &group,
                moved: &[],
                after: &members,
            };
            let Some(ask) = self.client.dialect.push(&roll) else {
                continue;
            };
            let answer = self.client.send(&ask, &group.name).await?;
            self.group_written(&ask, &group, &answer);
        }
        Ok(())
    }
}
