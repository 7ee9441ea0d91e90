//! Reading everything in advance, for providers that look nobody up (AK-06, KC-01).

use std::collections::HashMap;

use serde_json::Value;

use super::Run;
use crate::{answer::id, dialect::Ask, ledger::Halt, transport::Transport};

/// What the server had when the provider read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Discovered {
    /// By folded `userName`.
    pub(super) users: HashMap<String, Value>,
    /// Ids by `displayName`.
    pub(super) groups: HashMap<String, String>,
}

impl Discovered {
    /// Returns the user of this name.
    pub(super) fn user(&self, name: &str) -> Option<&Value> {
        self.users.get(&name.to_lowercase())
    }

    /// Forgets a user who is not there any more.
    pub(super) fn forget(&mut self, name: &str) {
        self.users.remove(&name.to_lowercase());
    }
}

impl<T: Transport> Run<'_, T> {
    /// Reads all users and all groups.
    pub(super) async fn discover(&mut self) -> Result<(), Halt> {
        let mut discovered = Discovered::default();
        let text = |resource: &Value, name: &str| {
            let text = resource.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        for user in self.everything("GET /Users", "/Users").await? {
            let name = text(&user, "userName").to_lowercase();
            discovered.users.insert(name, user);
        }
        for group in self.everything("GET /Groups", "/Groups").await? {
            if let Some(id) = id(&group) {
                let name = text(&group, "displayName");
                discovered.groups.insert(name, id.to_owned());
            }
        }
        self.discovered = Some(discovered);
        Ok(())
    }

    /// The first page is asked for without a number, the next ones without a count (AK-06).
    async fn everything(&mut self, what: &'static str, path: &str) -> Result<Vec<Value>, Halt> {
        let mut all = Vec::new();
        let mut ask = Ask::read(what, path.to_owned());
        loop {
            let answer = self.client.send(&ask, "").await?;
            if answer.status != 200 {
                self.client.refused(&ask, "", &answer);
                return Ok(all);
            }
            let listing = self.client.listing(&ask, answer);
            let empty = listing.resources.is_empty();
            all.extend(listing.resources);
            if empty || all.len() >= listing.total {
                return Ok(all);
            }
            ask = Ask::read(what, format!("{path}?startIndex={}", all.len() + 1));
        }
    }
}
