//! One cycle of a provider: what it reads decides what it writes.

mod at_once;
mod connect;
mod discovery;
mod group_life;
mod groups;
mod import;
mod job;
mod people;
mod push;
mod quarantine;

use std::collections::{BTreeSet, HashMap};

use crate::{
    client::Client,
    dialect::{Habits, Member},
    directory::Directory,
    field::Field,
    ledger::Halt,
    person::{Person, Standing},
    transport::Transport,
};

/// What the provider remembers of a person at the server.
#[derive(Clone, Debug)]
pub(crate) struct KnownPerson {
    pub(crate) id: String,
    /// What the server has acknowledged; nothing while that is uncertain.
    pub(crate) acknowledged: Option<Person>,
}

/// What the provider remembers of a group at the server.
#[derive(Clone, Debug)]
pub(crate) struct KnownGroup {
    pub(crate) id: String,
    /// The name under which the server has it.
    pub(crate) name: String,
    pub(crate) members: BTreeSet<usize>,
    /// Whether `members` is what the server has acknowledged.
    pub(crate) sure: bool,
}

/// Which part of the directory a cycle looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What has changed since the last cycle.
    Changed,
    /// Everything, by the look-ups that a first cycle makes.
    Everything,
}

/// A provider at work: its directory, its memory of the server, its connection.
pub(crate) struct Run<'a, T> {
    pub(crate) directory: Directory,
    pub(crate) people: HashMap<usize, KnownPerson>,
    pub(crate) groups: HashMap<usize, KnownGroup>,
    pub(crate) client: Client<'a, T>,
    pub(crate) habits: Habits,
    discovered: Option<discovery::Discovered>,
    pub(crate) quarantine: quarantine::Quarantine,
    /// Who is still to be provisioned on demand.
    on_demand: Option<usize>,
    /// The attributes that the mapping sends.
    pub(crate) fields: Vec<Field>,
}

impl<'a, T: Transport> Run<'a, T> {
    pub(crate) fn new(directory: Directory, client: Client<'a, T>) -> Self {
        let habits = client.dialect.habits();
        let all = habits.fields.iter().copied();
        let fields = all.filter(|field| client.dialect.sends(*field)).collect();
        let options = client.options;
        Self {
            quarantine: quarantine::Quarantine::new(client.is_entra() && options.entra.quarantine),
            on_demand: options.entra.on_demand.filter(|_| client.is_entra()),
            directory,
            people: HashMap::new(),
            groups: HashMap::new(),
            client,
            habits,
            discovered: None,
            fields,
        }
    }

    /// Plays one cycle.
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn cycle(&mut self, scope: Scope) -> Result<(), Halt> {
        self.all_people(scope).await?;
        self.all_groups(scope).await
    }

    async fn all_people(&mut self, scope: Scope) -> Result<(), Halt> {
        if scope == Scope::Everything {
            self.discovered = None;
        }
        for key in 0..self.directory.people.len() {
            self.person(key, scope).await?;
        }
        Ok(())
    }

    /// Returns whether the provider means a person to be a member at the server.
    pub(crate) fn belongs(&self, person: usize, group: usize) -> bool {
        let stays = match self
            .directory
            .people
            .get(person)
            .map(|person| person.standing)
        {
            Some(Standing::Active) => true,
            Some(Standing::Suspended | Standing::LeftBehind) => self.habits.keeps_suspended,
            _ => false,
        };
        let group = self.directory.groups.get(group);
        let stays = stays && self.directory.pushes_groups;
        stays && group.is_some_and(|group| group.members.contains(&person))
    }

    /// Returns whom the provider means to be a member at the server.
    pub(crate) fn wanted_members(&self, group: usize) -> BTreeSet<usize> {
        let inside = self
            .directory
            .groups
            .get(group)
            .map(|inside| &inside.members);
        let inside = inside.into_iter().flatten().copied();
        inside
            .filter(|person| self.belongs(*person, group))
            .collect()
    }

    /// Returns the people of `keys` as the server knows them; those it does not know are left out.
    pub(crate) fn members(&self, keys: &BTreeSet<usize>) -> Vec<Member> {
        let member = |key: &usize| {
            let id = self.people.get(key)?.id.clone();
            Some(Member {
                id,
                user_name: self.user_name(*key),
            })
        };
        keys.iter().filter_map(member).collect()
    }

    pub(crate) fn user_name(&self, key: usize) -> String {
        self.directory
            .people
            .get(key)
            .map(|person| person.user_name.clone())
            .unwrap_or_default()
    }
}
