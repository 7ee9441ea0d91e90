//! Searching: filters, pages, order.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use enroll_schema::Timestamp;
use enroll_store::{Expected, Key, Order, Query, Sort, Store, Window, Write};
use serde_json::{Value, json};

use super::{Ground, ground::names};

/// Filters and whom they find among [`people`]; the first column says by which way.
const FILTERS: &[(&str, &str, &[&str])] = &[
    ("all", "", &["ada", "bob", "cyd", "dan"]),
    ("key", r#"userName eq "ADA@x""#, &["ada"]),
    ("key", r#"userName eq "nobody""#, &[]),
    ("key", r#"externalId eq "7""#, &["bob", "cyd"]),
    ("key, exact", r#"externalId eq "x7""#, &[]),
    ("key", r#"emails.value eq "ADA@work""#, &["ada"]),
    ("key", r#"emails eq "bob@home""#, &["bob"]),
    (
        "key and rest",
        r#"emails[type eq "work" and value eq "bob@home"]"#,
        &[],
    ),
    (
        "key and rest",
        r#"emails[type eq "home" and value eq "bob@home"]"#,
        &["bob"],
    ),
    ("key", r#"displayName eq "straße""#, &["cyd"]),
    ("key", r#"displayName eq "STRASSE""#, &["cyd"]),
    (
        "key and rest",
        r#"externalId eq "7" and active eq true"#,
        &["bob"],
    ),
    ("id", r#"id eq "dan""#, &["dan"]),
    ("id, exact", r#"id eq "DAN""#, &[]),
    ("id and rest", r#"id eq "dan" and userName sw "x""#, &[]),
    ("range", r#"userName sw "B""#, &["bob"]),
    ("range", r#"userName sw """#, &["ada", "bob", "cyd", "dan"]),
    (
        "range and rest",
        r#"userName sw "b" and not (active eq true)"#,
        &[],
    ),
    ("scan", r"active eq false", &["cyd"]),
    ("scan", r"not (active eq false)", &["ada", "bob", "dan"]),
    ("scan", r"title pr", &["ada"]),
    ("scan", r#"userName co "@""#, &["ada"]),
    (
        "scan",
        r#"userName eq "bob" or userName eq "dan""#,
        &["bob", "dan"],
    ),
    (
        "scan",
        r#"name.familyName ne "Lovelace""#,
        &["bob", "cyd", "dan"],
    ),
    (
        "scan",
        r#"meta.resourceType eq "User""#,
        &["ada", "bob", "cyd", "dan"],
    ),
];

async fn people<S: Store>(on: &Ground<S>) {
    for (id, user_name, more) in [
        (
            "ada",
            "ada@X",
            json!({"title": "Countess", "name": {"familyName": "Lovelace"},
            "emails": [{"value": "Ada@Work", "type": "work"}]}),
        ),
        (
            "bob",
            "bob",
            json!({"externalId": "7", "active": true,
            "emails": [{"value": "b@work", "type": "work"}, {"value": "bob@home", "type": "home"}]}),
        ),
        (
            "cyd",
            "cyd",
            json!({"externalId": "7", "active": false, "displayName": "Strasse"}),
        ),
        ("dan", "dan", json!({"externalId": "X7"})),
    ] {
        let draft = on.user_called(id, user_name, more);
        on.store
            .create(on.kind("User"), draft, on.cause())
            .await
            .unwrap();
    }
}

/// Each filter finds whom it says, in the order of creation, however the store gets there.
pub async fn filters_find_what_they_say<S: Store>(store: S) {
    let on = Ground::new(store);
    people(&on).await;
    for (way, filter, wanted) in FILTERS {
        assert_eq!(on.found("User", filter).await, *wanted, "{way}: {filter}");
    }
    // What was changed or deleted is found as it is now, and not as it was.
    on.put("User", on.user("bob", json!({"externalId": "8"})))
        .await
        .unwrap();
    on.delete("User", "cyd").await.unwrap();
    for (filter, wanted) in [
        (r#"externalId eq "7""#, [].as_slice()),
        (r#"externalId eq "8""#, &["bob"]),
        (r#"emails.value eq "bob@home""#, &[]),
        (r#"displayName sw "str""#, &[]),
    ] {
        assert_eq!(on.found("User", filter).await, wanted, "{filter}");
    }
}

/// `lastModified` is compared as an instant, whichever way it is read.
pub async fn an_index_and_a_scan_agree<S: Store>(store: S) {
    let on = Ground::new(store);
    people(&on).await;
    let at = on.read("User", "bob").await.unwrap().modified;
    let later = Timestamp::from_millis(at.as_millis() + 1);
    for (op, instant, wanted) in [
        ("ge", at, ["bob", "cyd", "dan"].as_slice()),
        ("gt", at, &["cyd", "dan"]),
        ("ge", later, &["cyd", "dan"]),
        ("le", at, &["ada", "bob"]),
        ("lt", at, &["ada"]),
        ("eq", at, &["bob"]),
    ] {
        let plain = format!(r#"meta.lastModified {op} "{instant}""#);
        assert_eq!(on.found("User", &plain).await, wanted, "{plain}");
        // The same by a way that no index helps.
        let either = format!(r#"{plain} or title eq "nobody's""#);
        assert_eq!(on.found("User", &either).await, wanted, "{either}");
    }
}

async fn crowd<S: Store>(on: &Ground<S>, names: impl Iterator<Item = String>) {
    let create = |name: String| {
        vec![Write::Create(
            on.kind("User"),
            on.user(&name, json!({})),
            on.cause(),
        )]
    };
    let answers = on.store.batch(names.map(create).collect(), None).await;
    assert!(answers.iter().flatten().all(Result::is_ok));
}

/// Pages of any size together are the whole list; totals are of the list, not of the page.
pub async fn pages_cover_everything_once<S: Store>(store: S) {
    let on = Ground::new(store);
    crowd(&on, (0..23).map(|number| format!("u{number:02}"))).await;
    on.delete("User", "u05").await.unwrap();
    for filter in ["", "userName pr", r#"userName sw "u""#] {
        let all = on.found("User", filter).await;
        assert_eq!(all.len(), 22);
        for count in [1, 7, 22, 100] {
            let mut read = Vec::new();
            while read.len() < all.len() {
                let position = u32::try_from(read.len() + 1).unwrap();
                let window = Window::Index(position);
                let page = on
                    .store
                    .find(Query {
                        window,
                        count,
                        ..on.query("User", filter)
                    })
                    .await;
                let page = page.unwrap();
                assert_eq!(page.total, Some(22));
                assert!(!page.records.is_empty() && page.records.len() <= count as usize);
                read.extend(names(&page));
            }
            assert_eq!(read, all, "{filter:?} by {count}");
        }
        for (window, count) in [(Window::Index(23), 5), (Window::Index(1), 0)] {
            let page = on
                .store
                .find(Query {
                    window,
                    count,
                    ..on.query("User", filter)
                })
                .await;
            let page = page.unwrap();
            assert_eq!((page.total, names(&page).len()), (Some(22), 0));
        }
    }
}

/// Keys lead forwards and backwards, also without a total, and from a record that is gone.
pub async fn pages_go_forwards_and_backwards_by_key<S: Store>(store: S) {
    let on = Ground::new(store);
    crowd(&on, (0..9).map(|number| format!("u{number}"))).await;
    for (filter, total) in [
        ("", true),
        ("", false),
        ("userName pr", true),
        ("userName pr", false),
    ] {
        let ask = async |window, count| {
            let query = Query {
                window,
                count,
                total,
                ..on.query("User", filter)
            };
            on.store.find(query).await.unwrap()
        };
        let first = ask(Window::Index(1), 3).await;
        assert_eq!(first.total.is_some(), total);
        let second = ask(Window::After(first.keys[2].clone()), 3).await;
        assert_eq!(names(&second), ["u3", "u4", "u5"]);
        let back = ask(Window::Before(second.keys[0].clone()), 2).await;
        assert_eq!(names(&back), ["u1", "u2"]);
        let start = ask(Window::Before(first.keys[1].clone()), 5).await;
        assert_eq!(names(&start), ["u0"]);
        let end = ask(Window::After(second.keys[2].clone()), 9).await;
        assert_eq!(names(&end), ["u6", "u7", "u8"]);
    }
    let page = on.store.find(on.query("User", "")).await.unwrap();
    on.delete("User", "u4").await.unwrap();
    let window = Window::After(page.keys[4].clone());
    let rest = on
        .store
        .find(Query {
            window,
            ..on.query("User", "")
        })
        .await
        .unwrap();
    assert_eq!(names(&rest), ["u5", "u6", "u7", "u8"]);
}

/// Who is there all the time is read exactly once, page after page, by `startIndex` too, while others
/// come, go and change (threat D10).
pub async fn d10_reading_on_skips_nobody_while_others_write<S: Store>(store: S) {
    let on = Ground::new(store);
    crowd(&on, (0..40).map(|number| format!("u{number:02}"))).await;
    for filter in ["", "userName pr"] {
        let there: BTreeSet<String> = on.found("User", filter).await.into_iter().collect();
        let mut seen: Vec<String> = Vec::new();
        let (mut position, count) = (1, 5);
        let mut deleted = Vec::new();
        loop {
            let window = Window::Index(position);
            let query = Query {
                window,
                count,
                ..on.query("User", filter)
            };
            let page = names(&on.store.find(query).await.unwrap());
            position += count;
            let Some(first) = page.first() else { break };
            on.delete("User", first).await.unwrap();
            on.put("User", on.user(&page[1], json!({"title": "moved"})))
                .await
                .unwrap();
            deleted.push(first.clone());
            let full = page.len() == count as usize;
            seen.extend(page);
            if !full {
                break;
            }
        }
        let distinct: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(
            distinct.len(),
            seen.len(),
            "somebody was read twice: {seen:?}"
        );
        let missed: Vec<_> = there.difference(&distinct).collect();
        assert!(missed.is_empty(), "{filter:?} missed {missed:?}");
        crowd(&on, deleted.into_iter().map(|name| format!("{name}x"))).await;
    }
}

fn sorts<S: Store>(on: &Ground<S>, path: &str) -> [Sort; 2] {
    let attribute = on.attribute("User", path);
    [Order::Ascending, Order::Descending].map(|order| Sort { attribute, order })
}

/// Letter case does not count, who has no value is last when ascending, ties keep the order of
/// creation (RFC 7644 §3.4.2.3).
pub async fn sorted_by_the_rules_of_the_rfc<S: Store>(store: S) {
    let on = Ground::new(store);
    for (name, more) in [
        ("c", json!({"title": "b", "active": true})),
        ("A", json!({"active": false})),
        ("b", json!({"title": "B", "name": {"familyName": "z"}})),
        (
            "d",
            json!({"title": "a", "active": true, "emails": [{"value": "z@x"}, {"value": "a@x", "primary": true}]}),
        ),
        ("e", json!({"emails": [{"value": "M@x"}]})),
    ] {
        on.add_user(name, more).await;
    }
    for (path, ascending, descending) in [
        (
            "userName",
            ["A", "b", "c", "d", "e"],
            ["e", "d", "c", "b", "A"],
        ),
        (
            "title",
            ["d", "c", "b", "A", "e"],
            ["A", "e", "c", "b", "d"],
        ),
        (
            "active",
            ["A", "c", "d", "b", "e"],
            ["b", "e", "c", "d", "A"],
        ),
        (
            "name.familyName",
            ["b", "c", "A", "d", "e"],
            ["c", "A", "d", "e", "b"],
        ),
        (
            "emails.value",
            ["d", "e", "c", "A", "b"],
            ["c", "A", "b", "e", "d"],
        ),
        (
            "meta.lastModified",
            ["c", "A", "b", "d", "e"],
            ["e", "d", "b", "A", "c"],
        ),
        ("id", ["A", "b", "c", "d", "e"], ["e", "d", "c", "b", "A"]),
    ] {
        let [up, down] = sorts(&on, path);
        assert_eq!(on.sorted("User", up).await, ascending, "{path} ascending");
        assert_eq!(
            on.sorted("User", down).await,
            descending,
            "{path} descending"
        );
    }
}

/// Sorted lists are read on by key as well, forwards and backwards.
pub async fn decision_39_sorted_pages_go_by_key<S: Store>(store: S) {
    let on = Ground::new(store);
    for (number, title) in ["x", "y", "", "x", "", "w", "y"].iter().enumerate() {
        let more = if title.is_empty() {
            json!({})
        } else {
            json!({ "title": title })
        };
        on.add_user(&format!("u{number}"), more).await;
    }
    for sort in sorts(&on, "title") {
        let all = on.sorted("User", sort).await;
        let query = Query {
            sort: Some(sort),
            count: 2,
            ..on.query("User", "")
        };
        let ask = async |window: Window| {
            on.store
                .find(Query {
                    window,
                    ..query.clone()
                })
                .await
                .unwrap()
        };
        let (mut read, mut keys): (Vec<String>, Vec<Key>) = Default::default();
        let mut page = ask(Window::Index(1)).await;
        while let Some(last) = page.keys.last().cloned() {
            read.extend(names(&page));
            keys.extend(page.keys);
            page = ask(Window::After(last)).await;
        }
        assert_eq!(read, all, "{sort:?}");
        let back = ask(Window::Before(keys[5].clone())).await;
        assert_eq!(names(&back), all[3..5], "{sort:?}");
        let third = ask(Window::Index(3)).await;
        assert_eq!(names(&third), all[2..4], "{sort:?}");
    }
}

/// The question a provider asks before each write costs little, however many users there are.
///
/// The time is compared with that of a search that must read everybody; the best of several tries of
/// each, so that a busy machine does not decide.
pub async fn one_user_among_a_thousand_is_found_without_reading_them_all<S: Store>(store: S) {
    let on = Ground::new(store);
    crowd(&on, (0..1_000).map(|number| format!("u{number}"))).await;
    let last: Value = json!({"nickName": "last"});
    on.put("User", on.user("u999", last)).await.unwrap();
    let best = async |filter: &str| {
        let mut best = Duration::MAX;
        for _ in 0..7 {
            let started = Instant::now();
            assert_eq!(on.found("User", filter).await, ["u999"], "{filter}");
            best = best.min(started.elapsed());
        }
        best
    };
    let read_all = best(r#"nickName eq "last""#).await;
    let one = best(r#"userName eq "U999""#).await;
    assert!(
        one * 4 < read_all,
        "`userName eq` took {one:?} where reading all took {read_all:?}: look it up with Query::pinned"
    );
    let gone = on
        .store
        .delete(on.target("User", "u999"), Expected::Any, on.cause())
        .await;
    assert!(gone.is_ok());
    assert!(on.found("User", r#"userName eq "u999""#).await.is_empty());
}
