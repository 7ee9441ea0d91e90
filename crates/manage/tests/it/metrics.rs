//! What Prometheus reads.

use std::{sync::Arc, time::Duration};

use enroll_manage::{Answered, Metrics, Options};
use enroll_tenants::Tenants as _;
use serde_json::Value;

use crate::world::World;

async fn lines(world: &World) -> Vec<String> {
    let reply = world.get("/metrics").await;
    assert_eq!(reply.status, 200);
    let Value::String(text) = reply.body else {
        panic!("no text: {:?}", reply.body)
    };
    text.lines().map(str::to_owned).collect()
}

fn value(lines: &[String], series: &str) -> Option<f64> {
    let found = lines.iter().find(|line| {
        line.strip_prefix(series)
            .is_some_and(|rest| rest.starts_with(' '))
    });
    found.map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn what_was_counted_and_how_things_stand() {
    let metrics = Metrics::default();
    let world = World::with(Options {
        metrics: metrics.clone(),
        gauges: Arc::new(|| vec![("db_size_bytes", "Size.", 8192.0)]),
        ..Options::default()
    })
    .await;
    let id = world.okta().await;
    let before = lines(&world).await;
    let of = |name: &str| format!("enroll_{name}{{integration=\"{id}\"}}");
    assert_eq!(
        value(&before, &of("integration_last_seen_seconds")),
        None,
        "never heard of"
    );
    let year = 365.0 * 86_400.0;
    assert_eq!(value(&before, &of("token_expiry_seconds")), Some(year));
    world.person(&id, "ana").await;
    world.later(60_000);
    metrics.answered(&Answered {
        integration: &id,
        method: "POST",
        resource: "Users",
        status: 201,
        took: Duration::from_millis(3),
        idp: "okta",
        quirks: &["N_BOOL_STRING"],
        refused: None,
    });
    metrics.applied("create");
    let after = lines(&world).await;
    for (series, wanted) in [
        (
            format!(
                "enroll_scim_requests_total{{integration=\"{id}\",method=\"POST\",resource=\"Users\",status=\"201\"}}"
            ),
            1.0,
        ),
        (
            "enroll_scim_normalisations_total{code=\"N_BOOL_STRING\",idp=\"okta\"}".to_owned(),
            1.0,
        ),
        (
            "enroll_outcomes_total{op=\"create\",outcome=\"applied\"}".to_owned(),
            1.0,
        ),
        (
            "enroll_scim_request_seconds_bucket{le=\"0.002\"}".to_owned(),
            0.0,
        ),
        (
            "enroll_scim_request_seconds_bucket{le=\"0.005\"}".to_owned(),
            1.0,
        ),
        ("enroll_scim_request_seconds_count".to_owned(), 1.0),
        ("enroll_held_items".to_owned(), 0.0),
        ("enroll_blocked_items".to_owned(), 0.0),
        ("enroll_sync_pending_items".to_owned(), 1.0),
        ("enroll_db_size_bytes".to_owned(), 8192.0),
        (of("token_expiry_seconds"), year - 60.0),
    ] {
        assert_eq!(value(&after, &series), Some(wanted), "{series}\n{after:#?}");
    }
}

#[tokio::test]
async fn no_tenant_and_no_person_is_a_label() {
    let world = World::new().await;
    let id = world.okta().await;
    world.person(&id, "ana").await;
    world.settle().await;
    let text = lines(&world).await.join("\n");
    for personal in ["acme", "globex", "ana"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    let names = text.lines().filter(|line| !line.starts_with('#'));
    assert!(
        names.into_iter().all(|line| line.starts_with("enroll_")),
        "{text}"
    );
}

#[tokio::test]
async fn the_page_and_the_alert_rules_name_what_there_is() {
    let world = World::with(Options {
        gauges: Arc::new(|| {
            vec![
                ("db_size_bytes", "Size.", 1.0),
                ("sink_breaker_open", "Open.", 0.0),
            ]
        }),
        ..Options::default()
    })
    .await;
    let made = world.okta().await;
    let directory = enroll_store::DirectoryId::new(made);
    let token = world.tenants.tokens(&directory).await.unwrap().remove(0);
    world.tenants.touch(&token.id, world.now()).await.unwrap();
    let names: Vec<String> = lines(&world)
        .await
        .iter()
        .filter_map(|line| Some(line.strip_prefix("# TYPE ")?.split(' ').next()?.to_owned()))
        .collect();
    assert_eq!(names.len(), 13, "{names:?}");
    let page = include_str!("../../../../docs/metrics.md");
    for name in &names {
        let row = |end: &str| page.contains(&format!("| `{name}{end}"));
        assert!(row("`") || row("{"), "docs/metrics.md has no {name}");
    }
    assert_eq!(page.matches("| `enroll_").count(), names.len());
    let rules = include_str!("../../../../docs/alerts.rules.yml");
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    for name in rules.split(word).filter(|word| word.starts_with("enroll_")) {
        assert!(
            names.iter().any(|known| known == name),
            "{name} is no metric"
        );
    }
}
