//! The accounts and access groups beside the ledger.

use enroll_store_sqlite::Sqlite;
use enroll_sync::{
    AccessGroup, AccessGroupId, Account, AccountFilter, AccountId, Accounts as _, Answer, Effect,
    GroupOutcome, GroupShadow, GroupState, GroupWish, Holder, Item, Joined as _, Ledger as _,
    NameRole, Op, Origin, Outcome, Profile, Subject,
};
use serde_json::json;

use super::{
    some::{acme, claim, create, okta, profile, step},
    view::id,
};

fn account(app_ref: &str, active: bool) -> Account {
    let profile = Profile {
        active,
        ..profile(&format!("{app_ref}@acme.com"), &[])
    };
    Account {
        app_ref: AccountId::new(app_ref),
        profile,
    }
}

/// What an application in use has is there, held by nobody, and not made again (S-33).
#[tokio::test]
async fn s33_what_was_there_before_is_held_by_nobody() {
    let database = Sqlite::temporary().unwrap();
    let fence = database.lease(&acme()).await.unwrap();
    let group = AccessGroup {
        group_ref: AccessGroupId::new("g_1"),
        name: "Interviewer".to_owned(),
        origin: Origin::App,
        state: GroupState::Ready,
        privileged: true,
    };
    database
        .seed(&acme(), vec![account("u_1", true)], vec![group.clone()])
        .await
        .unwrap();
    assert_eq!(database.access_groups(&acme()).await.unwrap(), [group]);
    let holder = Holder {
        key: "u_1@acme.com".to_owned(),
        role: NameRole::Email,
        app_ref: AccountId::new("u_1"),
        subject: None,
        until: None,
    };
    let names = vec![holder.key.clone(), holder.key.clone()];
    assert_eq!(database.holders(&acme(), names).await.unwrap(), [holder]);
    let taken = database
        .apply_and_settle(&acme(), fence, claim(create("U_1@Acme.com")))
        .await;
    let exists = Outcome::Exists {
        app_ref: AccountId::new("u_1"),
    };
    assert_eq!(taken.unwrap().answer, Answer::Account(exists));
    let fresh = database
        .apply_and_settle(&acme(), fence, claim(create("ada@acme.com")))
        .await;
    let made = Outcome::applied(AccountId::new("u_3"));
    assert_eq!(
        fresh.unwrap().answer,
        Answer::Account(made),
        "u_1 is there, u_2 was not used"
    );
}

/// Accounts come in pages, in order, by what is asked; those of other sinks come as they were last applied.
#[tokio::test]
async fn accounts_come_in_pages() {
    let database = Sqlite::temporary().unwrap();
    let fence = database.lease(&acme()).await.unwrap();
    let own = ["a", "c", "e", "g"].map(|app_ref| account(app_ref, app_ref != "c"));
    database
        .seed(&acme(), own.to_vec(), Vec::new())
        .await
        .unwrap();
    for (person, app_ref, active) in [
        ("p1", "b", true),
        ("p2", "d", false),
        ("p3", "f", true),
        ("p4", "f", false),
        ("p5", "a", false),
    ] {
        let subject = Subject::person(&okta(), &id(person));
        let value = json!({
            "subject": subject, "app_ref": app_ref, "external_id": null, "user_name": person, "managed": true,
            "base": account(app_ref, active).profile, "observed": null, "via": null, "ungrouped_since": null,
            "gone_at": null, "former_logins": [], "seq": 1
        });
        let shadow = Effect::Shadow(serde_json::from_value(value).unwrap());
        database
            .decide(&acme(), fence, vec![step(subject, vec![shadow], None)])
            .await
            .unwrap();
    }
    let page = async |active, after: &str, most| {
        let after = (!after.is_empty()).then(|| AccountId::new(after));
        let filter = AccountFilter {
            active,
            after,
            most,
        };
        let found = database.accounts(&acme(), filter).await.unwrap();
        found
            .iter()
            .map(|account| account.app_ref.to_string())
            .collect::<String>()
    };
    assert_eq!(page(None, "", 100).await, "abcdefg");
    assert_eq!(page(None, "", 3).await, "abc");
    assert_eq!(page(None, "c", 3).await, "def");
    assert_eq!(page(None, "f", 3).await, "g");
    assert_eq!(page(None, "g", 3).await, "");
    assert_eq!(page(None, "", 0).await, "");
    // Of two people tied to one account, the last one tells; an account that is here tells itself.
    assert_eq!(page(Some(true), "", 100).await, "abeg");
    assert_eq!(page(Some(true), "a", 2).await, "be");
    assert_eq!(page(Some(false), "", 100).await, "cdf");
    assert_eq!(page(Some(false), "c", 1).await, "d");
}

/// Of two groups that feed one access group of another sink, the last one tells what it is.
#[tokio::test]
async fn an_access_group_made_elsewhere_is_as_its_last_group_tells() {
    let database = Sqlite::temporary().unwrap();
    let fence = database.lease(&acme()).await.unwrap();
    let group_ref = AccessGroupId::new("x");
    for (group, name, made) in [("h1", "First", false), ("h2", "Second", true)] {
        let binding = GroupShadow {
            subject: Subject::group(&okta(), &id(group)),
            group_ref: group_ref.clone(),
            external_id: None,
            name: name.to_owned(),
            made,
            archived: false,
            seq: 1,
        };
        let bound = step(
            binding.subject.clone(),
            vec![Effect::Binding(binding)],
            None,
        );
        database.decide(&acme(), fence, vec![bound]).await.unwrap();
    }
    let as_told = |name: &str| AccessGroup {
        group_ref: group_ref.clone(),
        name: name.to_owned(),
        origin: Origin::Scim,
        state: GroupState::NeedsSetup,
        privileged: false,
    };
    let listed = database.access_groups(&acme()).await.unwrap();
    assert_eq!(listed, [as_told("Second")]);
    let wish = GroupWish {
        group_ref: Some(group_ref.clone()),
        name: "Third".to_owned(),
        archived: false,
    };
    let item = Item {
        subject: Subject::group(&okta(), &id("h2")),
        op: Op::RenameGroup,
        account: None,
        group: Some(wish),
        ..create("nobody@acme.com")
    };
    let renamed = database
        .apply_and_settle(&acme(), fence, claim(item))
        .await
        .unwrap();
    let applied = GroupOutcome::Applied {
        group_ref: group_ref.clone(),
    };
    assert_eq!(renamed.answer, Answer::Group(applied));
    let listed = database.access_groups(&acme()).await.unwrap();
    assert_eq!(listed, [as_told("Third")]);
}
