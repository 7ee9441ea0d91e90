//! What follows from membership: a user's groups, nesting, deletions, filters.

use enroll_store::{Link, Links, Store, Want};

use super::{Ground, ground::ids, members::op};

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
            r#"members.value eq "bob" and displayName co "nner""#,
            &[],
        ),
        (
            "Group",
            r#"members.value eq "bob" and displayName eq "outer""#,
            &["outer"],
        ),
        ("Group", r#"not (members.value eq "bob")"#, &["inner"]),
        ("Group", r#"members[type eq "Group"]"#, &["outer"]),
        ("Group", r"members pr", &["inner", "outer"]),
        ("User", r#"groups.value eq "inner""#, &["ada"]),
        ("User", r#"groups.value eq "outer""#, &["ada", "bob"]),
        (
            "User",
            r#"groups[value eq "outer" and type eq "direct"]"#,
            &["bob"],
        ),
        ("User", r#"groups.display sw "inn""#, &["ada"]),
        ("User", r"not (groups pr)", &["cyd"]),
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
