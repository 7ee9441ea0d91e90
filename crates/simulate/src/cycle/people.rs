//! People: look up, create or adopt, read, send the difference, delete.

use serde_json::Value;

use super::{KnownPerson, Run, Scope};
use crate::{
    answer::id,
    dialect::Ask,
    field::{changed, mismatches},
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
            (None, _) | (Some(_), Standing::Waiting) => Ok(()),
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

    /// Looks a new person up, then adopts or creates.
    async fn provision(&mut self, key: usize, person: &Person) -> Result<(), Halt> {
        match self.find(person).await? {
            Found::One(resource) => self.adopt(key, person, &resource).await,
            Found::Nobody => self.create(key, person).await,
            Found::Unclear => Ok(()),
        }
    }

    async fn find(&mut self, person: &Person) -> Result<Found, Halt> {
        let name = &person.user_name;
        let ask = self.client.dialect.find_user(name);
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
            (Some(one), 0) if is_named(&one, name) && id(&one).is_some() => Ok(Found::One(one)),
            (Some(one), 0) => {
                let other = one
                    .get("userName")
                    .and_then(Value::as_str)
                    .unwrap_or("no userName");
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
            (409, _) => match self.find(person).await? {
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
                let wanted = format!("userName eq {:?} finds the user", person.user_name);
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
            _ => self.client.refused(&ask, &person.user_name, &answer),
        }
        self.people.remove(&key);
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
        for mismatch in mismatches(&self.fields, person, resource) {
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

/// `userName` is compared without case (RFC 7643 §4.1.1).
fn is_named(resource: &Value, name: &str) -> bool {
    let found = resource.get("userName").and_then(Value::as_str);
    found.is_some_and(|found| found.eq_ignore_ascii_case(name))
}
