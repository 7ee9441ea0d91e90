//! Scenario × provider: who plays what, and why the others do not.

use super::{
    Scenario,
    players::{GROUP_LIFE, GROUPS, NAMES, Rule, SETTING, SINGLE_MEMBERS, ZONES},
};

/// One scenario, and what a provider must be able to do for it to make sense.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) scenario: Scenario,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Rules which a provider must all fulfil.
    pub(super) rules: &'static [&'static Rule],
}

const fn row(
    scenario: Scenario,
    name: &'static str,
    about: &'static str,
    rules: &'static [&'static Rule],
) -> Row {
    Row {
        scenario,
        name,
        about,
        rules,
    }
}

/// Every scenario, in the order of [`Scenario::ALL`].
static TABLE: &[Row] = &[
    row(
        Scenario::JoinersMoversLeavers,
        "joiners-movers-leavers",
        "people join, move, change and leave",
        &[],
    ),
    row(Scenario::Joiners, "joiners", "everyone joins", &[]),
    row(
        Scenario::MoveGroup,
        "move-group",
        "a third of the people changes group",
        &[&GROUPS],
    ),
    row(
        Scenario::Reactivate,
        "reactivate",
        "some are suspended and return",
        &[],
    ),
    row(
        Scenario::Rename,
        "rename",
        "a fifth of the people gets another userName",
        &[],
    ),
    row(
        Scenario::MassLeave,
        "mass-leave",
        "six in ten people leave",
        &[],
    ),
    row(
        Scenario::ForgotGroupsBox,
        "forgot-groups-box",
        "people come, groups never do",
        &[&GROUPS],
    ),
    row(
        Scenario::Pending,
        "pending",
        "some people wait for an approval and never come",
        &[&SETTING],
    ),
    row(
        Scenario::RemovedButNothing,
        "removed-but-nothing",
        "people leave and the server is not told",
        &[&SETTING],
    ),
    row(
        Scenario::GroupRename,
        "group-rename",
        "groups get other names",
        &[&GROUPS, &GROUP_LIFE],
    ),
    row(
        Scenario::GroupDeleteAndReturn,
        "group-delete-and-return",
        "a group is deleted and made again by the same name",
        &[&GROUPS, &GROUP_LIFE],
    ),
    row(
        Scenario::ReHire,
        "re-hire",
        "people leave and are hired again",
        &[],
    ),
    row(
        Scenario::EmailAndUpn,
        "email-and-upn",
        "people get other addresses and userNames",
        &[],
    ),
    row(
        Scenario::TimeZones,
        "time-zones",
        "time zones come in all spellings, junk too, and change",
        &[&ZONES],
    ),
    row(
        Scenario::ExternalRecruiters,
        "external-recruiters",
        "people from outside, some of whom are hired",
        &[],
    ),
    row(
        Scenario::OutOfOrder,
        "out-of-order",
        "groups come before their members, by externalId",
        &[&GROUPS, &NAMES],
    ),
    row(
        Scenario::Concurrent,
        "concurrent",
        "many changes of one group at the same time",
        &[&GROUPS, &SINGLE_MEMBERS],
    ),
];

/// What is said of a scenario that the table has forgotten; a test sees to it that none is.
static NONE: Row = row(Scenario::Joiners, "", "", &[]);

impl Scenario {
    pub(super) fn row(self) -> &'static Row {
        TABLE
            .iter()
            .find(|row| row.scenario == self)
            .unwrap_or(&NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_has_its_row_and_the_name_that_json_has() {
        assert_eq!(TABLE.len(), Scenario::ALL.len());
        for scenario in Scenario::ALL {
            assert_eq!(scenario.row().scenario, scenario);
            assert_eq!(
                serde_json::to_value(scenario).unwrap(),
                serde_json::json!(scenario.name())
            );
        }
        // One past the last in the order of declaration would be a scenario without a row.
        assert_eq!(Scenario::Concurrent as usize + 1, Scenario::ALL.len());
    }
}
