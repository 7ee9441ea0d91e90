//! What every sink must do, whatever application is behind it (sync §6.1).
//!
//! Bring an [`Application`]: the sink, and three questions that only the application can answer.
//! The smallest sink, an upsert of `item.account` by `item.app_ref` that remembers who was made for
//! whom, passes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a suite fails loudly"
)]

use std::collections::BTreeMap;

use enroll_schema::ResourceId;
use enroll_store::{DirectoryId, TenantId};
use enroll_sync::{
    AccessGroupId, AccountId, AccountSink, GroupOutcome, GroupWish, Item, Kind, Op, Outcome,
    Profile, Reason, Stage, State, Subject,
};

/// Makes one `#[tokio::test]` of each case of the sink suite; `$make` gives an application without
/// accounts.
#[macro_export]
macro_rules! sink_suite {
    ($make:expr) => {
        $crate::sink_suite! { @each $make;
            s_05_a_create_makes_one_account
            p_13_a_create_whose_answer_was_lost_makes_no_second_account
            the_same_key_twice_has_the_effect_of_one
            an_account_is_the_whole_of_it
            s_10_a_move_is_one_call
            d_6_applied_means_that_access_has_ended
            e_13_a_reactivated_account_is_the_same_account
            what_is_not_said_stays
            a_3_a_taken_address_is_no_takeover
            an_unknown_access_group_is_answered_for_good
            accounts_do_not_touch_each_other
            s_07_access_groups_are_made_renamed_and_archived
        }
    };
    (@each $make:expr; $($case:ident)*) => {$(
        #[tokio::test]
        async fn $case() {
            $crate::sink::$case($make).await;
        }
    )*};
}

/// An application, as far as the suite must see into it.
pub trait Application: Send + Sync {
    /// The sink in front of it.
    type Sink: AccountSink;

    /// Returns the sink.
    fn sink(&self) -> &Self::Sink;

    /// Tells whether the person of this account can do anything at all now.
    fn may_enter(&self, account: &AccountId) -> impl Future<Output = bool> + Send;

    /// Returns what the application holds about an account.
    fn profile(&self, account: &AccountId) -> impl Future<Output = Option<Profile>> + Send;

    /// Counts the accounts, inactive ones too.
    fn size(&self) -> impl Future<Output = usize> + Send;

    /// Makes sure that there is an access group, and returns its id.
    ///
    /// Provided: by the sink.
    fn access_group(&self, name: &str) -> impl Future<Output = AccessGroupId> + Send {
        let item = group_item(name, Op::CreateGroup, None, name, false);
        async move {
            match self.sink().apply_group(&item).await {
                GroupOutcome::Applied { group_ref } => group_ref,
                other => panic!("no access group was made: {other:?}"),
            }
        }
    }
}

/// An item about the person `key`; `edition` tells one change of a person from the next.
fn item(key: &str, op: Op, app_ref: Option<&AccountId>, account: Profile, edition: u64) -> Item {
    Item {
        app_ref: app_ref.cloned(),
        account: Some(account),
        external_id: Some(format!("ext-{key}")),
        ..blank(person(key), op, key, edition)
    }
}

fn group_item(
    key: &str,
    op: Op,
    group_ref: Option<AccessGroupId>,
    name: &str,
    archived: bool,
) -> Item {
    let wish = GroupWish {
        group_ref,
        name: name.to_owned(),
        archived,
    };
    let edition = u64::from(op != Op::CreateGroup) + u64::from(archived);
    Item {
        group: Some(wish),
        ..blank(group(key), op, name, edition)
    }
}

fn blank(subject: Subject, op: Op, name: &str, edition: u64) -> Item {
    Item {
        tenant: TenantId::new("acme"),
        key: format!("{subject} {} {edition}", op.as_str()),
        subject,
        op,
        state: State::Ready,
        lane: Stage::Changes,
        app_ref: None,
        account: None,
        group: None,
        external_id: None,
        name: name.to_owned(),
        from: BTreeMap::new(),
        to: BTreeMap::new(),
        changed: Vec::new(),
        kept: Vec::new(),
        reasons: vec![Reason::plain(enroll_sync::Code::IdpChanged)],
        cause: Vec::new(),
        via: None,
        until: None,
        waits: Vec::new(),
        heir_of: None,
        after: edition,
        revision: edition + 1,
    }
}

fn person(key: &str) -> Subject {
    Subject::person(&DirectoryId::new("int_1"), &ResourceId::new(key).unwrap())
}

fn group(key: &str) -> Subject {
    Subject::group(&DirectoryId::new("int_1"), &ResourceId::new(key).unwrap())
}

