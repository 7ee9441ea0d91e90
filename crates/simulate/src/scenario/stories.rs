//! The stories: what happens to whom in each phase.

use super::{
    Phase, Scenario, Way,
    cast::{Cast, LEAVE_PERCENT},
};
use crate::{
    directory::{Change, Directory},
    person::{EMPLOYEE, EXTERNAL, EXTERNALS, Person},
    provider::Provider,
};

/// Returns the phases of a scenario over a directory in which nobody has joined.
pub(crate) fn phases(
    scenario: Scenario,
    provider: Provider,
    seed: u64,
    directory: &Directory,
) -> Vec<Phase> {
    let cast = &Cast::new(provider, seed, directory);
    let joiners = || cast.join("joiners", &cast.order);
    match scenario {
        Scenario::Joiners => vec![joiners()],
        Scenario::JoinersMoversLeavers | Scenario::ForgotGroupsBox => vec![
            cast.join("joiners", cast.early()),
            cast.movers(),
            cast.leave("leavers", cast.share(LEAVE_PERCENT)),
            cast.join("late joiners", cast.late()),
        ],
        Scenario::MoveGroup => {
            let moves = cast.moves(cast.share(33).max(1));
            vec![joiners(), phase("movers", moves)]
        }
        Scenario::Reactivate => {
            let away = cast.part(LEAVE_PERCENT);
            vec![
                joiners(),
                phase("suspended", each(away, Change::Suspend)),
                phase("returned", each(away, Change::Return)),
            ]
        }
        Scenario::Rename => vec![
            joiners(),
            phase("renamed", edit(cast.part(20), Person::rename)),
        ],
        Scenario::MassLeave => vec![joiners(), cast.leave("leavers", cast.share(60))],
        Scenario::Pending => pending(cast),
        Scenario::RemovedButNothing => vec![
            joiners(),
            phase("leavers", each(cast.part(20), Change::LeaveBehind)),
        ],
        Scenario::GroupRename => group_rename(cast),
        Scenario::GroupDeleteAndReturn => group_delete_and_return(cast),
        Scenario::ReHire => re_hire(cast),
        Scenario::EmailAndUpn => email_and_upn(cast),
        Scenario::TimeZones => time_zones(cast),
        Scenario::ExternalRecruiters => external_recruiters(cast),
        Scenario::OutOfOrder => out_of_order(cast),
        Scenario::Concurrent => concurrent(cast),
    }
}

fn phase(name: &'static str, changes: Vec<Change>) -> Phase {
    Phase {
        changes,
        ..Phase::new(name)
    }
}

fn each(who: &[usize], change: fn(usize) -> Change) -> Vec<Change> {
    who.iter().copied().map(change).collect()
}

fn edit(who: &[usize], edit: fn(&mut Person)) -> Vec<Change> {
    who.iter().map(|who| Change::Edit(*who, edit)).collect()
}

fn pending(cast: &Cast) -> Vec<Phase> {
    let waiting = cast.part(20);
    let (approved, _) = waiting.split_at(waiting.len() / 2);
    let others = cast.order.get(waiting.len()..).unwrap_or_default();
    let mut joiners = cast.join("joiners", others);
    let wait = cast.come("", waiting, Change::Pend);
    joiners.changes.extend(wait.changes);
    vec![joiners, phase("approved", each(approved, Change::Join))]
}

fn group_rename(cast: &Cast) -> Vec<Phase> {
    let mut renamed: Vec<Change> = (0..cast.groups)
        .step_by(2)
        .map(Change::RenameGroup)
        .collect();
    renamed.extend(cast.moves(cast.share(15).max(1)));
    let again = (0..cast.groups).step_by(4).map(Change::RenameGroup);
    vec![
        cast.join("joiners", &cast.order),
        phase("groups renamed", renamed),
        phase("old names again", again.collect()),
    ]
}

/// One member of the old group does not come into the new one.
fn group_delete_and_return(cast: &Cast) -> Vec<Phase> {
    let members = cast
        .order
        .iter()
        .filter(|who| cast.home(**who).contains(&0));
    let back = members.skip(1).map(|person| Change::Place {
        person: *person,
        group: 0,
    });
    vec![
        cast.join("joiners", &cast.order),
        phase("group deleted", vec![Change::DeleteGroup(0)]),
        phase(
            "group returned",
            std::iter::once(Change::ReturnGroup(0))
                .chain(back)
                .collect(),
        ),
    ]
}

