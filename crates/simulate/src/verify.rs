//! Reading everything back, and comparing it with what was meant.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::{
    answer::id,
    cycle::Run,
    dialect::{Ask, resource},
    ledger::{About, Halt},
    person::{Person, Standing},
    transport::Transport,
};

const USERS: &str = "GET /Users";
const GROUPS: &str = "GET /Groups";

/// The users of a list, by id and by folded `userName`.
#[derive(Default)]
struct Seen {
    by_id: HashMap<String, Value>,
    by_name: HashMap<String, Vec<String>>,
}

impl<T: Transport> Run<'_, T> {
    /// Reads all users and groups, and notes every difference.
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn verify(&mut self) -> Result<(), Halt> {
        if let Some(users) = self.client.pages(USERS, "/Users?").await? {
            let seen = self.index(users);
            for key in 0..self.directory.people.len() {
                self.verify_person(key, &seen);
            }
        }
        let listed = self
            .client
            .pages(GROUPS, "/Groups?excludedAttributes=members&")
            .await?;
        let Some(listed) = listed else { return Ok(()) };
        for key in 0..self.directory.groups.len() {
            self.verify_group(key, &listed).await?;
        }
        Ok(())
    }

    fn index(&mut self, users: Vec<Value>) -> Seen {
        let about = About {
            request: USERS,
            subject: "",
        };
        let mut seen = Seen::default();
        for user in users {
            let Some(id) = id(&user).map(str::to_owned) else {
                self.client
                    .ledger
                    .fail(about, Some(200), "a user of the list has no id");
                continue;
            };
            let name = user
                .get("userName")
                .and_then(Value::as_str)
                .unwrap_or_default();
            seen.by_name
                .entry(name.to_lowercase())
                .or_default()
                .push(id.clone());
            if seen.by_id.insert(id, user).is_some() {
                let detail = "the pages of the list repeat a user";
                self.client.ledger.fail(about, Some(200), detail);
            }
        }
        seen
    }

    fn verify_person(&mut self, key: usize, seen: &Seen) {
        let Some(person) = self.directory.people.get(key).cloned() else {
            return;
        };
        let named = seen.by_name.get(&person.user_name.to_lowercase());
        let named: BTreeSet<&String> = named.into_iter().flatten().collect();
        match person.standing {
            Standing::Waiting => {}
            Standing::Deleted => {
                if let Some(id) = named.first() {
                    let found = Some(format!("still there as {id}"));
                    self.differ_user(&person, "user", "deleted".to_owned(), found);
                }
            }
            Standing::Pending => {
                if let Some(id) = named.first() {
                    let found = Some(format!("there as {id}"));
                    self.differ_user(&person, "user", "not approved yet".to_owned(), found);
                }
            }
            Standing::Active | Standing::Suspended | Standing::LeftBehind => {
                if named.len() > 1 {
                    let found = Some(format!("{} users", named.len()));
                    self.differ_user(&person, "userName", "one user".to_owned(), found);
                }
                let known = self.people.get(&key).map(|known| known.id.clone());
                let by_id = known.as_ref().and_then(|id| seen.by_id.get_key_value(id));
                let by_name = named.first().and_then(|id| seen.by_id.get_key_value(*id));
                match (by_id.or(by_name), known) {
                    (Some((id, user)), known) => {
                        if let Some(known) = known.filter(|known| known != id) {
                            self.differ_user(&person, "id", known, Some(id.clone()));
                        }
                        self.compare(&person, user);
                        self.compare_groups(key, &person, user);
                    }
                    (None, _) => self.differ_user(&person, "user", "present".to_owned(), None),
                }
            }
        }
    }

    /// The read-only `groups` of a user, where the server shows it (RFC 7643 §4.1.2).
    fn compare_groups(&mut self, key: usize, person: &Person, user: &Value) {
        let Some(shown) = user.get("groups").and_then(Value::as_array) else {
            return;
        };
        let value = |group: &Value| {
            group
                .get("value")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let shown: BTreeSet<String> = shown.iter().filter_map(value).collect();
        let inside = |group: &usize| self.belongs(key, *group);
        let id = |group: usize| self.groups.get(&group).map(|known| known.id.clone());
        let wanted: BTreeSet<String> = self
            .directory
            .groups_of(key)
            .into_iter()
            .filter(inside)
            .filter_map(id)
            .collect();
        if shown != wanted {
            let [wanted, shown] =
                [wanted, shown].map(|ids| ids.into_iter().collect::<Vec<_>>().join(" "));
            self.differ_user(person, "groups", wanted, Some(shown));
        }
    }

    async fn verify_group(&mut self, key: usize, listed: &[Value]) -> Result<(), Halt> {
        let Some(group) = self.directory.groups.get(key).cloned() else {
            return Ok(());
        };
        let text = |resource: &Value, name: &str| {
            resource
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let named = listed
            .iter()
            .filter(|one| text(one, "displayName").as_ref() == Some(&group.name));
        let ids: Vec<String> = named.filter_map(|one| text(one, "id")).collect();
        if group.gone || !self.directory.pushes_groups {
            if let Some(id) = ids.first() {
                let found = Some(format!("there as {id}"));
                self.differ_group(&group, "group", "absent".to_owned(), found);
            }
            return Ok(());
        }
        if ids.len() > 1 {
            let found = Some(format!("{} groups", ids.len()));
            self.differ_group(&group, "displayName", "one group".to_owned(), found);
        }
        let known = self.groups.get(&key).map(|known| known.id.clone());
        let found = match &known {
            Some(known) => ids.iter().find(|id| *id == known).or_else(|| ids.first()),
            None => ids.first(),
        };
        let Some(found) = found else {
            self.differ_group(&group, "group", "present".to_owned(), None);
            return Ok(());
        };
        if let Some(known) = known.filter(|known| known != found) {
            self.differ_group(&group, "id", known, Some(found.clone()));
        }
        let ask = Ask::read("GET /Groups/{id}", resource("Groups", found));
        let answer = self.client.send(&ask, &group.name).await?;
        if answer.status != 200 {
            self.client.refused(&ask, &group.name, &answer);
            return Ok(());
        }
        let (ours, strangers) = self.sort_members(&answer.body);
        self.compare_members(&group, &self.wanted_members(key), &ours, &strangers);
        Ok(())
    }

    fn differ_user(&mut self, person: &Person, field: &str, wanted: String, found: Option<String>) {
        self.client
            .ledger
            .differ(("User", &person.user_name), (field, wanted, found));
    }
}