/// An active account of `key` in `groups`.
fn profile(key: &str, groups: &[&AccessGroupId]) -> Profile {
    Profile {
        email: Some(format!("{key}@x.example")),
        first_name: Some(key.to_owned()),
        last_name: Some("Test".to_owned()),
        time_zone: Some("Europe/London".to_owned()),
        login: Some(format!("{key}@x.example")),
        kind: Kind::Internal,
        active: true,
        access_groups: groups.iter().map(|group| (*group).clone()).collect(),
        fields: BTreeMap::new(),
    }
}

/// Applies an item that must succeed, and returns the account.
async fn done<A: Application>(app: &A, item: &Item) -> AccountId {
    match (app.sink().apply(item).await, &item.app_ref) {
        (Outcome::Applied { app_ref, .. }, _) => app_ref,
        (Outcome::Unchanged, Some(app_ref)) => app_ref.clone(),
        (other, _) => panic!("{} was not applied: {other:?}", item.key),
    }
}

/// A create makes exactly one account, as it was asked for (S-05).
pub async fn s_05_a_create_makes_one_account<A: Application>(app: A) {
    let staff = app.access_group("Staff").await;
    let wanted = profile("ada", &[&staff]);
    let account = done(&app, &item("ada", Op::Create, None, wanted.clone(), 0)).await;
    assert_eq!(app.size().await, 1);
    assert_eq!(app.profile(&account).await, Some(wanted));
    assert!(app.may_enter(&account).await);
}

/// A create that comes again, because its answer was lost, finds the account it made (P13).
pub async fn p_13_a_create_whose_answer_was_lost_makes_no_second_account<A: Application>(app: A) {
    let create = item("ada", Op::Create, None, profile("ada", &[]), 0);
    let first = done(&app, &create).await;
    let again = app.sink().apply(&create).await;
    let named = match again {
        Outcome::Applied { app_ref, .. } | Outcome::Exists { app_ref } => app_ref,
        other => panic!("the account is not named: {other:?}"),
    };
    assert_eq!(named, first);
    assert_eq!(app.size().await, 1);
}

/// The same call twice has the effect of one.
pub async fn the_same_key_twice_has_the_effect_of_one<A: Application>(app: A) {
    let account = done(&app, &item("ada", Op::Create, None, profile("ada", &[]), 0)).await;
    let renamed = Profile {
        first_name: Some("Ada".to_owned()),
        ..profile("ada", &[])
    };
    let update = item("ada", Op::Update, Some(&account), renamed.clone(), 1);
    done(&app, &update).await;
    done(&app, &update).await;
    assert_eq!(app.profile(&account).await, Some(renamed));
    assert_eq!(app.size().await, 1);
}

/// An item is the whole account: whatever came between, the last one counts.
pub async fn an_account_is_the_whole_of_it<A: Application>(app: A) {
    let staff = app.access_group("Staff").await;
    let account = done(
        &app,
        &item("ada", Op::Create, None, profile("ada", &[&staff]), 0),
    )
    .await;
    let wanted = Profile {
        email: Some("countess@x.example".to_owned()),
        last_name: Some("Lovelace".to_owned()),
        time_zone: Some("Asia/Shanghai".to_owned()),
        kind: Kind::External,
        fields: BTreeMap::from([("department".to_owned(), "Engines".into())]),
        ..profile("ada", &[&staff])
    };
    done(
        &app,
        &item("ada", Op::ConvertKind, Some(&account), wanted.clone(), 1),
    )
    .await;
    assert_eq!(app.profile(&account).await, Some(wanted.clone()));
    let bare = Profile {
        fields: BTreeMap::new(),
        ..wanted
    };
    done(
        &app,
        &item("ada", Op::Update, Some(&account), bare.clone(), 2),
    )
    .await;
    assert_eq!(app.profile(&account).await, Some(bare));
}

/// A move takes the old group's rights and gives the new one's, in one call (S-10).
pub async fn s_10_a_move_is_one_call<A: Application>(app: A) {
    let (staff, admins) = (
        app.access_group("Staff").await,
        app.access_group("Admins").await,
    );
    assert_ne!(staff, admins);
    let account = done(
        &app,
        &item("ada", Op::Create, None, profile("ada", &[&staff]), 0),
    )
    .await;
    let moved = profile("ada", &[&admins]);
    done(&app, &item("ada", Op::Update, Some(&account), moved, 1)).await;
    let found = app.profile(&account).await.unwrap();
    assert_eq!(found.access_groups, [admins]);
}

