//! What the people and groups of a directory mean.

use enroll_sync::{SeenGroup, SentZone};

use super::{
    Hint, Level,
    checks::{Check, filled},
    count,
    facts::Facts,
    rules::{hint, ok},
    some, timezone_expression,
};
use crate::problem::quoted;

/// How long after the first person a group, and after a group its members, may be awaited (S-48).
const WAIT: i64 = 15 * 60_000;
/// Fewer people tell nothing about which group assigns the application.
const PEOPLE_TELLING: u64 = 3;

pub(super) fn assigned(facts: &Facts) -> Option<Hint> {
    let (assigned, survey) = (facts.setting.assigned?, &facts.survey);
    if survey.people_read < survey.people {
        return None;
    }
    let active = survey.active;
    let here = format!(
        "{} active here, {assigned} assigned",
        count(active, "person", "people")
    );
    if active == assigned {
        return ok("assigned", here);
    }
    let told = hint(facts, ("assigned", Level::Warn), here, &[])?;
    if active < assigned {
        return Some(told);
    }
    let fix = Check::named("removed_people")?.fix(facts.idp());
    Some(Hint {
        fix: Some(filled(fix, &[])),
        ..told
    })
}

pub(super) fn no_email(facts: &Facts) -> Option<Hint> {
    let survey = &facts.survey;
    let all = count(survey.active, "active person", "active people");
    let text = match (
        survey.active,
        survey.without_email,
        survey.email_from_user_name,
    ) {
        (0, ..) => return None,
        (_, 0, 0) => return ok("no_email", format!("{all}, everybody with an address")),
        // Google has the address in userName and nowhere else (GW-02).
        (_, 0, _) if facts.idp() == "google" => {
            return ok("no_email", format!("{all}, with the userName as address"));
        }
        (_, 0, some) => format!("{some} of {all} without e-mail; the userName stands in for it"),
        (_, none, _) => format!("{none} of {all} without e-mail: they get no account"),
    };
    hint(facts, ("no_email", Level::Warn), text, &[])
}

pub(super) fn no_groups(facts: &Facts) -> Option<Hint> {
    let survey = &facts.survey;
    let first = survey.first_person?;
    if survey.groups_total > 0 {
        return ok("no_groups", count(survey.groups_total, "group", "groups"));
    }
    let people = count(survey.people, "person", "people");
    if facts.since(first) < WAIT {
        return ok("no_groups", format!("{people}; no group yet"));
    }
    let text = format!("{people}, but no group has come");
    hint(facts, ("no_groups", Level::Fail), text, &[])
}

pub(super) fn empty_groups(facts: &Facts) -> Option<Hint> {
    let survey = &facts.survey;
    let is_empty = |group: &&SeenGroup| group.members == 0 && facts.since(group.created) >= WAIT;
    let empty: Vec<_> = survey.groups.iter().filter(is_empty).collect();
    let (number, memberships) = (empty.len() as u64, facts.memberships());
    if survey.groups.is_empty() {
        return None;
    }
    if number == 0 {
        let text = count(memberships, "membership", "memberships");
        return ok("empty_groups", text);
    }
    let names = some(
        empty.iter().map(|group| group.display_name.as_str()),
        number,
    );
    let waiting = match survey.pending_members {
        0 => String::new(),
        some => format!("; {some} were named who are nobody here"),
    };
    let all = count(survey.groups_total, "group", "groups");
    let text = format!("{number} of {all} without members: {names}{waiting}");
    let level = if memberships == 0 {
        Level::Fail
    } else {
        Level::Warn
    };
    hint(facts, ("empty_groups", level), text, &[])
}

pub(super) fn assignment_group(facts: &Facts) -> Option<Hint> {
    let survey = &facts.survey;
    let is_told = survey.active >= PEOPLE_TELLING && survey.people_read == survey.people;
    if facts.idp() != "okta" || survey.groups.is_empty() || !is_told {
        return None;
    }
    let has_all = |group: &&SeenGroup| survey.without_group == 0 && group.members >= survey.active;
    let whole: Vec<_> = survey.groups.iter().filter(has_all).collect();
    if whole.is_empty() {
        return ok("assignment_group", "no pushed group holds everybody".into());
    }
    let names = whole.iter().map(|group| group.display_name.as_str());
    let text = format!(
        "{} holds everybody, as the group does that assigns the app",
        some(names, whole.len() as u64)
    );
    hint(facts, ("assignment_group", Level::Warn), text, &[])
}

pub(super) fn removed_people(facts: &Facts) -> Option<Hint> {
    let survey = &facts.survey;
    let (active, lost) = (survey.active, survey.lost_groups);
    if active == 0 {
        return None;
    }
    if lost == 0 {
        let text = "nobody active was taken out of every group".to_owned();
        return ok("removed_people", text);
    }
    let text = format!(
        "{lost} of {} taken out of the last group, but still active",
        count(active, "active person", "active people")
    );
    hint(facts, ("removed_people", Level::Warn), text, &[])
}

pub(super) fn time_zones(facts: &Facts) -> Option<Hint> {
    let survey = &facts.survey;
    let people = |zones: &mut dyn Iterator<Item = &SentZone>| zones.map(|one| one.people).sum();
    let with: u64 = people(&mut survey.zones.iter());
    if with == 0 {
        return None;
    }
    let is_none = |zone: &&SentZone| zone.zones.is_empty();
    let wrong: u64 = people(&mut survey.zones.iter().filter(is_none));
    if wrong == 0 {
        let text = count(with, "person", "people");
        return ok("time_zones", format!("{text} with a time zone that is one"));
    }
    let names: Vec<_> = survey.zones.iter().filter(is_none).map(named).collect();
    let more = names.len().saturating_sub(ZONES_SHOWN);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let text = format!(
        "{wrong} of {} with a time zone that is none: {}{more}",
        count(with, "person", "people"),
        names
            .iter()
            .take(ZONES_SHOWN)
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
    );
    let expression = timezone_expression(&survey.zones);
    let nothing = "Switch([timezone], \"\", …), with a name for each of them";
    let expression = expression.as_deref().unwrap_or(nothing);
    hint(
        facts,
        ("time_zones", Level::Warn),
        text,
        &[("expression", expression)],
    )
}

/// How many spellings of time zones a text names.
const ZONES_SHOWN: usize = 5;

fn named(zone: &SentZone) -> String {
    let sent = quoted(&zone.sent);
    match zone.near.as_slice() {
        [] => sent,
        near => format!("{sent} (perhaps {})", near.join(" or ")),
    }
}

pub(super) fn selection(facts: &Facts) -> Option<Hint> {
    let survey = &facts.survey;
    let groups = survey.groups.len() as u64;
    if groups == 0 {
        return None;
    }
    let selected = survey.groups.iter().filter(|group| group.selected).count();
    let text = format!(
        "{selected} of {} selected",
        count(groups, "group", "groups")
    );
    if selected > 0 {
        return ok("selection", text);
    }
    let text = format!("{text}: nobody gets an account");
    hint(facts, ("selection", Level::Warn), text, &[])
}
