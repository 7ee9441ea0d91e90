//! People: look up, create or adopt, read, send the difference, delete.

use serde_json::Value;

use super::{KnownPerson, Run, Scope};
use crate::{
    answer::id,
    dialect::{Ask, Lookup, Update},
    field::{Field, changed, mismatches},
    ledger::Halt,
    person::{Person, Standing},
    transport::Transport,
};

/// What a look-up by `userName` says.
enum Found {
    One(Value),
    Nobody,
    /// The answer is of no use; that is noted.
    Unclear,
}

impl<T: Transport> Run<'_, T> {
    /// Does for one person what the directory asks for.
    pub(super) async fn person(&mut self, key: usize, scope: Scope) -> Result<(), Halt> {
        let Some(person) = self.directory.people.get(key).cloned() else {
            return Ok(());
        };
        match (self.people.get(&key).cloned(), person.standing) {
            (None, Standing::Active) => self.provision(key, &person).await,
            // Who is not there already is never created disabled (ENTRA-64).
            // Nothing is sent about somebody who waits for approval or is left behind.
            (None, _) | (Some(_), Standing::Waiting | Standing::Pending | Standing::LeftBehind) => {
                Ok(())
            }
            (Some(known), Standing::Deleted) => self.delete(key, &person, &known).await,
            (Some(known), Standing::Active | Standing::Suspended) => {
                if scope == Scope::Everything {
                    self.match_again(key, &person, &known).await
                } else if known.acknowledged.as_ref() == Some(&person) {
                    Ok(())
                } else {
                    self.update(key, &person, &known).await
                }
            }
        }
    }

    /// Takes somebody over again whom the provider has forgotten, disabled or not.
    pub(super) async fn recognise(&mut self, key: usize) -> Result<(), Halt> {
        let Some(person) = self.directory.people.get(key).cloned() else {
            return Ok(());
        };
        match self.find(&person).await? {
            Found::One(resource) => self.adopt(key, &person, &resource).await,
            Found::Nobody | Found::Unclear => Ok(()),
        }
    }

    /// Looks a new person up, then adopts or creates.
    async fn provision(&mut self, key: usize, person: &Person) -> Result<(), Halt> {
        match self.find(person).await? {
            Found::One(resource) => self.adopt(key, person, &resource).await,
            Found::Nobody => self.create(key, person).await,
            Found::Unclear => Ok(()),
        }
    }

    /// Looks a person up in the provider's way.
    async fn find(&mut self, person: &Person) -> Result<Found, Halt> {
        let Lookup::Filter(attributes) = self.habits.lookup else {
            if self.discovered.is_none() {
                self.discover().await?;
            }
            let known = self.discovered.as_ref();
            let known = known.and_then(|known| known.user(&person.user_name));
            return Ok(known.map_or(Found::Nobody, |user| Found::One(user.clone())));
        };
        for attribute in attributes {
            match self.find_by(person, *attribute).await? {
                Found::Nobody => {}
                found => return Ok(found),
            }
        }
        Ok(Found::Nobody)
    }

    /// Looks up whom the server says to exist already.
    async fn find_existing(&mut self, person: &Person) -> Result<Found, Halt> {
        match self.habits.lookup {
            Lookup::Filter(_) => {}
            Lookup::Discovery { then_filter: true } => {
                return self.find_by(person, Field::UserName).await;
            }
            Lookup::Discovery { then_filter: false } => self.discover().await?,
        }
        self.find(person).await
    }

    async fn find_by(&mut self, person: &Person, attribute: Field) -> Result<Found, Halt> {
        let name = &person.user_name;
        let Some(wanted) = attribute.wanted(person) else {
            return Ok(Found::Nobody);
        };
        let ask = self.client.dialect.find_user_by(attribute, &wanted);
        let answer = self.client.send(&ask, name).await?;
        match answer.status {
            200 => {}
            // Okta and OneLogin take it for an empty list (OKTA-04, OL-01).
            404 if self.habits.takes_404 => return Ok(Found::Nobody),
            _ => {
                self.client.refused(&ask, name, &answer);
                return Ok(Found::Unclear);
            }
        }
        let mut found = self.client.listing(&ask, answer).resources.into_iter();
        match (found.next(), found.len()) {
            (None, _) => Ok(Found::Nobody),
            (Some(one), 0) if is_found(&one, attribute, &wanted) && id(&one).is_some() => {
                Ok(Found::One(one))
            }
            (Some(one), 0) => {
                let path = attribute.path();
                let other = attribute.read(&one).unwrap_or_else(|| format!("no {path}"));
                let detail = format!("the look-up answers with {other}, or without an id");
                self.client.wrong(&ask, name, 200, &detail);
                Ok(Found::Unclear)
            }
            (Some(_), more) => {
                let detail = format!("the look-up answers with {} people", more + 1);
                self.client.wrong(&ask, name, 200, &detail);
                Ok(Found::Unclear)
            }
        }
    }

    async fn create(&mut self, key: usize, person: &Person) -> Result<(), Halt> {
        let name = &person.user_name;
        let ask = self.client.dialect.create_user(person);
        let answer = self.client.send(&ask, name).await?;
        match (answer.status, answer.id()) {
            (201, Some(id)) => {
                let id = id.to_owned();
                self.compare(person, &answer.body);
                self.acknowledge(key, id, Some(person.clone()));
                Ok(())
            }
            (201, None) => {
                self.client
                    .wrong(&ask, name, 201, "the created user has no id");
                Ok(())
            }
            // The answer to an earlier try was lost (ENTRA-66), or somebody was quicker.
            (409, _) => match self.find_existing(person).await? {
                Found::One(resource) => self.adopt(key, person, &resource).await,
                Found::Nobody => {
                    let detail =
                        "the server says that the user exists, but the look-up finds nobody";
                    self.client.wrong(&ask, name, 409, detail);
                    Ok(())
                }
                Found::Unclear => Ok(()),
            },
            _ => {
                self.client.refused(&ask, name, &answer);
                Ok(())
            }
        }
    }

    /// Takes somebody over who is at the server already.
    async fn adopt(&mut self, key: usize, person: &Person, resource: &Value) -> Result<(), Halt> {
        let Some(id) = id(resource) else {
            return Ok(());
        };
        self.acknowledge(key, id.to_owned(), None);
        self.bring(key, person, id, resource).await
    }

    /// Reads by the id in memory, then sends the difference.
    async fn update(
        &mut self,
        key: usize,
        person: &Person,
        known: &KnownPerson,
    ) -> Result<(), Halt> {
        if self.habits.update == Update::Blind {
            return self.bring(key, person, &known.id, &Value::Null).await;
        }
        let ask = self.client.dialect.read_user(&known.id);
        let answer = self.client.send(&ask, &person.user_name).await?;
        match answer.status {
            200 => {
                self.observe(known, &answer.body);
                self.bring(key, person, &known.id, &answer.body).await
            }
            404 => self.lost(key, person, known).await,
            _ => {
                self.client.refused(&ask, &person.user_name, &answer);
                Ok(())
            }
        }
    }

    /// The look-up of a full cycle: the person must be found under the id in memory.
    async fn match_again(
        &mut self,
        key: usize,
        person: &Person,
        known: &KnownPerson,
    ) -> Result<(), Halt> {
        match self.find(person).await? {
            Found::One(resource) if id(&resource) == Some(known.id.as_str()) => {
                self.observe(known, &resource);
                self.bring(key, person, &known.id, &resource).await
            }
            Found::One(resource) => {
                self.differ(
                    person,
                    "id",
                    known.id.clone(),
                    id(&resource).map(str::to_owned),
                );
                self.adopt(key, person, &resource).await
            }
            Found::Nobody => {
                let wanted = format!("the look-up finds the user {:?}", person.user_name);
                self.differ(person, "look-up", wanted, None);
                self.update(key, person, known).await
            }
            Found::Unclear => Ok(()),
        }
    }

    /// The id in memory leads nowhere any more.
    async fn lost(&mut self, key: usize, person: &Person, known: &KnownPerson) -> Result<(), Halt> {
        self.differ(person, "id", known.id.clone(), None);
        self.people.remove(&key);
        if let Some(discovered) = &mut self.discovered {
            discovered.forget(&person.user_name);
        }
        match person.standing {
            Standing::Active => self.provision(key, person).await,
            _ => match self.find(person).await? {
                Found::One(resource) => self.adopt(key, person, &resource).await,
                Found::Nobody | Found::Unclear => Ok(()),
            },
        }
    }

    /// Sends what is needed for `current` to become `person`, and nothing when it is already.
    async fn bring(
        &mut self,
        key: usize,
        person: &Person,
        id: &str,
        current: &Value,
    ) -> Result<(), Halt> {
        let changed = changed(&self.fields, person, current);
        if changed.is_empty() {
            self.acknowledge(key, id.to_owned(), Some(person.clone()));
            return Ok(());
        }
        let ask = self
            .client
            .dialect
            .update_user(id, person, current, &changed);
        self.acknowledge(key, id.to_owned(), None);
        self.write(key, person, id, &ask).await
    }

    async fn write(
        &mut self,
        key: usize,
        person: &Person,
        id: &str,
        ask: &Ask,
    ) -> Result<(), Halt> {
        let answer = self.client.send(ask, &person.user_name).await?;
        match (answer.status, answer.is_object()) {
            (200, true) => {
                self.compare(person, &answer.body);
                // The answer decides under which id the person is found from now on.
                let now = answer.id().unwrap_or(id);
                if now != id {
                    self.differ(person, "id", id.to_owned(), Some(now.to_owned()));
                }
                self.acknowledge(key, now.to_owned(), Some(person.clone()));
            }
            (204, _) => self.acknowledge(key, id.to_owned(), Some(person.clone())),
            (200, false) => {
                self.client
                    .wrong(ask, &person.user_name, 200, "the answer carries no user");
            }
            // Who has not read learns it now (AK-07); nobody creates somebody to delete him.
            (404, _) if self.habits.update == Update::Blind => {
                self.differ(person, "id", id.to_owned(), None);
                self.people.remove(&key);
            }
            _ => self.client.refused(ask, &person.user_name, &answer),
        }
        Ok(())
    }

    async fn delete(
        &mut self,
        key: usize,
        person: &Person,
        known: &KnownPerson,
    ) -> Result<(), Halt> {
        if self.habits.suspends_first {
            // To the fields, a deleted person is one who is not active.
            self.update(key, person, known).await?;
        }
        let id = self
            .people
            .get(&key)
            .map_or(&known.id, |now| &now.id)
            .clone();
        let ask = self.client.dialect.delete_user(&id);
        let answer = self.client.send(&ask, &person.user_name).await?;
        match answer.status {
            204 => {}
            // The lost answer to an earlier try was the 204.
            404 if answer.repeated => {}
            404 => self.client.refused(&ask, &person.user_name, &answer),
            _ => {
                // The next cycle tries again.
                self.client.refused(&ask, &person.user_name, &answer);
                return Ok(());
            }
        }
        self.people.remove(&key);
        if let Some(discovered) = &mut self.discovered {
            discovered.forget(&person.user_name);
        }
        for group in self.groups.values_mut() {
            group.members.remove(&key);
        }
        Ok(())
    }

    fn acknowledge(&mut self, key: usize, id: String, acknowledged: Option<Person>) {
        self.people.insert(key, KnownPerson { id, acknowledged });
    }

    /// Compares what is read with what the server acknowledged before.
    fn observe(&mut self, known: &KnownPerson, resource: &Value) {
        if let Some(acknowledged) = &known.acknowledged {
            self.compare(acknowledged, resource);
        }
    }

    /// Notes every field in which `resource` is not what `person` says.
    pub(crate) fn compare(&mut self, person: &Person, resource: &Value) {
        for mismatch in mismatches((&self.fields, self.habits.addresses), person, resource) {
            self.client
                .ledger
                .differ(("User", &person.user_name), mismatch);
        }
    }

    fn differ(&mut self, person: &Person, field: &str, wanted: String, found: Option<String>) {
        self.client
            .ledger
            .differ(("User", &person.user_name), (field, wanted, found));
    }
}

/// Names and addresses are compared without case (RFC 7643 §4.1.1, §4.1.2).
fn is_found(resource: &Value, attribute: Field, wanted: &str) -> bool {
    let found = attribute.read(resource);
    found.is_some_and(|found| match attribute {
        Field::ExternalId => found == wanted,
        _ => found.eq_ignore_ascii_case(wanted),
    })
}
