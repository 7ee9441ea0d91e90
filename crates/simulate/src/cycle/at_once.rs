//! A cycle whose membership requests are in flight at the same time (OKTA-29).

use std::collections::BTreeSet;

use super::{
    Run, Scope,
    groups::{Half, Plan},
};
use crate::{
    dialect::{Ask, Member, Roll},
    directory::Group,
    ledger::Halt,
    transport::Transport,
};

impl<T: Transport> Run<'_, T> {
    /// Plays one cycle; each member who comes or goes is a request of its own.
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn cycle_at_once(&mut self) -> Result<(), Halt> {
        self.all_people(Scope::Changed).await?;
        for plan in self.plans(Scope::Changed).await? {
            self.carry_out_at_once(&plan).await?;
        }
        Ok(())
    }

    async fn carry_out_at_once(&mut self, plan: &Plan) -> Result<(), Halt> {
        let Some(group) = self.directory.groups.get(plan.group).cloned() else {
            return Ok(());
        };
        let Some(id) = self.groups.get(&plan.group).map(|known| known.id.clone()) else {
            return Ok(());
        };
        let asks = self.asks_at_once(plan, &group, &id);
        let answers = self.client.send_at_once(&asks, &group.name).await?;
        let mut sure = true;
        for (ask, answer) in asks.iter().zip(&answers) {
            sure &= self.group_written(ask, &group, answer);
        }
        self.remember_members(plan, Half::Leave, sure);
        Ok(())
    }

    /// Those who come and those who go, alternately.
    fn asks_at_once(&self, plan: &Plan, group: &Group, id: &str) -> Vec<Ask> {
        let asks = |keys: &BTreeSet<usize>, half: Half| -> Vec<Vec<Ask>> {
            let ask = |member: Member| {
                let roll = Roll {
                    id,
                    group,
                    moved: std::slice::from_ref(&member),
                    after: &[],
                };
                match half {
                    Half::Join => self.client.dialect.join(&roll),
                    Half::Leave => self.client.dialect.leave(&roll),
                }
            };
            self.members(keys).into_iter().map(ask).collect()
        };
        let mut joins = asks(&plan.join, Half::Join).into_iter();
        let mut leaves = asks(&plan.leave, Half::Leave).into_iter();
        let mut mixed = Vec::new();
        loop {
            let (join, leave) = (joins.next(), leaves.next());
            if join.is_none() && leave.is_none() {
                return mixed;
            }
            mixed.extend(join.into_iter().chain(leave).flatten());
        }
    }
}
