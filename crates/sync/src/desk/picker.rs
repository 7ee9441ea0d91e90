//! The groups picker: how each group stands, and what a list of choices becomes.

use std::collections::BTreeSet;

use enroll_schema::{ResourceId, fold};
use enroll_store::{DirectoryId, Links};

use super::SELECTIONS_MAX;
use crate::{
    AccessGroup, AccessGroupId, Choice, ChoiceError, Context, GroupRow, GroupState, Selection,
    SourceGroup, Standing, Subject,
};

pub(super) fn members(links: &Links) -> u64 {
    match links {
        Links::Omitted => 0,
        Links::All(links) => u64::try_from(links.len()).unwrap_or(u64::MAX),
        Links::More(count) => *count,
    }
}

/// Shows live groups, and deleted ones that are still selected, in the order of the picker.
pub(super) fn rows(
    context: &Context,
    integration: &DirectoryId,
    live: &[(SourceGroup, u64)],
) -> Vec<GroupRow> {
    let selection = |group: &SourceGroup| {
        context
            .selections
            .iter()
            .find(|s| s.integration == *integration && s.group == group.id)
    };
    let is_live = |group: &SourceGroup| live.iter().any(|(one, _)| one.id == group.id);
    let deleted = context.groups.iter().filter(|group| {
        group.integration == *integration && !is_live(group) && selection(group).is_some()
    });
    let deleted = deleted.map(|group| {
        (
            SourceGroup {
                gone: true,
                ..group.clone()
            },
            0,
        )
    });
    let all: Vec<_> = live.iter().cloned().chain(deleted).collect();
    let made = |(group, members): &(SourceGroup, u64)| {
        row(context, group, *members, selection(group), &all)
    };
    let mut rows: Vec<GroupRow> = all.iter().map(made).collect();
    rows.sort_by_cached_key(|row| {
        let place = row.priority.unwrap_or(u32::MAX);
        let name = fold::caseless(&row.display_name);
        (
            row.state == Standing::NotSelected,
            place,
            name,
            row.id.clone(),
        )
    });
    rows
}

fn row(
    context: &Context,
    group: &SourceGroup,
    members: u64,
    selection: Option<&Selection>,
    all: &[(SourceGroup, u64)],
) -> GroupRow {
    let subject = Subject::group(&group.integration, &group.id);
    let binding = context
        .bindings
        .iter()
        .find(|b| b.subject == subject && b.made && !b.archived);
    let chosen = selection.and_then(|s| s.access_group.clone());
    let access_group =
        selection.and_then(|_| chosen.or_else(|| binding.map(|binding| binding.group_ref.clone())));
    let name = fold::caseless(group.display_name.trim());
    let same = |other: &SourceGroup| {
        other.id != group.id && fold::caseless(other.display_name.trim()) == name
    };
    GroupRow {
        id: group.id.clone(),
        display_name: group.display_name.clone(),
        external_id: group.external_id.clone(),
        members,
        pending_members: Vec::new(),
        state: standing(context, group, selection, access_group.as_ref()),
        access_group,
        kind: selection.map(|s| s.kind).unwrap_or_default(),
        priority: selection.and_then(|s| s.priority),
        name_repeats: all.iter().any(|(other, _)| same(other)),
    }
}

fn standing(
    context: &Context,
    group: &SourceGroup,
    selection: Option<&Selection>,
    access_group: Option<&AccessGroupId>,
) -> Standing {
    let roles = context.capabilities.catalogue();
    let offered = |id: &AccessGroupId| roles.iter().any(|role| role.id == *id);
    match (selection, access_group) {
        (None, _) => Standing::NotSelected,
        (Some(_), _) if group.gone => Standing::Deleted,
        (Some(selection), _) if selection.paused => Standing::Paused,
        (Some(_), target) if context.capabilities.is_fixed() => {
            if target.is_some_and(offered) {
                Standing::Selected
            } else {
                Standing::NeedsTarget
            }
        }
        (Some(_), Some(_)) => Standing::Selected,
        (Some(_), None) => Standing::Waiting,
    }
}

/// Turns choices into selections, or says which of them cannot be.
pub(super) fn chosen(
    context: &Context,
    integration: &DirectoryId,
    live: &[(SourceGroup, u64)],
    choices: Vec<Choice>,
) -> Result<Vec<Selection>, ChoiceError> {
    if choices.len() > SELECTIONS_MAX {
        return Err(ChoiceError::TooMany(SELECTIONS_MAX));
    }
    let before = |group: &ResourceId| {
        context
            .selections
            .iter()
            .find(|s| s.integration == *integration && s.group == *group)
    };
    let mut seen = BTreeSet::new();
    let mut selections = Vec::new();
    for (index, choice) in choices.into_iter().enumerate() {
        let source = live.iter().find(|(group, _)| group.id == choice.group);
        let rank = match (source, before(&choice.group)) {
            (Some((source, _)), _) => crate::job::rank(source),
            // A selected group that the provider deleted can stay in the list (E-11).
            (None, Some(before)) => before.rank.clone(),
            (None, None) => {
                return Err(ChoiceError::UnknownGroup {
                    index,
                    group: choice.group,
                });
            }
        };
        if !seen.insert(choice.group.clone()) {
            return Err(ChoiceError::Twice {
                index,
                group: choice.group,
            });
        }
        if let Some(target) = &choice.access_group {
            known_target(context, index, target)?;
        }
        selections.push(Selection {
            integration: integration.clone(),
            group: choice.group,
            access_group: choice.access_group,
            kind: choice.kind,
            priority: Some(u32::try_from(index).unwrap_or(u32::MAX)),
            rank,
            sync_name: choice.sync_name,
            paused: choice.paused,
        });
    }
    Ok(selections)
}

fn known_target(
    context: &Context,
    index: usize,
    target: &AccessGroupId,
) -> Result<(), ChoiceError> {
    let usable = |group: &&AccessGroup| group.state != GroupState::Archived;
    let offered: Vec<_> = match context.capabilities.catalogue() {
        [] => context
            .access_groups
            .iter()
            .filter(usable)
            .map(|g| g.group_ref.clone())
            .collect(),
        roles => roles.iter().map(|role| role.id.clone()).collect(),
    };
    if offered.contains(target) {
        return Ok(());
    }
    let shown = offered
        .iter()
        .take(10)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let known = if shown.is_empty() {
        "none".to_owned()
    } else {
        shown
    };
    Err(ChoiceError::UnknownTarget {
        index,
        access_group: target.clone(),
        known,
    })
}
