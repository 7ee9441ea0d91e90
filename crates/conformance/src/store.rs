//! What every store must do: the contract of [`enroll_store::Store`] as tests.
//!
//! In an integration test of your crate, with tokio's `macros` and `rt` features at hand:
//!
//! ```text
//! mod my_store {
//!     enroll_conformance::store_suite!(users: MyStore::connect().await);
//! }
//! ```
//!
//! | call | for a store that | it also checks |
//! |---|---|---|
//! | `store_suite!(users: make)` | keeps users | |
//! | `store_suite!(make)` | keeps groups too | membership, pending references, nesting |
//! | `feed_suite!(make)` | implements `Feed`, `Journal` and `Rehearse` | gapless changes, notes written with their write, rehearsals that leave nothing |
//!
//! `make` is an expression that gives an empty store; it may `.await`. Each test makes its own.
//!
//! One test looks at the clock, and only at a ratio: a store must find `userName eq` among a thousand
//! users several times faster than it finds what it has no index for. A store that reads every user
//! to find one fails it; a provider asks that question before each write.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a suite fails loudly"
)]

pub mod derived;
pub mod early;
pub mod ground;
pub mod members;
pub mod outbox;
pub mod rehearse;
pub mod resources;
pub mod search;

pub use ground::{Ground, join_all};

/// Makes one `#[tokio::test]` of each case of the store suite; `$make` gives an empty store.
#[macro_export]
macro_rules! store_suite {
    (users: $make:expr) => {
        $crate::store_suite! { @each resources, $make;
            a_created_user_is_read_back
            e_version_rises_by_one_with_each_change
            a_write_that_changes_nothing_changes_nothing
            d4_one_of_many_creates_wins
            names_are_unique_whatever_their_letter_case
            a_name_stays_with_its_owner_and_is_free_when_he_goes
            only_what_the_cause_names_must_be_unique
            d5_if_match_decides_inside_the_write
            a5_ids_never_return
            patches_are_all_or_nothing
            concurrent_patches_are_all_kept
            decision_40_a_manager_is_derived
            units_are_all_or_nothing
            a_batch_stops_after_errors
        }
        $crate::store_suite! { @each search, $make;
            filters_find_what_they_say
            an_index_and_a_scan_agree
            pages_cover_everything_once
            pages_go_forwards_and_backwards_by_key
            d10_reading_on_skips_nobody_while_others_write
            sorted_by_the_rules_of_the_rfc
            decision_39_sorted_pages_go_by_key
            one_user_among_a_thousand_is_found_without_reading_them_all
        }
    };
    ($make:expr) => {
        $crate::store_suite!(users: $make);
        $crate::store_suite! { @each members, $make;
            members_are_a_set
            d1_no_member_is_lost
            d2_adding_never_removes
            replacing_the_members
            members_are_dropped_by_what_they_are
            required_links_must_be_there
            links_are_read_by_key
            both_types_in_one_search
        }
        $crate::store_suite! { @each early, $make;
            s41_e18_members_may_come_before_their_users
            e18_what_a_pending_member_is_not
            e18_pending_members_go
            strict_refuses_unknown_members
        }
        $crate::store_suite! { @each derived, $make;
            groups_of_a_user_are_derived
            nested_groups_and_circles
            d9_deleting_takes_the_links_along
            decision_41_membership_moves_the_group_only
            membership_is_filtered_as_it_is_read
        }
    };
    (@each $part:ident, $make:expr; $($case:ident)*) => {$(
        #[tokio::test]
        async fn $case() {
            $crate::store::$part::$case($make).await;
        }
    )*};
}

/// Makes one `#[tokio::test]` of each case about changes and notes; `$make` gives an empty store.
#[macro_export]
macro_rules! feed_suite {
    ($make:expr) => {
        $crate::store_suite! { @each outbox, $make;
            changes_have_no_gaps
            changes_say_whose_membership_moved
            d6_deactivation_is_told_at_once
            changes_are_read_on
            dates_from_elsewhere_are_kept
            d3_notes_are_written_with_their_write
            notes_are_listed_newest_first
            old_notes_are_forgotten
        }
        $crate::store_suite! { @each rehearse, $make;
            a_rehearsal_changes_nothing_and_says_what_a_write_would_say
            rehearsals_between_writes_leave_no_gap
        }
    };
}
