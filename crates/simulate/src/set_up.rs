//! A story as an application's settings let it through (OL-10, OL-14, OL-15).

use crate::{
    directory::{Change, Directory},
    person::{Person, Standing},
    scenario::{Phase, Way},
    settings::{Approval, OnRemove, OneLoginSettings},
    template::SignIn,
};

/// Changes `directory` and `phases` to what OneLogin tells the server, set up as `settings` say.
pub(crate) fn set_up(
    settings: &OneLoginSettings,
    directory: &mut Directory,
    phases: &mut Vec<Phase>,
) {
    directory.pushes_groups &= settings.groups_parameter;
    if settings
        .template
        .as_ref()
        .is_some_and(|one| one.sign_in() == SignIn::Email)
    {
        directory
            .people
            .iter_mut()
            .for_each(Person::sign_in_by_email);
        each(phases, follow_address);
    }
    if let Some(choice) = settings.on_remove {
        each(phases, |change| vec![leave_by(choice, change)]);
    }
    if settings.approval != Approval::Off {
        each(phases, |change| vec![wait(change)]);
    }
    if settings.approval == Approval::Late {
        let approved = approve(directory, phases);
        phases.push(approved);
    }
}

/// Adds what the administrator of Okta does when the story is over (OKTA-21).
pub(crate) fn unlink(directory: &Directory, phases: &mut Vec<Phase>) {
    let last = directory.groups.len().checked_sub(1);
    phases.extend(last.map(|group| Phase {
        name: "unlinked",
        changes: vec![Change::DeleteGroup(group)],
        way: Way::Cycle,
    }));
}

fn each(phases: &mut [Phase], change: impl Fn(Change) -> Vec<Change>) {
    for phase in phases {
        let story = std::mem::take(&mut phase.changes);
        phase.changes = story.into_iter().flat_map(&change).collect();
    }
}

/// Whoever signs in by address gets another `userName` with another address.
fn follow_address(change: Change) -> Vec<Change> {
    match change {
        Change::Edit(person, _) => vec![change, Change::Edit(person, Person::sign_in_by_email)],
        _ => vec![change],
    }
}

/// Suspended or deleted in OneLogin: the application does what it is set up to do.
fn leave_by(choice: OnRemove, change: Change) -> Change {
    let (Change::Suspend(who) | Change::Delete(who)) = change else {
        return change;
    };
    match choice {
        OnRemove::Suspend => Change::Suspend(who),
        OnRemove::Delete => Change::Delete(who),
        OnRemove::Nothing => Change::LeaveBehind(who),
    }
}

/// Nobody is sent who has not been approved, and so nothing about anybody.
fn wait(change: Change) -> Change {
    match change {
        Change::Join(who) | Change::Return(who) => Change::Pend(who),
        // Nothing is left to approve, and nobody to be suspended or left behind at the server.
        Change::Suspend(who) | Change::LeaveBehind(who) => Change::Delete(who),
        other => other,
    }
}

/// Approves everybody who waits when the story is over.
fn approve(directory: &Directory, phases: &[Phase]) -> Phase {
    let mut end = directory.clone();
    for change in phases.iter().flat_map(|phase| &phase.changes) {
        end.apply(*change);
    }
    let people = end.people.iter().enumerate();
    let waiting = people.filter(|(_, person)| person.standing == Standing::Pending);
    Phase {
        name: "approved",
        changes: waiting.map(|(who, _)| Change::Join(who)).collect(),
        way: Way::Cycle,
    }
}
