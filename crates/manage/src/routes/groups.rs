//! The provider's groups, and which of them are selected (S-34, S-35).

use enroll_schema::ResourceId;
use enroll_store::Directories;
use enroll_sync::{
    AccessGroupId, Accounts, Choice, ChoiceError, GroupRow, Kind, Ledger, Selection, Standing,
    SyncError,
};
use enroll_tenants::Tenants;
use serde::Serialize;
use serde_json::Value;

use crate::{
    Manage, Problem,
    answer::{Answer, Page, ok},
    asked::Asked,
    fields::Fields,
};

/// A line of the picker.
#[derive(Serialize)]
struct Row {
    id: String,
    display_name: String,
    external_id: Option<String>,
    members: u64,
    pending_members: Vec<String>,
    name_repeats: bool,
    state: Standing,
    selected: bool,
    selection: Option<Selected>,
}

/// How a selected group is used.
#[derive(Serialize)]
struct Selected {
    access_group: Option<AccessGroupId>,
    kind: Kind,
    priority: Option<u32>,
}

impl From<GroupRow> for Row {
    fn from(row: GroupRow) -> Self {
        let selected = row.state != Standing::NotSelected;
        let selection = selected.then_some(Selected {
            access_group: row.access_group,
            kind: row.kind,
            priority: row.priority,
        });
        Self {
            id: row.id.to_string(),
            display_name: row.display_name,
            external_id: row.external_id,
            members: row.members,
            pending_members: row.pending_members,
            name_repeats: row.name_repeats,
            state: row.state,
            selected,
            selection,
        }
    }
}

/// The selected groups as they are shown; the same may be sent back.
#[derive(Serialize)]
struct Shown {
    selections: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    group_id: String,
    access_group: Option<AccessGroupId>,
    kind: Kind,
    priority: Option<u32>,
    sync_name: Option<bool>,
    paused: bool,
}

impl From<Selection> for Entry {
    fn from(selection: Selection) -> Self {
        Self {
            group_id: selection.group.to_string(),
            access_group: selection.access_group,
            kind: selection.kind,
            priority: selection.priority,
            sync_name: selection.sync_name,
            paused: selection.paused,
        }
    }
}

/// The keys of one entry of `selections`.
const ENTRY_KEYS: &[&str] = &[
    "group_id",
    "access_group",
    "kind",
    "priority",
    "sync_name",
    "paused",
];

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_groups(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        let rows = self
            .desk()
            .groups(&integration.tenant, &integration.id)
            .await?;
        ok(&Page::whole(rows.into_iter().map(Row::from).collect()))
    }

    pub(crate) async fn list_selections(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        let selections = self
            .desk()
            .selections(&integration.tenant, &integration.id)
            .await?;
        ok(&Shown {
            selections: selections.into_iter().map(Entry::from).collect(),
        })
    }

    pub(crate) async fn select(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        let (tenant, id) = (&integration.tenant, &integration.id);
        let actor = asked.actor();
        let list = asked.fields()?.list("selections")?;
        let list = list
            .ok_or_else(|| Problem::value("selections", "send the list of all selected groups"))?;
        let placed = placed(list)?;
        let (places, choices): (Vec<usize>, Vec<Choice>) = placed.into_iter().unzip();
        let done = self.desk().select(tenant, id, choices, self.now()).await;
        done.map_err(|error| refusal(error, &places))?;
        let target = format!("{id}: {} groups", places.len());
        self.noted(tenant, &actor, "selections.change", target, None)
            .await?;
        self.wake();
        let selections = self.desk().selections(tenant, id).await?;
        ok(&Shown {
            selections: selections.into_iter().map(Entry::from).collect(),
        })
    }
}

/// Reads the entries and puts them in order: by priority, then those without one as they stand in
/// the list.
///
/// Each keeps its place in the list that was sent, for refusals.
fn placed(list: Vec<Value>) -> Result<Vec<(usize, Choice)>, Problem> {
    let read = |(at, entry)| choice(entry, at).map(|(priority, choice)| (priority, at, choice));
    let mut entries = list
        .into_iter()
        .enumerate()
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(|(priority, at, _)| (priority.is_none(), *priority, *at));
    Ok(entries
        .into_iter()
        .map(|(_, at, choice)| (at, choice))
        .collect())
}

fn choice(entry: Value, at: usize) -> Result<(Option<u32>, Choice), Problem> {
    let mut fields = Fields::known(entry, &format!("selections[{at}]."), ENTRY_KEYS)?;
    let id = fields.text("group_id")?.unwrap_or_default();
    let group = ResourceId::new(&id).map_err(|_| {
        Problem::value(
            &fields.place("group_id"),
            "send the id of a group that …/groups lists",
        )
    })?;
    let kind = match fields.text("kind")?.as_deref() {
        None | Some("internal") => Kind::Internal,
        Some("external") => Kind::External,
        Some(_) => {
            let place = fields.place("kind");
            return Err(Problem::value(
                &place,
                "expected \"internal\" or \"external\"",
            ));
        }
    };
    let choice = Choice {
        group,
        access_group: fields.text("access_group")?.map(AccessGroupId::new),
        kind,
        sync_name: fields.flag("sync_name")?,
        paused: fields.flag("paused")?.unwrap_or(false),
    };
    Ok((fields.number("priority")?, choice))
}

/// Says which entry of the list that was sent cannot be, and what to change.
fn refusal(error: SyncError, places: &[usize]) -> Problem {
    let SyncError::Choice(refused) = error else {
        return error.into();
    };
    let at = |index: usize, key| match places.get(index) {
        Some(place) => format!("selections[{place}].{key}"),
        None => format!("selections.{key}"),
    };
    match &refused {
        ChoiceError::UnknownGroup { index, group } => {
            let detail = format!("this directory has no group {group}; …/groups lists them");
            Problem::value(&at(*index, "group_id"), detail)
        }
        ChoiceError::Twice { index, group } => {
            let detail = format!("{group} is in the list twice; send it once");
            Problem::value(&at(*index, "group_id"), detail)
        }
        ChoiceError::UnknownTarget {
            index,
            access_group,
            known,
        } => {
            let detail =
                format!("the application has no access group {access_group}; it has {known}");
            Problem::value(&at(*index, "access_group"), detail)
        }
        other => Problem::value("selections", other),
    }
}
