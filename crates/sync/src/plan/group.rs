//! The item of a group: make, rename or archive its access group.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Current, names::GroupNames};
use crate::{
    Code, Context, Gate, GroupShadow, GroupWish, Item, Op, Reason, Selection, Stage, State,
    WaitKey, WantedGroup,
};

/// Decides what happens to one group.
pub(super) fn decide(
    wanted: &WantedGroup,
    context: &Context,
    current: &Current,
    names: &mut GroupNames,
) -> Item {
    let Some(selection) = &wanted.selection else {
        let code = if wanted.binding.is_some() {
            Code::Released
        } else {
            Code::NotSelected
        };
        return quiet(wanted, context, vec![Reason::plain(code)]);
    };
    let mut item = if wanted.source.gone {
        deleted(wanted, selection, context, current)
    } else if selection.paused {
        quiet(wanted, context, vec![Reason::plain(Code::Paused)])
    } else if context.capabilities.is_fixed() || selection.access_group.is_some() {
        chosen(wanted, selection, context, names)
    } else {
        made(wanted, selection, context, names)
    };
    if wanted.name_repeats {
        item.reasons.push(Reason::new(
            Code::GroupNameDuplicate,
            &wanted.source.display_name,
        ));
    }
    item
}

/// A group whose access group somebody chose, or must choose (S-35b).
fn chosen(
    wanted: &WantedGroup,
    selection: &Selection,
    context: &Context,
    names: &mut GroupNames,
) -> Item {
    let roles = context.capabilities.catalogue();
    match &selection.access_group {
        Some(target) if context.capabilities.is_fixed() => {
            let known = roles.iter().any(|role| role.id == *target);
            let unknown =
                || Reason::new(Code::NeedsTarget, format!("there is no {target} any more"));
            if known {
                settled(wanted, context)
            } else {
                blocked(wanted, context, unknown())
            }
        }
        None => blocked(wanted, context, Reason::plain(Code::NeedsTarget)),
        Some(target) => {
            // A chosen access group keeps its own name unless the selection says otherwise (E-10).
            let own = context
                .access_groups
                .iter()
                .find(|group| group.group_ref == *target);
            let shadow = own.map(|group| GroupShadow {
                subject: wanted.source.subject(),
                group_ref: group.group_ref.clone(),
                external_id: wanted.source.external_id.clone(),
                name: group.name.clone(),
                made: false,
                archived: false,
                seq: wanted.binding.as_ref().map_or(0, |binding| binding.seq),
            });
            match shadow {
                Some(shadow) if selection.sync_name == Some(true) => {
                    renamed(wanted, &shadow, context, names)
                }
                _ => settled(wanted, context),
            }
        }
    }
}

/// A group for which the job makes the access group (S-07).
fn made(
    wanted: &WantedGroup,
    selection: &Selection,
    context: &Context,
    names: &mut GroupNames,
) -> Item {
    match wanted
        .binding
        .as_ref()
        .filter(|binding| binding.made && !binding.archived)
    {
        Some(binding) if selection.sync_name.unwrap_or(true) => {
            renamed(wanted, binding, context, names)
        }
        Some(_) => settled(wanted, context),
        None => created(wanted, context, names),
    }
}

fn created(wanted: &WantedGroup, context: &Context, names: &mut GroupNames) -> Item {
    let source = &wanted.source;
    let integration = context
        .integrations
        .iter()
        .find(|one| one.id == source.integration);
    let label = integration.map_or(source.integration.as_str(), |one| one.name.as_str());
    let plain = plain_name(wanted);
    let name = names.free(&plain, label);
    names.give(&name);
    let mut reasons = vec![Reason::plain(Code::GroupSelected)];
    if name != plain {
        reasons.push(Reason::new(
            Code::GroupNameSuffixed,
            format!("{plain} to {name}"),
        ));
    }
    let wish = GroupWish {
        group_ref: None,
        name: name.clone(),
        archived: false,
    };
    Item {
        op: Op::CreateGroup,
        lane: Stage::Groups,
        group: Some(wish),
        to: BTreeMap::from([("name".to_owned(), Value::from(name))]),
        changed: vec!["name".to_owned()],
        reasons,
        after: wanted.binding.as_ref().map_or(0, |binding| binding.seq),
        ..quiet(wanted, context, Vec::new())
    }
}