/// Who was suspended comes back as the same user, who was deleted as a new one; the first of them
/// does not stay.
fn re_hire(cast: &Cast) -> Vec<Phase> {
    let count = cast.share(20).max(2);
    let returned = cast.first(count);
    vec![
        cast.join("joiners", &cast.order),
        cast.leave("leavers", count),
        cast.come("re-hired", returned, Change::Return),
        cast.leave("leavers again", count / 4),
    ]
}

fn email_and_upn(cast: &Cast) -> Vec<Phase> {
    let part = cast.share(10).max(1);
    let some = |from: usize| cast.order.iter().copied().skip(from).take(part);
    let [both, name, address]: [Vec<usize>; 3] =
        [some(0), some(part), some(2 * part)].map(Iterator::collect);
    let mut changes = edit(&both, Person::rename);
    changes.extend(edit(&both, Person::readdress));
    changes.extend(edit(&name, Person::rename));
    changes.extend(edit(&address, Person::readdress));
    vec![
        cast.join("joiners", &cast.order),
        phase("new addresses and names", changes),
        phase("married", edit(&both, Person::marry)),
    ]
}

/// A third of the people comes with every spelling in turn, a third gets one later, a third travels;
/// at last half of the first third travels too, out of the junk.
fn time_zones(cast: &Cast) -> Vec<Phase> {
    let spellings = cast.spellings();
    let spell = |from: usize, offset: usize| -> Vec<Change> {
        let spelled = spellings.iter().cycle().skip(offset);
        let spelled = cast.third(from).zip(spelled);
        spelled
            .map(|(who, spelling)| Change::Spell(who, spelling))
            .collect()
    };
    let travel = |who: Vec<usize>| edit(&who, Person::travel);
    let mut joiners = cast.join("joiners", &cast.order);
    joiners.changes.extend(spell(0, 0));
    let mut changed = spell(1, spellings.len() / 2);
    changed.extend(travel(cast.third(2).collect()));
    vec![
        joiners,
        phase("other spellings", changed),
        phase("put right", travel(cast.third(0).step_by(2).collect())),
    ]
}

fn external_recruiters(cast: &Cast) -> Vec<Phase> {
    let mut joiners = cast.join("joiners", &cast.order);
    let marks = EXTERNALS.iter().cycle();
    let marked = cast.third(0).zip(marks);
    joiners
        .changes
        .extend(marked.map(|(who, mark)| Change::Mark(who, mark)));
    // Every second one of the marked, and everybody in another third, has an address outside.
    let outside = cast.third(0).step_by(2).chain(cast.third(1));
    joiners
        .changes
        .extend(outside.map(|who| Change::Edit(who, Person::lend)));
    let employed = cast.third(2).map(|who| Change::Mark(who, EMPLOYEE));
    joiners.changes.extend(employed);
    let hired = cast.third(0).take(cast.share(10).max(1));
    let hired = hired.flat_map(|who| {
        [
            Change::Mark(who, EMPLOYEE),
            Change::Edit(who, Person::readdress),
        ]
    });
    let lent = cast.third(2).take(cast.share(10).max(1));
    let lent = lent.map(|who| Change::Mark(who, EXTERNAL));
    let gone = cast.third(1).take(1).map(Change::Suspend);
    vec![
        joiners,
        phase("hired and lent", hired.chain(lent).collect()),
        phase("leavers", gone.collect()),
    ]
}

fn out_of_order(cast: &Cast) -> Vec<Phase> {
    let groups = Phase {
        way: Way::GroupsFirst,
        ..cast.join("groups first", &cast.order)
    };
    vec![
        groups,
        Phase::new("people"),
        phase("movers", cast.moves(cast.share(15).max(1))),
    ]
}

/// Two thirds come into one group at once; then the one third goes, while the last one comes.
fn concurrent(cast: &Cast) -> Vec<Phase> {
    let place = |person| Change::Place { person, group: 0 };
    let withdraw = |person| Change::Withdraw { person, group: 0 };
    let [come, go] = [
        cast.third(0).chain(cast.third(1)).map(place).collect(),
        cast.third(1)
            .map(withdraw)
            .chain(cast.third(2).map(place))
            .collect(),
    ];
    let at_once = |name, changes| Phase {
        way: Way::AtOnce,
        ..phase(name, changes)
    };
    vec![
        cast.join("joiners", &cast.order),
        at_once("all at once", come),
        at_once("coming and going at once", go),
    ]
}
