//! Okta's import: everybody, page by page, compared with what is meant (OKTA-05, OKTA-30).

use serde_json::Value;

use super::Run;
use crate::{answer::id, dialect::Ask, ledger::Halt, person::Standing, transport::Transport};

const USERS: &str = "GET /Users";
const GROUPS: &str = "GET /Groups";

impl<T: Transport> Run<'_, T> {
    /// Reads all users and groups as an import does; others' people are nothing to complain of.
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn import(&mut self) -> Result<(), Halt> {
        if !(self.client.is_okta() && self.client.options.okta.import) {
            return Ok(());
        }
        self.client.ledger.stage("import");
        if let Some(users) = self.client.pages(USERS, "/Users?").await? {
            self.beyond(USERS, "/Users?", users.len()).await?;
            for key in 0..self.directory.people.len() {
                self.import_person(key, &users);
            }
        }
        if let Some(groups) = self.client.pages(GROUPS, "/Groups?").await? {
            self.beyond(GROUPS, "/Groups?", groups.len()).await?;
            self.import_groups(&groups);
        }
        Ok(())
    }

    /// The page after the last one is an empty list, and no error (OKTA-05).
    async fn beyond(&mut self, what: &'static str, target: &str, read: usize) -> Result<(), Halt> {
        let ask = Ask::read(what, format!("{target}startIndex={}&count=100", read + 1));
        let answer = self.client.send(&ask, "").await?;
        if answer.status != 200 {
            self.client.refused(&ask, "", &answer);
        } else if !self.client.listing(&ask, answer).resources.is_empty() {
            self.client
                .wrong(&ask, "", 200, "the page after the last one is not empty");
        }
        Ok(())
    }

    fn import_person(&mut self, key: usize, users: &[Value]) {
        let Some(person) = self.directory.people.get(key).cloned() else {
            return;
        };
        let Some(known) = self.people.get(&key).map(|known| known.id.clone()) else {
            return;
        };
        let same = |user: &&Value| id(user) == Some(known.as_str());
        let found: Vec<&Value> = users.iter().filter(same).collect();
        match (found.as_slice(), person.standing) {
            ([user], _) => self.compare(&person, user),
            // Who is not active is not pulled (OKTA-30).
            ([], Standing::Suspended) => {}
            (several, _) => {
                let times = Some(format!("{} times", several.len()));
                let wanted = "once".to_owned();
                self.client
                    .ledger
                    .differ(("User", &person.user_name), ("import", wanted, times));
            }
        }
    }

    fn import_groups(&mut self, groups: &[Value]) {
        let there: Vec<_> = self
            .directory
            .existing_groups()
            .map(|(key, group)| (key, group.clone()))
            .collect();
        for (key, group) in there {
            let known = self.groups.get(&key).map(|known| known.id.clone());
            let found = groups
                .iter()
                .find(|one| id(one).is_some() && id(one) == known.as_deref());
            let Some(found) = found else {
                self.differ_group(&group, "import", "once".to_owned(), None);
                continue;
            };
            let (ours, strangers) = self.sort_members(found);
            self.compare_members(&group, &self.wanted_members(key), &ours, &strangers);
        }
    }
}
