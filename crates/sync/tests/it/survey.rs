//! What is in a directory, counted: S-17, S-20, E-06, E-18, E-26.

use enroll_store::{DirectoryId, TenantId};
use enroll_sync::SyncError;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn people_groups_and_time_zones_are_counted() {
    let mut world = World::new().await;
    let western = "W. Europe Standard Time";
    let dutch = json!([{"type": "work", "country": "NL"}]);
    for (name, more) in [
        ("ada", json!({"timezone": "europe/london"})),
        ("bob", json!({"timezone": western, "addresses": dutch})),
        (
            "cem",
            json!({"timezone": western, "emails": null, "userName": "cem"}),
        ),
        (
            "dee",
            json!({"timezone": "Sydney", "emails": null, "userName": "dee@x.example"}),
        ),
        ("eve", json!({"timezone": "Nowhere", "active": false})),
    ] {
        world.user(name, more).await;
    }
    world.group("Staff", &["ada", "bob"]).await;
    world.group("Empty", &["nobody"]).await;
    world.select(json!([{"group": "g-Staff"}])).await;
    let survey = world.job.desk().survey(&world.tenant, &world.integration);
    let survey = survey.await.unwrap();
    assert_eq!(
        (survey.people, survey.people_read, survey.active),
        (5, 5, 4)
    );
    assert_eq!((survey.without_email, survey.email_from_user_name), (1, 1));
    assert_eq!((survey.without_group, survey.lost_groups), (2, 0));
    assert_eq!((survey.groups_total, survey.pending_members), (2, 1));
    let groups: Vec<_> = survey
        .groups
        .iter()
        .map(|group| (group.display_name.as_str(), group.members, group.selected))
        .collect();
    assert_eq!(groups, [("Staff", 2, true), ("Empty", 0, false)]);
    let zones: Vec<_> = survey
        .zones
        .iter()
        .map(|zone| {
            let read: Vec<_> = zone.zones.iter().copied().collect();
            (
                zone.sent.as_str(),
                zone.people,
                read.join(" "),
                zone.is_iana,
            )
        })
        .collect();
    let wanted = [
        ("Sydney", 1, String::new(), false),
        (
            western,
            2,
            "Europe/Amsterdam Europe/Berlin".to_owned(),
            false,
        ),
        ("europe/london", 1, "Europe/London".to_owned(), true),
    ];
    assert_eq!(
        zones, wanted,
        "the time zone of somebody inactive is no matter"
    );
    assert_eq!(survey.zones[0].near, ["Australia/Sydney"]);
}

#[tokio::test]
async fn who_was_taken_out_of_the_last_group_is_counted() {
    let mut world = World::new().await;
    for name in ["ada", "bob", "cem"] {
        world.user(name, json!({})).await;
    }
    world.group("Staff", &["ada", "bob"]).await;
    world.group("Sales", &["ada"]).await;
    world.leave("Staff", "ada").await;
    let lost = async |world: &World| {
        let survey = world.job.desk().survey(&world.tenant, &world.integration);
        let survey = survey.await.unwrap();
        (survey.without_group, survey.lost_groups)
    };
    assert_eq!(
        lost(&world).await,
        (1, 0),
        "ada is still in Sales, cem was nowhere"
    );
    world.leave("Staff", "bob").await;
    assert_eq!(lost(&world).await, (2, 1));
}

#[tokio::test]
async fn b_4_a_strange_integration_is_not_counted() {
    let world = World::new().await;
    let (tenant, strange) = (TenantId::new("globex"), DirectoryId::new("int_9"));
    for (tenant, integration) in [(&tenant, &world.integration), (&world.tenant, &strange)] {
        let refused = world.job.desk().survey(tenant, integration).await;
        assert!(matches!(refused, Err(SyncError::UnknownIntegration(_))));
    }
}