/// The access group follows the group's name, unless another one has it (E-10).
fn renamed(
    wanted: &WantedGroup,
    binding: &GroupShadow,
    context: &Context,
    names: &mut GroupNames,
) -> Item {
    let name = plain_name(wanted);
    let integration = context
        .integrations
        .iter()
        .find(|one| one.id == wanted.source.integration);
    let label = integration.map_or("", |one| one.name.as_str());
    // A name that was lengthened when the access group was made is still this group's name (E-30).
    let suffixed = binding.name.strip_prefix(&format!("{name} ({label})"));
    if binding.name == name || suffixed.is_some() {
        return settled(wanted, context);
    }
    let own = Some(&binding.group_ref);
    if names.is_taken(&name, own) {
        let detail = format!("{name} is taken; it stays {}", binding.name);
        return blocked(wanted, context, Reason::new(Code::GroupNameTaken, detail));
    }
    names.give(&name);
    let wish = GroupWish {
        group_ref: Some(binding.group_ref.clone()),
        name: name.clone(),
        archived: false,
    };
    Item {
        op: Op::RenameGroup,
        lane: Stage::Groups,
        group: Some(wish),
        from: BTreeMap::from([("name".to_owned(), Value::from(binding.name.as_str()))]),
        to: BTreeMap::from([("name".to_owned(), Value::from(name.as_str()))]),
        changed: vec!["name".to_owned()],
        reasons: vec![Reason::new(
            Code::GroupRenamed,
            format!("{} to {name}", binding.name),
        )],
        after: binding.seq,
        ..quiet(wanted, context, Vec::new())
    }
}

/// A selected group that the provider deleted (E-11).
fn deleted(
    wanted: &WantedGroup,
    selection: &Selection,
    context: &Context,
    current: &Current,
) -> Item {
    let made = wanted
        .binding
        .as_ref()
        .filter(|binding| binding.made && !binding.archived);
    let Some(binding) = made.filter(|_| selection.access_group.is_none()) else {
        return quiet(wanted, context, vec![Reason::plain(Code::GroupDeleted)]);
    };
    let wish = GroupWish {
        group_ref: Some(binding.group_ref.clone()),
        name: binding.name.clone(),
        archived: true,
    };
    let mut item = Item {
        op: Op::ArchiveGroup,
        lane: Stage::Archives,
        group: Some(wish),
        from: BTreeMap::from([("archived".to_owned(), Value::Bool(false))]),
        to: BTreeMap::from([("archived".to_owned(), Value::Bool(true))]),
        changed: vec!["archived".to_owned()],
        after: binding.seq,
        ..quiet(wanted, context, vec![Reason::plain(Code::GroupDeleted)])
    };
    if context.policy.on_group_deleted == Gate::Hold {
        item.state = State::Held;
        item.reasons = vec![Reason::new(
            Code::HeldGroupDeleted,
            &wanted.source.display_name,
        )];
    } else if current.occupied.contains(&binding.group_ref) {
        item.state = State::Blocked;
        item.reasons
            .push(Reason::new(Code::GroupInUse, &binding.name));
        item.waits = vec![WaitKey::Empty(binding.group_ref.clone())];
    }
    item
}

fn settled(wanted: &WantedGroup, context: &Context) -> Item {
    quiet(wanted, context, vec![Reason::plain(Code::Unchanged)])
}

fn blocked(wanted: &WantedGroup, context: &Context, reason: Reason) -> Item {
    Item {
        state: State::Blocked,
        ..quiet(wanted, context, vec![reason])
    }
}

/// An item that does nothing.
fn quiet(wanted: &WantedGroup, context: &Context, reasons: Vec<Reason>) -> Item {
    Item {
        external_id: wanted.source.external_id.clone(),
        ..Item::quiet(
            &context.tenant,
            wanted.source.subject(),
            &wanted.source.display_name,
            reasons,
        )
    }
}

/// The name an access group is made with; a group without a name goes by its id.
fn plain_name(wanted: &WantedGroup) -> String {
    match wanted.source.display_name.trim() {
        "" => wanted.source.id.to_string(),
        name => name.to_owned(),
    }
}
