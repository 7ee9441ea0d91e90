//! What every ledger of the sync job must do; [`enroll_sync::MemoryLedger`] defines it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a suite fails loudly"
)]

mod accounts;
mod alarms;
mod decisions;
mod feed;
mod ground;
mod names;
mod plans;
mod queue;
mod reports;
mod rules;
mod rulings;

pub use accounts::*;
pub use alarms::*;
pub use decisions::*;
pub use feed::*;
pub use ground::Ground;
pub use names::*;
pub use plans::*;
pub use queue::*;
pub use reports::*;
pub use rules::*;
pub use rulings::*;

/// Makes one `#[tokio::test]` of each case of the ledger suite; `$make` gives an empty ledger.
#[macro_export]
macro_rules! ledger_suite {
    ($make:expr) => {
        $crate::ledger_suite! { @each $make;
            a_tenant_that_is_unknown_has_the_default_policy_and_nothing_else
            an_integration_is_attached_once_and_renamed
            rules_are_changed_only_as_they_were_read
            a_changed_rule_makes_everybody_due
            what_was_there_to_pick_from_is_known
            hints_of_one_subject_become_one_place_in_the_queue
            the_settle_window_moves_and_ends
            a_bookmark_moves_once
            the_queue_is_served_leavers_first_then_groups_then_people
            a_hint_that_comes_meanwhile_is_not_lost
            clocks_do_not_count_as_work
            d_3_an_older_lease_writes_nothing
            what_is_decided_is_counted_and_found
            whoever_waits_is_woken
            members_are_woken
            s_05_a_create_is_settled_whole
            outcomes_are_numbered_without_gaps
            e_09_names_are_held_by_accounts_and_by_nobody_elses
            e_17_a_former_login_is_held_until_its_day
            e_27_heirs_are_the_deleted
            e_11_a_group_that_comes_back_takes_everything_along
            an_access_group_is_occupied_by_active_accounts
            people_are_found_by_every_name
            accounts_are_listed_page_by_page
            s_33_what_was_seeded_is_there_and_is_nobodys
            the_built_in_sink_changes_accounts_and_ledger_together
            b_4_tenants_share_nothing
            what_happened_comes_to_the_whole
            what_happened_is_forgotten_from_the_front
            a_listener_says_how_far_it_is
            a_ruling_is_kept_until_it_has_served
            what_stands_open_is_listed_by_subject
            e_23_removals_are_counted_unless_somebody_saw_them
            e_24_accounts_are_counted_where_the_brakes_look
            e_16_a_reported_account_holds_its_names
            e_12_what_drifted_is_listed_by_person
            e_16_a_tie_that_was_asked_for_is_kept
            sync_7_a_snapshot_is_taken_in_as_a_whole
            a_plan_is_kept_with_its_items_in_order
            old_plans_are_forgotten_with_their_items
            what_was_done_is_listed_newest_first
            d_6_a_concern_comes_and_goes_with_its_decision
            an_alert_is_kept_with_what_was_told_of_it
        }
    };
    (@each $make:expr; $($case:ident)*) => {$(
        #[tokio::test]
        async fn $case() {
            $crate::ledger::$case($make).await;
        }
    )*};
}