/// When a deactivation is said to be applied, nothing of the account works any more (D6).
pub async fn d_6_applied_means_that_access_has_ended<A: Application>(app: A) {
    let staff = app.access_group("Staff").await;
    let account = done(
        &app,
        &item("ada", Op::Create, None, profile("ada", &[&staff]), 0),
    )
    .await;
    let out = Profile {
        active: false,
        ..profile("ada", &[])
    };
    done(&app, &item("ada", Op::Deactivate, Some(&account), out, 1)).await;
    assert!(!app.may_enter(&account).await);
    let kept = app.profile(&account).await.unwrap();
    assert!(!kept.active);
    assert_eq!(app.size().await, 1, "the account is kept");
}

/// Who comes back has the same account (E-13).
pub async fn e_13_a_reactivated_account_is_the_same_account<A: Application>(app: A) {
    let account = done(&app, &item("ada", Op::Create, None, profile("ada", &[]), 0)).await;
    let out = Profile {
        active: false,
        ..profile("ada", &[])
    };
    done(&app, &item("ada", Op::Deactivate, Some(&account), out, 1)).await;
    let back = item(
        "ada",
        Op::Reactivate,
        Some(&account),
        profile("ada", &[]),
        2,
    );
    assert_eq!(done(&app, &back).await, account);
    assert!(app.may_enter(&account).await);
    assert_eq!(app.size().await, 1);
}

/// A value that the item does not say stays what it is.
pub async fn what_is_not_said_stays<A: Application>(app: A) {
    let account = done(&app, &item("ada", Op::Create, None, profile("ada", &[]), 0)).await;
    let silent = Profile {
        time_zone: None,
        last_name: None,
        ..profile("ada", &[])
    };
    done(&app, &item("ada", Op::Update, Some(&account), silent, 1)).await;
    let found = app.profile(&account).await.unwrap();
    assert_eq!(found.time_zone.as_deref(), Some("Europe/London"));
    assert_eq!(found.last_name.as_deref(), Some("Test"));
}

/// A create with somebody else's address changes nothing about that account (A3).
pub async fn a_3_a_taken_address_is_no_takeover<A: Application>(app: A) {
    let owner = done(&app, &item("ada", Op::Create, None, profile("ada", &[]), 0)).await;
    let rival = Profile {
        first_name: Some("Eve".to_owned()),
        ..profile("ada", &[])
    };
    let outcome = app
        .sink()
        .apply(&item("eve", Op::Create, None, rival, 0))
        .await;
    if let Outcome::Applied { app_ref, .. } = &outcome {
        assert_ne!(*app_ref, owner, "an account was taken over");
    }
    assert!(
        !matches!(outcome, Outcome::Retry { .. }),
        "asking again changes nothing"
    );
    assert_eq!(app.profile(&owner).await, Some(profile("ada", &[])));
}

/// An access group that is not there is refused, or taken; it is never a reason to ask again.
pub async fn an_unknown_access_group_is_answered_for_good<A: Application>(app: A) {
    let nowhere = AccessGroupId::new("there-is-no-such-group");
    let create = item("ada", Op::Create, None, profile("ada", &[&nowhere]), 0);
    let outcome = app.sink().apply(&create).await;
    assert!(
        matches!(outcome, Outcome::Applied { .. } | Outcome::Rejected { .. }),
        "{outcome:?}"
    );
}

/// Calls for different people may come in any order and between each other.
pub async fn accounts_do_not_touch_each_other<A: Application>(app: A) {
    let names = ["ada", "bob", "eve"];
    let mut accounts = BTreeMap::new();
    for name in names {
        let create = item(name, Op::Create, None, profile(name, &[]), 0);
        accounts.insert(name, done(&app, &create).await);
    }
    for name in names.iter().rev() {
        let account = &accounts[name];
        let active = *name != "bob";
        let changed = Profile {
            active,
            ..profile(name, &[])
        };
        let op = if active { Op::Update } else { Op::Deactivate };
        done(&app, &item(name, op, Some(account), changed, 1)).await;
    }
    assert_eq!(app.size().await, 3);
    for (name, account) in &accounts {
        assert_eq!(app.may_enter(account).await, *name != "bob", "{name}");
        let found = app.profile(account).await.unwrap();
        assert_eq!(found.first_name.as_deref(), Some(*name));
    }
}

/// An access group keeps its id through its life (S-07, E-10, E-11).
pub async fn s_07_access_groups_are_made_renamed_and_archived<A: Application>(app: A) {
    let made = app.access_group("Staff").await;
    for (op, name, archived) in [
        (Op::RenameGroup, "Crew", false),
        (Op::ArchiveGroup, "Crew", true),
    ] {
        let call = group_item("Staff", op, Some(made.clone()), name, archived);
        let outcome = app.sink().apply_group(&call).await;
        assert_eq!(
            outcome,
            GroupOutcome::Applied {
                group_ref: made.clone()
            }
        );
        // The same call again is the same.
        assert_eq!(app.sink().apply_group(&call).await, outcome);
    }
}
