//! Groups: membership as a set.

use enroll_filter::{Expr, LinkPlan};
use enroll_store::{Expected, Link, LinkKey, Links, Query, Store, StoreError, Window};
use serde_json::{Value, json};

use super::{
    Ground,
    ground::{ids, names},
    join_all,
};

pub(super) fn values(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

pub(super) fn op(verb: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members
        .iter()
        .map(|value| json!({ "value": value }))
        .collect();
    json!([{"op": verb, "path": "members", "value": members}])
}

/// Adding who is in and removing who is out is no change; a record tells who is in by the order of
/// creation.
pub async fn members_are_a_set<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob", "cyd"]).await;
    let group = on.add_group("g", &["bob", "ada", "bob"]).await;
    assert_eq!(ids(&group.record.unwrap().links), ["ada", "bob"]);
    for (verb, named, after, changed, before) in [
        (
            "add",
            ["bob", "cyd"].as_slice(),
            ["ada", "bob", "cyd"].as_slice(),
            true,
            ["bob"].as_slice(),
        ),
        (
            "add",
            &["bob", "cyd"],
            &["ada", "bob", "cyd"],
            false,
            &["bob", "cyd"],
        ),
        ("remove", &["ada"], &["bob", "cyd"], true, &["ada"]),
        ("remove", &["ada", "nobody"], &["bob", "cyd"], false, &[]),
    ] {
        let written = on.patch("Group", "g", op(verb, named)).await.unwrap();
        assert_eq!(
            (written.changed, &written.before),
            (changed, &values(before)),
            "{verb} {named:?}"
        );
        assert_eq!(on.links("Group", "g").await, after, "{verb} {named:?}");
    }
    assert_eq!(on.version("Group", "g").await, 3);
    let links = on.read("Group", "g").await.unwrap().links;
    let Links::All(links) = links else {
        panic!("{links:?}")
    };
    let shown = |link: &Link| (link.kind.clone(), link.display.clone(), link.direct);
    let bob = ("User".to_owned(), Some("bob".to_owned()), true);
    assert_eq!(links.iter().map(shown).next(), Some(bob));
}

/// Members added and removed at the same time are all in and all out afterwards (threat D1).
pub async fn d1_no_member_is_lost<S: Store>(store: S) {
    let on = Ground::new(store);
    let users: Vec<String> = (0..24).map(|number| format!("u{number:02}")).collect();
    for user in &users {
        on.add_user(user, json!({})).await;
    }
    let (stay, go) = users.split_at(12);
    on.add_group("g", &go.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    let write = |(verb, user): (&str, &String)| {
        let plan = on.plan("Group", &op(verb, &[user]));
        on.store
            .patch(on.target("Group", "g"), Expected::Any, plan, on.cause())
    };
    let adds = stay.iter().map(|user| ("add", user));
    let removes = go.iter().map(|user| ("remove", user));
    let answers = join_all(adds.chain(removes).map(write)).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(|w| w.changed)),
        "{answers:?}"
    );
    assert_eq!(on.links("Group", "g").await, stay);
    assert_eq!(on.version("Group", "g").await, 25);
}

/// `add` never takes anybody out, whatever else the message says (threat D2).
pub async fn d2_adding_never_removes<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob", "cyd"]).await;
    on.add_group("g", &["ada"]).await;
    for operations in [
        op("add", &["bob"]),
        op("add", &[]),
        json!([{"op": "add", "value": {"members": [{"value": "cyd"}]}}]),
        json!([{"op": "replace", "path": "displayName", "value": "new"}]),
    ] {
        let before = on.links("Group", "g").await;
        on.patch("Group", "g", operations.clone()).await.unwrap();
        let after = on.links("Group", "g").await;
        assert!(
            before.iter().all(|member| after.contains(member)),
            "{operations}: {after:?}"
        );
    }
    assert_eq!(on.links("Group", "g").await, ["ada", "bob", "cyd"]);
}

/// PUT and `replace members` set the list: to more, to less, to others, to the same, to none.
pub async fn replacing_the_members<S: Store>(store: S) {
    let on = Ground::new(store);
    let all = ["a", "b", "c", "d", "e", "f"];
    on.add_users(&all).await;
    on.add_group("g", &["a", "b", "c"]).await;
    for (wanted, changed) in [
        (["a", "b", "c"].as_slice(), false),
        (&["c", "a", "b", "a"], false),
        (&["a", "b", "c", "d"], true),
        (&["b", "c", "d"], true),
        (&["e", "f"], true),
        (&["f"], true),
        (&all, true),
        (&["a", "f"], true),
        (&["b", "c", "d", "e"], true),
        (&[], true),
        (&[], false),
        (&["a"], true),
    ] {
        let before = on.version("Group", "g").await;
        let written = on.put("Group", on.group("g", wanted)).await.unwrap();
        let mut sorted = values(wanted);
        sorted.sort();
        sorted.dedup();
        assert_eq!(on.links("Group", "g").await, sorted, "{wanted:?}");
        assert_eq!(written.changed, changed, "{wanted:?}");
        assert_eq!(
            on.version("Group", "g").await,
            before + u64::from(changed),
            "{wanted:?}"
        );
    }
    for user in ["a", "b"] {
        let groups = on.links("User", user).await;
        assert_eq!(
            groups,
            if user == "a" {
                values(&["g"])
            } else {
                values(&[])
            }
        );
    }
}

