//! Groups that get another name, that go, and that come before their members.

use std::collections::BTreeSet;

use super::Run;
use crate::{
    answer::Answer,
    dialect::{Ask, Member, Roll},
    directory::Group,
    ledger::Halt,
    transport::Transport,
};

impl<T: Transport> Run<'_, T> {
    /// Tells the server the name of a group which it knows by another one.
    pub(super) async fn rename_group(&mut self, key: usize, group: &Group) -> Result<(), Halt> {
        let known = self.groups.get(&key).cloned();
        let Some(known) = known.filter(|known| known.name != group.name) else {
            return Ok(());
        };
        let members = self.members(&known.members);
        let roll = Roll {
            id: &known.id,
            group,
            moved: &[],
            after: &members,
        };
        let ask = self.client.dialect.rename_group(&roll);
        let answer = self.client.send(&ask, &group.name).await?;
        if self.group_written(&ask, group, &answer)
            && let Some(known) = self.groups.get_mut(&key)
        {
            known.name.clone_from(&group.name);
        }
        Ok(())
    }

    /// Deletes a group that is gone, and forgets its id.
    pub(super) async fn delete_group(&mut self, key: usize, group: &Group) -> Result<(), Halt> {
        let Some(known) = self.groups.remove(&key) else {
            return Ok(());
        };
        if let Some(discovered) = &mut self.discovered {
            discovered.groups.retain(|_, id| *id != known.id);
        }
        let ask = self.client.dialect.delete_group(&known.id);
        let answer = self.client.send(&ask, &group.name).await?;
        match answer.status {
            204 => {}
            // The lost answer to an earlier try was the 204.
            404 if answer.repeated => {}
            _ => self.client.refused(&ask, &group.name, &answer),
        }
        Ok(())
    }

    /// Pushes groups whose members the server does not know yet, by the only name which they have
    /// until then, their `externalId` (E-18).
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn groups_first(&mut self) -> Result<(), Halt> {
        for key in 0..self.directory.groups.len() {
            let Some(group) = self.directory.groups.get(key).cloned() else {
                continue;
            };
            self.provision_group(key, &group).await?;
            let Some(id) = self.groups.get(&key).map(|known| known.id.clone()) else {
                continue;
            };
            let wanted = self.wanted_members(key);
            let members = self.members_to_be(&wanted);
            let roll = Roll {
                id: &id,
                group: &group,
                moved: &members,
                after: &members,
            };
            let mut sure = true;
            for ask in self.client.dialect.join(&roll) {
                let answer = self.client.send(&ask, &group.name).await?;
                sure &= self.group_written(&ask, &group, &answer);
            }
            if let Some(known) = self.groups.get_mut(&key) {
                known.members = wanted;
                known.sure = sure;
            }
        }
        Ok(())
    }

    fn members_to_be(&self, keys: &BTreeSet<usize>) -> Vec<Member> {
        let people = keys
            .iter()
            .filter_map(|key| self.directory.people.get(*key));
        people
            .map(|person| Member {
                id: person.external_id.clone(),
                user_name: person.user_name.clone(),
            })
            .collect()
    }

    /// Returns whether a write to a group went well; notes it when it did not.
    pub(super) fn group_written(&mut self, ask: &Ask, group: &Group, answer: &Answer) -> bool {
        let well = matches!(answer.status, 200 | 204);
        if !well {
            self.client.refused(ask, &group.name, answer);
        }
        well
    }
}
