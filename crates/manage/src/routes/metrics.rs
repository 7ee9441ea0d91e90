//! What Prometheus reads: what this process counted, and how things stand at the moment.

use axum::response::IntoResponse as _;
use enroll_store::Directories;
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::Tenants;
use http::{HeaderValue, header};

use crate::{Manage, Problem, answer::Answer, asked::Asked, metrics::Text};

/// How things stand, over all tenants.
#[derive(Default)]
struct Standing {
    pending: u64,
    held: u64,
    blocked: u64,
    /// Integrations with the seconds since they were heard of and until their last token ends.
    integrations: Vec<(String, Option<f64>, Option<f64>)>,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn show_metrics(self, _: Asked) -> Answer {
        let standing = self.standing().await?;
        let mut text = Text::default();
        self.options().metrics.write(&mut text);
        for (name, help, value) in (self.options().gauges)() {
            text.gauge(name, help, &[], value);
        }
        write(&standing, &mut text);
        let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        Ok(([(header::CONTENT_TYPE, kind)], text.finish()).into_response())
    }

    async fn standing(&self) -> Result<Standing, Problem> {
        let (mut standing, mut after) = (Standing::default(), None);
        while standing.integrations.len() < INTEGRATIONS_MAX {
            let tenants = self.tenants().tenants(after.as_ref(), PAGE_TENANTS).await?;
            let Some(last) = tenants.last() else {
                break;
            };
            after = Some(last.id.clone());
            for tenant in &tenants {
                let state = self.desk().state(&tenant.id).await?;
                standing.pending += state.pending;
                standing.held += state.held;
                standing.blocked += state.blocked;
                for one in self.tenants().integrations(&tenant.id).await? {
                    let silent = one.last_seen.map(|at| -self.seconds_to(at.as_millis()));
                    let tokens = self.tenants().tokens(&one.id).await?;
                    let live = tokens.iter().filter(|token| token.revoked.is_none());
                    let ends = live.map(|token| token.expires.as_millis()).max();
                    let left = ends.map(|at| self.seconds_to(at));
                    standing
                        .integrations
                        .push((one.id.to_string(), silent, left));
                }
            }
        }
        Ok(standing)
    }

    fn seconds_to(&self, millis: i64) -> f64 {
        let seconds = millis.saturating_sub(self.now().as_millis()) / 1_000;
        // Seconds fit: two billion of them are 68 years.
        f64::from(i32::try_from(seconds).unwrap_or(i32::MAX))
    }
}

fn write(standing: &Standing, text: &mut Text) {
    for (name, help, count) in [
        (
            "sync_pending_items",
            "People and groups still to be planned or applied.",
            standing.pending,
        ),
        (
            "held_items",
            "Items that wait for a clock or somebody's yes.",
            standing.held,
        ),
        (
            "blocked_items",
            "Items that wait until something is fixed.",
            standing.blocked,
        ),
    ] {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        text.gauge(name, help, &[], f64::from(count));
    }
    let help = "Seconds since the provider was last heard of.";
    for (id, silent, _) in &standing.integrations {
        if let Some(silent) = silent {
            let labels = [("integration", id.as_str())];
            text.gauge("integration_last_seen_seconds", help, &labels, *silent);
        }
    }
    let help = "Seconds until the integration's last token ends; negative when it has.";
    for (id, _, left) in &standing.integrations {
        if let Some(left) = left {
            let labels = [("integration", id.as_str())];
            text.gauge("token_expiry_seconds", help, &labels, *left);
        }
    }
}

const PAGE_TENANTS: u32 = 500;
/// Past so many integrations, tenants are counted no more: a scrape stays short.
const INTEGRATIONS_MAX: usize = 5_000;
