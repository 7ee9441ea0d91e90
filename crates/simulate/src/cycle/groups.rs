//! Groups: everybody joins before anybody leaves, so that no mover is ever without a group.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{KnownGroup, Run, Scope};
use crate::{
    answer::{Answer, id},
    dialect::{Ask, Lookup, Members, Roll},
    directory::Group,
    ledger::Halt,
    transport::Transport,
};

/// How often a group is created again whose answer was lost.
const CREATE_TRIES: u32 = 5;

/// What has to change in one group.
pub(super) struct Plan {
    pub(super) group: usize,
    pub(super) join: BTreeSet<usize>,
    pub(super) leave: BTreeSet<usize>,
}

/// Which half of a plan is carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Join,
    Leave,
}

impl<T: Transport> Run<'_, T> {
    pub(super) async fn all_groups(&mut self, scope: Scope) -> Result<(), Halt> {
        let plans = self.plans(scope).await?;
        for half in [Half::Join, Half::Leave] {
            for plan in &plans {
                self.carry_out(plan, half).await?;
            }
        }
        Ok(())
    }

    /// Finds out what all groups need, those that are gone and those with other names included.
    pub(super) async fn plans(&mut self, scope: Scope) -> Result<Vec<Plan>, Halt> {
        let mut plans = Vec::new();
        if !self.directory.pushes_groups || self.habits.members == Members::Never {
            return Ok(plans);
        }
        for group in 0..self.directory.groups.len() {
            plans.extend(self.plan(group, scope).await?);
        }
        Ok(plans)
    }

    /// Finds out what one group needs.
    async fn plan(&mut self, key: usize, scope: Scope) -> Result<Option<Plan>, Halt> {
        let Some(group) = self.directory.groups.get(key).cloned() else {
            return Ok(None);
        };
        if group.gone {
            self.delete_group(key, &group).await?;
            return Ok(None);
        }
        self.rename_group(key, &group).await?;
        let wanted = self.wanted_members(key);
        let known_before = self.groups.get(&key).cloned();
        match &known_before {
            None => self.provision_group(key, &group).await?,
            Some(known) if scope == Scope::Everything => {
                self.match_group_again(key, &group, known).await?;
            }
            Some(_) => {}
        }
        let Some(known) = self.groups.get(&key).cloned() else {
            return Ok(None);
        };
        let settled = known.sure && known.members == wanted;
        if settled && scope == Scope::Changed {
            return Ok(None);
        }
        let unsure = scope == Scope::Everything || !known.sure;
        let now = match (self.habits.members, unsure) {
            (Members::ReadAlways, _) | (Members::ReadWhenUnsure, true) => {
                self.read_members(key, &group, &known).await?
            }
            (Members::Ask | Members::ByUser, true) => {
                self.ask_members(key, &group, &known, &wanted).await?
            }
            (_, false) | (Members::Never, true) => known.members,
        };
        let join = wanted.difference(&now).copied().collect();
        let leave = now.difference(&wanted).copied().collect();
        Ok(Some(Plan {
            group: key,
            join,
            leave,
        }))
    }

    pub(super) async fn provision_group(&mut self, key: usize, group: &Group) -> Result<(), Halt> {
        for tries in 0..CREATE_TRIES {
            if let Some(id) = self.find_group(group, tries > 0).await? {
                self.groups.insert(
                    key,
                    KnownGroup {
                        id,
                        name: group.name.clone(),
                        members: BTreeSet::new(),
                        sure: false,
                    },
                );
                return Ok(());
            }
            let ask = self.client.dialect.create_group(group);
            let answer = self.client.send(&ask, &group.name).await?;
            match (answer.status, answer.id()) {
                (201, Some(id)) => {
                    let id = id.to_owned();
                    let echo = answer.body.get("externalId").and_then(Value::as_str);
                    if self.habits.insists.external_id && echo != Some(&group.external_id) {
                        let detail = "the created group does not echo its externalId";
                        self.client.wrong(&ask, &group.name, 201, detail);
                    }
                    let members = BTreeSet::new();
                    self.groups.insert(
                        key,
                        KnownGroup {
                            id,
                            name: group.name.clone(),
                            members,
                            sure: true,
                        },
                    );
                    return Ok(());
                }
                (201, None) => {
                    self.client
                        .wrong(&ask, &group.name, 201, "the created group has no id");
                    return Ok(());
                }
                // Lost, or the name is taken (ENTRA-45): look again.
                (0 | 409, _) => {}
                _ => {
                    self.client.refused(&ask, &group.name, &answer);
                    return Ok(());
                }
            }
        }
        let ask = self.client.dialect.create_group(group);
        let detail = "the group can neither be created nor be found";
        self.client.wrong(&ask, &group.name, 409, detail);
        Ok(())
    }

    /// Looks a group up in the provider's way; `again` after the server has said that it exists.
    async fn find_group(&mut self, group: &Group, again: bool) -> Result<Option<String>, Halt> {
        if let Lookup::Discovery { then_filter } = self.habits.lookup {
            if again && then_filter {
                let ask = self.client.dialect.find_group(&group.name);
                return self.find_group_by(ask, group).await;
            }
            if again || self.discovered.is_none() {
                self.discover().await?;
            }
            let known = self.discovered.as_ref().map(|known| &known.groups);
            return Ok(known.and_then(|known| known.get(&group.name)).cloned());
        }
        for ask in self.client.dialect.find_group_by(group) {
            if let Some(id) = self.find_group_by(ask, group).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Sends one look-up, and reads as many pages as it takes.
    async fn find_group_by(&mut self, mut ask: Ask, group: &Group) -> Result<Option<String>, Halt> {
        let mut seen = 0;
        loop {
            let answer = self.client.send(&ask, &group.name).await?;
            if answer.status != 200 {
                self.client.refused(&ask, &group.name, &answer);
                return Ok(None);
            }
            let listing = self.client.listing(&ask, answer);
            let named = |resource: &&Value| {
                resource.get("displayName").and_then(Value::as_str) == Some(&group.name)
            };
            if let Some(found) = listing.resources.iter().find(named) {
                return Ok(id(found).map(str::to_owned));
            }
            seen += listing.resources.len();
            if listing.resources.is_empty() || seen >= listing.total {
                return Ok(None);
            }
            ask = Ask::read("GET /Groups", format!("/Groups?startIndex={}", seen + 1));
        }
    }

    /// The look-up of a full cycle: the group must be found under the id in memory.
    async fn match_group_again(
        &mut self,
        key: usize,
        group: &Group,
        known: &KnownGroup,
    ) -> Result<(), Halt> {
        match self.find_group(group, false).await? {
            Some(id) if id == known.id => {}
            Some(id) => {
                self.differ_group(group, "id", known.id.clone(), Some(id.clone()));
                self.groups.insert(
                    key,
                    KnownGroup {
                        id,
                        sure: false,
                        ..known.clone()
                    },
                );
            }
            None => {
                let wanted = format!("the look-up finds the group {:?}", group.name);
                self.differ_group(group, "look-up", wanted, None);
            }
        }
        Ok(())
    }

    /// Reads who is in a group, and compares with what was acknowledged.
    async fn read_members(
        &mut self,
        key: usize,
        group: &Group,
        known: &KnownGroup,
    ) -> Result<BTreeSet<usize>, Halt> {
        let ask = self.client.dialect.read_group(&known.id);
        let answer = self.client.send(&ask, &group.name).await?;
        match answer.status {
            200 => {}
            404 => {
                self.differ_group(group, "id", known.id.clone(), None);
                self.groups.remove(&key);
                self.provision_group(key, group).await?;
                return Ok(BTreeSet::new());
            }
            _ => {
                self.client.refused(&ask, &group.name, &answer);
                return Ok(known.members.clone());
            }
        }
        if self.habits.insists.members && !answer.body.get("members").is_some_and(Value::is_array) {
            let detail = "the group does not list its members";
            self.client.wrong(&ask, &group.name, 200, detail);
        }
        // Who should not be there may be somebody who joins later; the end will tell.
        let (ours, _) = self.sort_members(&answer.body);
        if known.sure {
            self.miss_members(group, &known.members, &ours);
        }
        Ok(ours)
    }

    /// Asks about each person who is to be in the group (ENTRA-09).
    async fn ask_members(
        &mut self,
        key: usize,
        group: &Group,
        known: &KnownGroup,
        wanted: &BTreeSet<usize>,
    ) -> Result<BTreeSet<usize>, Halt> {
        let group_id = self
            .groups
            .get(&key)
            .map_or(&known.id, |now| &now.id)
            .clone();
        let mut now = known.members.clone();
        for person in wanted {
            let Some(user_id) = self.people.get(person).map(|known| known.id.clone()) else {
                continue;
            };
            let ask = self.client.dialect.is_member(&group_id, &user_id);
            let answer = self.client.send(&ask, &group.name).await?;
            if answer.status != 200 {
                self.client.refused(&ask, &group.name, &answer);
                // Nobody knows: to add somebody twice does no harm (ENTRA-48).
                now.remove(person);
                continue;
            }
            let inside = match self.habits.members {
                Members::ByUser => self.shows_group(&ask, group, &group_id, &answer),
                _ => !self.client.listing(&ask, answer).resources.is_empty(),
            };
            if inside {
                now.insert(*person);
            } else if now.remove(person) && known.sure {
                self.differ_group(group, "members", self.user_name(*person), None);
            }
        }
        Ok(now)
    }

    /// Whether a user's `groups` have the group, by value and by display (RY-04).
    fn shows_group(&mut self, ask: &Ask, group: &Group, id: &str, answer: &Answer) -> bool {
        let shown = answer.body.get("groups").and_then(Value::as_array);
        let has = |one: &&Value, key: &str, wanted: &str| {
            one.get(key).and_then(Value::as_str) == Some(wanted)
        };
        let found = shown
            .into_iter()
            .flatten()
            .find(|one| has(one, "value", id));
        if found.is_some_and(|one| !has(&one, "display", &group.name)) {
            let detail = "groups of the user do not display the group's name";
            self.client.wrong(ask, &group.name, 200, detail);
        }
        found.is_some()
    }

    async fn carry_out(&mut self, plan: &Plan, half: Half) -> Result<(), Halt> {
        let Some(group) = self.directory.groups.get(plan.group).cloned() else {
            return Ok(());
        };
        let Some(known) = self.groups.get(&plan.group).cloned() else {
            return Ok(());
        };
        let wanted = self.wanted_members(plan.group);
        let (moved, after): (_, BTreeSet<usize>) = match half {
            // Until they are everywhere they should be, those who go stay.
            Half::Join => (&plan.join, wanted.union(&plan.leave).copied().collect()),
            Half::Leave => (&plan.leave, wanted),
        };
        let (gone, after) = (self.members(moved), self.members(&after));
        let mut sure = true;
        if !gone.is_empty() {
            let roll = Roll {
                id: &known.id,
                group: &group,
                moved: &gone,
                after: &after,
            };
            let asks = match half {
                Half::Join => self.client.dialect.join(&roll),
                Half::Leave => self.client.dialect.leave(&roll),
            };
            for ask in asks {
                let answer = self.client.send(&ask, &group.name).await?;
                if !matches!(answer.status, 200 | 204) {
                    self.client.refused(&ask, &group.name, &answer);
                    sure = false;
                }
            }
        }
        self.remember_members(plan, half, sure);
        Ok(())
    }

    pub(super) fn remember_members(&mut self, plan: &Plan, half: Half, sure: bool) {
        // Nobody can be in a group whom the server does not know.
        let wanted: BTreeSet<usize> = self
            .wanted_members(plan.group)
            .into_iter()
            .filter(|key| self.people.contains_key(key))
            .collect();
        if let Some(known) = self.groups.get_mut(&plan.group) {
            // Those whose removal failed are removed by the next cycle.
            known.members = match (half, sure) {
                (Half::Leave, true) => wanted,
                _ => wanted.union(&plan.leave).copied().collect(),
            };
            known.sure = sure && (half == Half::Join || known.sure);
        }
    }

    /// Sorts the members of a group resource into this provider's people and ids of others.
    pub(crate) fn sort_members(&self, group: &Value) -> (BTreeSet<usize>, Vec<String>) {
        let by_id: HashMap<&str, usize> = self
            .people
            .iter()
            .map(|(key, known)| (known.id.as_str(), *key))
            .collect();
        let mut ours = BTreeSet::new();
        let mut strangers = Vec::new();
        for member in group
            .get("members")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let value = member
                .get("value")
                .and_then(Value::as_str)
                .unwrap_or_default();
            match by_id.get(value) {
                Some(key) if ours.insert(*key) => {}
                Some(_) => strangers.push(format!("{value} twice")),
                None => strangers.push(value.to_owned()),
            }
        }
        (ours, strangers)
    }

    /// Notes who is missing in a group and who should not be there.
    pub(crate) fn compare_members(
        &mut self,
        group: &Group,
        wanted: &BTreeSet<usize>,
        found: &BTreeSet<usize>,
        strangers: &[String],
    ) {
        self.miss_members(group, wanted, found);
        let intruders = found.difference(wanted).map(|key| self.user_name(*key));
        let intruders: Vec<_> = intruders.chain(strangers.iter().cloned()).collect();
        for intruder in intruders {
            self.differ_group(group, "members", "nobody else".to_owned(), Some(intruder));
        }
    }

    fn miss_members(&mut self, group: &Group, wanted: &BTreeSet<usize>, found: &BTreeSet<usize>) {
        for key in wanted.difference(found) {
            self.differ_group(group, "members", self.user_name(*key), None);
        }
    }

    pub(crate) fn differ_group(
        &mut self,
        group: &Group,
        field: &str,
        wanted: String,
        found: Option<String>,
    ) {
        self.client
            .ledger
            .differ(("Group", &group.name), (field, wanted, found));
    }
}
