//! Groups: membership as a set, references that come early, nesting, and what a deletion takes along.

use enroll_filter::{Expr, LinkPlan, Unknown};
use enroll_store::{Expected, Link, LinkKey, Links, Query, Store, StoreError, Want, Window};
use serde_json::{Value, json};

use super::{
    Ground,
    ground::{id, ids, names},
    join_all,
};

fn values(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn op(verb: &str, members: &[&str]) -> Value {
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
        let plan = on.plan("Group", op(verb, &[user]));
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
        (r#"value pr"#, &[], 0),
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

/// Users, groups and members in any order end in the same membership (S-41, E-18).
pub async fn s41_e18_members_may_come_before_their_users<S: Store>(store: S) {
    let on = Ground::new(store);
    let member_values = ["ada", "00u-bob", "cyd", "nobody"];
    let group = on.add_group("early", &member_values).await;
    assert_eq!(group.pending, member_values);
    assert_eq!(ids(&group.record.unwrap().links), [""; 0]);
    on.add_user("ada", json!({})).await;
    on.add_user("bob", json!({"externalId": "00u-bob"})).await;
    // It may also learn its externalId later.
    on.add_user("cyd-1", json!({"userName": "c"})).await;
    on.put(
        "User",
        on.user("cyd-1", json!({"userName": "c", "externalId": "cyd"})),
    )
    .await
    .unwrap();
    let late = on.add_group("late", &member_values).await;
    assert_eq!(late.pending, ["nobody"]);
    for group in ["early", "late"] {
        assert_eq!(
            on.links("Group", group).await,
            ["ada", "bob", "cyd-1"],
            "{group}"
        );
    }
    assert_eq!(on.version("Group", "early").await, 4);
    // By the value it came with, it goes too.
    let gone = on
        .patch("Group", "early", op("remove", &["00u-bob", "nobody"]))
        .await
        .unwrap();
    assert_eq!(gone.before, ["00u-bob"]);
    assert_eq!(on.links("Group", "early").await, ["ada", "cyd-1"]);
}

/// A reference that waits is not shown, binds by id or by the one externalId, and by nothing else.
pub async fn e18_what_a_pending_member_is_not<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_group("g", &["Ada", "7"]).await;
    // Not by userName, not by displayName, not in another letter case.
    on.add_user(
        "u1",
        json!({"userName": "Ada", "displayName": "Ada", "externalId": "ADA"}),
    )
    .await;
    assert_eq!(on.links("Group", "g").await, [""; 0]);
    // Two that have it are none; the one that is left is it.
    on.add_user("u2", json!({"externalId": "6"})).await;
    on.add_user("u3", json!({"externalId": "6"})).await;
    on.patch("Group", "g", op("add", &["6"])).await.unwrap();
    assert_eq!(on.links("Group", "g").await, [""; 0]);
    on.delete("User", "u2").await.unwrap();
    assert_eq!(on.links("Group", "g").await, ["u3"]);
    let waiting = on
        .store
        .pending(Some(on.target("Group", "g")), 9)
        .await
        .unwrap();
    let waiting: Vec<_> = waiting.into_iter().map(|p| (p.group, p.value)).collect();
    assert_eq!(
        waiting,
        [(id("g"), "7".to_owned()), (id("g"), "Ada".to_owned())]
    );
    assert!(
        on.store
            .pending(Some(on.target("User", "u1")), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

/// They go by `remove`, by `replace members`, with the group, and after thirty days.
pub async fn e18_pending_members_go<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_group("g", &["a", "b", "c"]).await;
    on.add_group("h", &["a"]).await;
    let waiting = async || {
        let waiting = on.store.pending(None, 99).await.unwrap();
        waiting
            .into_iter()
            .map(|p| format!("{}:{}", p.group, p.value))
            .collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, ["g:a", "g:b", "g:c", "h:a"]);
    assert!(
        on.patch("Group", "g", op("remove", &["a"]))
            .await
            .unwrap()
            .changed
    );
    assert_eq!(waiting().await, ["g:b", "g:c", "h:a"]);
    assert!(
        on.put("Group", on.group("g", &["c"]))
            .await
            .unwrap()
            .changed
    );
    assert!(
        !on.put("Group", on.group("g", &["c"]))
            .await
            .unwrap()
            .changed
    );
    assert_eq!(waiting().await, ["g:c", "h:a"]);
    on.delete("Group", "h").await.unwrap();
    assert_eq!(waiting().await, ["g:c"]);
    on.days_later(29);
    on.add_user("x", json!({})).await;
    assert_eq!(waiting().await, ["g:c"]);
    on.days_later(2);
    on.add_user("c", json!({})).await;
    assert_eq!(
        (waiting().await.len(), on.links("Group", "g").await.len()),
        (0, 0)
    );
}

/// With `Unknown::Refuse` only ids count, and nothing is changed.
pub async fn strict_refuses_unknown_members<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    on.add_user("bob", json!({"externalId": "7"})).await;
    on.add_group("g", &[]).await;
    let strict = |named: &[&str]| LinkPlan {
        link: values(named),
        unknown: Unknown::Refuse,
        ..LinkPlan::default()
    };
    let refused = on.link("g", strict(&["ada", "7", "x", "7"])).await;
    let wanted = values(&["7", "x"]);
    assert!(
        matches!(&refused, Err(StoreError::UnknownLinks { values }) if *values == wanted),
        "{refused:?}"
    );
    assert_eq!(on.links("Group", "g").await, [""; 0]);
    let draft = enroll_store::Draft {
        links: strict(&["x"]),
        ..on.group("h", &[])
    };
    let created = on.store.create(on.kind("Group"), draft, on.cause()).await;
    assert!(
        matches!(created, Err(StoreError::UnknownLinks { .. })),
        "{created:?}"
    );
    assert_eq!(on.read("Group", "h").await, None);
    assert!(on.add_group("h", &["ada"]).await.changed);
}

/// A user's groups are the groups that have it; `Want` limits what is read.
pub async fn groups_of_a_user_are_derived<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    for group in ["g1", "g2", "g3"] {
        on.add_group(group, &["ada"]).await;
    }
    on.patch("Group", "g2", op("remove", &["ada"]))
        .await
        .unwrap();
    let read = async |kind: &str, name: &str, want| {
        on.store
            .get(on.target(kind, name), want)
            .await
            .unwrap()
            .unwrap()
            .links
    };
    assert_eq!(ids(&read("User", "ada", Want::UpTo(2)).await), ["g1", "g3"]);
    assert_eq!(read("User", "ada", Want::UpTo(1)).await, Links::More(2));
    assert_eq!(read("User", "ada", Want::Omit).await, Links::Omitted);
    assert_eq!(read("Group", "g1", Want::UpTo(0)).await, Links::More(1));
    assert_eq!(
        read("Group", "g2", Want::UpTo(0)).await,
        Links::All(Vec::new())
    );
    assert_eq!(read("Group", "g1", Want::Omit).await, Links::Omitted);
    on.delete("Group", "g1").await.unwrap();
    assert_eq!(on.links("User", "ada").await, ["g3"]);
}

/// Groups in groups are seen from the user as indirect ones, once each; circles end.
pub async fn nested_groups_and_circles<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    on.add_group("inner", &["ada"]).await;
    on.add_group("middle", &["inner"]).await;
    on.add_group("outer", &["middle", "ada"]).await;
    on.patch("Group", "inner", op("add", &["outer", "inner"]))
        .await
        .unwrap();
    let seen = async || {
        let links = on.read("User", "ada").await.unwrap().links;
        let shown = |link: &Link| {
            format!(
                "{}:{}",
                link.id,
                if link.direct { "direct" } else { "indirect" }
            )
        };
        links.as_slice().iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(
        seen().await,
        ["inner:direct", "middle:indirect", "outer:direct"]
    );
    on.patch("Group", "outer", op("remove", &["ada"]))
        .await
        .unwrap();
    assert_eq!(
        seen().await,
        ["inner:direct", "middle:indirect", "outer:indirect"]
    );
    assert_eq!(on.links("Group", "outer").await, ["middle"]);
    on.delete("Group", "middle").await.unwrap();
    assert_eq!(seen().await, ["inner:direct"]);
}

/// Who is deleted is a member of nothing, and the groups it was in say so by their version (threat D9,
/// decision 40).
pub async fn d9_deleting_takes_the_links_along<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob"]).await;
    for group in ["g", "h", "other"] {
        on.add_group(
            group,
            if group == "other" {
                &["bob"]
            } else {
                &["ada", "bob"]
            },
        )
        .await;
    }
    on.add_group("outer", &["g"]).await;
    on.delete("User", "ada").await.unwrap();
    for (group, members, version) in [("g", ["bob"], 2), ("h", ["bob"], 2), ("other", ["bob"], 1)] {
        assert_eq!(on.links("Group", group).await, members, "{group}");
        assert_eq!(on.version("Group", group).await, version, "{group}");
    }
    on.delete("Group", "g").await.unwrap();
    assert_eq!(on.links("User", "bob").await, ["h", "other"]);
    assert_eq!(
        (
            on.links("Group", "outer").await.len(),
            on.version("Group", "outer").await
        ),
        (0, 2)
    );
    // The id of the dead is a reference that waits for ever, not a member.
    let written = on.patch("Group", "h", op("add", &["ada"])).await.unwrap();
    assert_eq!(written.pending, ["ada"]);
    assert_eq!(on.links("Group", "h").await, ["bob"]);
}

/// Membership changes the group; the user's version and time stay (decision 41).
pub async fn decision_41_membership_moves_the_group_only<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    on.add_group("g", &[]).await;
    let user = on.read("User", "ada").await.unwrap();
    let written = on.patch("Group", "g", op("add", &["ada"])).await.unwrap();
    let group = written.record.unwrap();
    assert_eq!(group.version.0, 2);
    assert!(group.modified > group.created);
    let after = on.read("User", "ada").await.unwrap();
    assert_eq!(
        (after.version, after.modified),
        (user.version, user.modified)
    );
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

/// What a read shows of membership is what a filter finds (threat B6).
pub async fn membership_is_filtered_as_it_is_read<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada", "bob", "cyd"]).await;
    on.add_group("inner", &["ada"]).await;
    on.add_group("outer", &["inner", "bob", "waiting"]).await;
    for (kind, filter, wanted) in [
        ("Group", r#"members.value eq "ada""#, ["inner"].as_slice()),
        ("Group", r#"members[value eq "inner"]"#, &["outer"]),
        ("Group", r#"members eq "waiting""#, &[]),
        (
            "Group",
            r#"members.value eq "bob" and displayName eq "outer""#,
            &["outer"],
        ),
        ("Group", r#"not (members.value eq "bob")"#, &["inner"]),
        ("Group", r#"members[type eq "Group"]"#, &["outer"]),
        ("Group", r#"members pr"#, &["inner", "outer"]),
        ("User", r#"groups.value eq "inner""#, &["ada"]),
        ("User", r#"groups.value eq "outer""#, &["ada", "bob"]),
        (
            "User",
            r#"groups[value eq "outer" and type eq "direct"]"#,
            &["bob"],
        ),
        ("User", r#"groups.display sw "inn""#, &["ada"]),
        ("User", r#"not (groups pr)"#, &["cyd"]),
        ("User", r#"groups.value eq "nobody""#, &[]),
    ] {
        assert_eq!(on.found(kind, filter).await, wanted, "{filter}");
    }
    on.delete("Group", "outer").await.unwrap();
    assert_eq!(
        on.found("User", r#"groups.value eq "outer""#).await,
        [""; 0]
    );
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