/// `remove members[…]` drops those whose element matches, waiting ones too.
pub async fn members_are_dropped_by_what_they_are<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob"]).await;
    on.add_group("inner", &[]).await;
    on.add_group("g", &["ada", "bob", "inner", "unknown"]).await;
    let group = on.kind("Group");
    let inside = |filter: &str| {
        let whole: enroll_filter::Filter = format!("members[{filter}]").parse().unwrap();
        match whole.bind(&group).unwrap() {
            Expr::Test(enroll_filter::Bound::Related { test, .. }) => match *test {
                enroll_filter::Bound::Element { inner, .. } => *inner,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    for (filter, left, waiting) in [
        (r#"type eq "Device""#, ["ada", "bob", "inner"].as_slice(), 1),
        (r#"type eq "group""#, &["ada", "bob"], 1),
        (r#"display eq "bob""#, &["ada"], 1),
        (r#"value sw "unk""#, &["ada"], 0),
        (r"value pr", &[], 0),
    ] {
        let links = LinkPlan {
            unlink_where: Some(inside(filter)),
            ..LinkPlan::default()
        };
        on.link("g", links).await.unwrap();
        assert_eq!(on.links("Group", "g").await, left, "{filter}");
        assert_eq!(
            on.store.pending(None, 9).await.unwrap().len(),
            waiting,
            "{filter}"
        );
    }
}

/// A plan that requires a link is refused without it, before anything else happens.
pub async fn required_links_must_be_there<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob"]).await;
    on.add_group("g", &["ada"]).await;
    let plan = |require: &[&str]| {
        let clear = LinkPlan {
            clear: true,
            link: values(&["bob"]),
            ..LinkPlan::default()
        };
        LinkPlan {
            require: values(require),
            ..clear
        }
    };
    for missing in ["bob", "nobody"] {
        let refused = on.link("g", plan(&["ada", missing])).await;
        assert!(
            matches!(&refused, Err(StoreError::NotLinked { value }) if value == missing),
            "{refused:?}"
        );
        assert_eq!(on.links("Group", "g").await, ["ada"]);
    }
    let written = on.link("g", plan(&["ada"])).await.unwrap();
    assert_eq!(written.before, ["ada"]);
    assert_eq!(on.links("Group", "g").await, ["bob"]);
}

/// Pages of links cover all, in order; a member that stays keeps its place whatever happens around it.
pub async fn links_are_read_by_key<S: Store>(store: S) {
    let on = Ground::new(store);
    let users: Vec<String> = (0..9).map(|number| format!("u{number}")).collect();
    for user in &users {
        on.add_user(user, json!({})).await;
    }
    let all: Vec<&str> = users.iter().map(String::as_str).collect();
    on.add_group("g", &all).await;
    let page = async |kind: &str, name: &str, after, most| {
        on.store.links(on.target(kind, name), after, most).await
    };
    let first = page("Group", "g", LinkKey(0), 4).await.unwrap();
    assert_eq!(first.links.len(), 4);
    // The list is replaced while it is read: nobody who is in before and after is missed or repeated.
    on.put("Group", on.group("g", &all[2..])).await.unwrap();
    let mut read: Vec<String> = first.links.iter().map(|link| link.id.to_string()).collect();
    let mut next = first.next;
    while let Some(after) = next {
        let more = page("Group", "g", after, 2).await.unwrap();
        read.extend(more.links.iter().map(|link| link.id.to_string()));
        next = more.next;
    }
    assert_eq!(read, all);
    let groups = page("User", "u5", LinkKey(0), 9).await.unwrap();
    assert_eq!((groups.links.len(), groups.next), (1, None));
    let exact = page("Group", "g", LinkKey(0), 7).await.unwrap();
    assert_eq!((exact.links.len(), exact.next), (7, None));
    let nobody = page("Group", "nobody", LinkKey(0), 1).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)), "{nobody:?}");
}

/// A search at the root is one list over both types.
pub async fn both_types_in_one_search<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["a", "c"]).await;
    on.add_group("b", &["a"]).await;
    on.add_users(&["d"]).await;
    let search = async |user: &str, group: &str, window, count| {
        let mut query = on.query("User", user);
        query.branches.extend(on.query("Group", group).branches);
        let page = on
            .store
            .find(Query {
                window,
                count,
                ..query
            })
            .await
            .unwrap();
        (names(&page), page.total)
    };
    let (all, total) = search("", "", Window::Index(1), 9).await;
    assert_eq!((all, total), (values(&["a", "c", "b", "d"]), Some(4)));
    let (page, total) = search("", "", Window::Index(2), 2).await;
    assert_eq!((page, total), (values(&["c", "b"]), Some(4)));
    let (some, total) = search(
        r#"userName eq "d""#,
        r#"displayName eq "B""#,
        Window::Index(1),
        9,
    )
    .await;
    assert_eq!((some, total), (values(&["b", "d"]), Some(2)));
}
