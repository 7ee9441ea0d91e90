//! What the server holds, and how it shows it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{GROUP, Group, State, patch};

impl State {
    pub(super) fn new_id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}-{:04}", self.next)
    }

    pub(super) fn user(&self, id: &str) -> Result<Value, (u16, &'static str)> {
        let user = self.users.get(id).ok_or((404, "no such user"))?;
        Ok(self.show_user(id, user))
    }

    pub(super) fn show_user(&self, id: &str, user: &Value) -> Value {
        let mut shown = user.clone();
        shown["id"] = id.into();
        shown["meta"] = json!({ "resourceType": "User" });
        let inside = self
            .groups
            .iter()
            .filter(|(_, group)| group.members.iter().any(|m| m == id));
        let name = |group: &Group| (!self.nameless).then(|| group.display_name.clone());
        let groups: Vec<_> = inside
            .map(|(id, group)| json!({ "value": id, "display": name(group) }))
            .collect();
        if !groups.is_empty() {
            shown["groups"] = groups.into();
        }
        shown
    }

    pub(super) fn group(&self, id: &str) -> Result<Value, (u16, &'static str)> {
        let group = self.groups.get(id).ok_or((404, "no such group"))?;
        let members: Vec<_> = group
            .members
            .iter()
            .filter(|id| self.users.contains_key(*id))
            .map(|id| json!({ "value": id }))
            .collect();
        let members: Value = match (members.is_empty(), self.hides_empty) {
            (true, true) => Value::Null,
            _ => members.into(),
        };
        let mut shown = json!({
            "schemas": [GROUP], "id": id, "displayName": group.display_name,
            "members": members, "meta": { "resourceType": "Group" },
        });
        if let Some(external_id) = &group.external_id {
            shown["externalId"] = external_id.as_str().into();
        }
        Ok(shown)
    }

    /// A member whom nobody is yet becomes the one user with that `externalId`.
    pub(super) fn bind(&mut self) {
        let users = &self.users;
        for group in self.groups.values_mut() {
            let unknown = |id: &&mut String| !users.contains_key(*id);
            for member in group.members.iter_mut().filter(unknown) {
                let mut named = users
                    .iter()
                    .filter(|(_, user)| user["externalId"] == *member.as_str());
                if let (Some((id, _)), None) = (named.next(), named.next()) {
                    member.clone_from(id);
                }
            }
            let mut seen = BTreeSet::new();
            group.members.retain(|member| seen.insert(member.clone()));
        }
    }

    /// Two groups may have one name: the RFC does not forbid it.
    pub(super) fn create_group(&mut self, body: &Value) -> (u16, Value) {
        let id = self.new_id("group");
        let mut group = Group {
            display_name: body["displayName"].as_str().unwrap().to_owned(),
            external_id: body["externalId"]
                .as_str()
                .filter(|_| !self.forgets_external_id)
                .map(str::to_owned),
            members: patch::member_ids(&body["members"]),
        };
        let before = |one: &&Group| one.display_name == group.display_name;
        if let Some(before) = self.deleted.iter().find(before) {
            group.members.extend(before.members.iter().cloned());
        }
        self.groups.insert(id.clone(), group);
        (201, self.group(&id).unwrap())
    }

    pub(super) fn taken(&self, user: &Value, besides: Option<&str>) -> bool {
        let name = user["userName"].as_str().unwrap().to_lowercase();
        self.users.iter().any(|(id, other)| {
            Some(id.as_str()) != besides
                && other["userName"].as_str().unwrap().to_lowercase() == name
        })
    }

    pub(super) fn withdraw(&mut self, id: &str) {
        for group in self.groups.values_mut() {
            group.members.retain(|member| member != id);
        }
    }

    /// The invariant of the default scenario, looked at after every request.
    pub(super) fn check_placing(&mut self) {
        let inside: BTreeSet<&String> = self
            .groups
            .values()
            .flat_map(|group| &group.members)
            .collect();
        for (id, user) in &self.users {
            let name = user["userName"].as_str().unwrap();
            match (user["active"] == true, inside.contains(id)) {
                (true, true) => drop(self.placed.insert(name.to_owned())),
                (true, false) if self.placed.contains(name) => self.groupless.push(name.to_owned()),
                (true, false) => {}
                (false, _) => drop(self.placed.remove(name)),
            }
        }
    }
}
