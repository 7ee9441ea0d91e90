//! What becomes of the rows of alerts, and when a channel is told: pure.

use std::{collections::BTreeMap, fmt::Write as _};

use enroll_schema::Timestamp;
use enroll_store::TenantId;
use sha2::{Digest, Sha256};

use super::{Alert, AlertLevel, Finding, Posted, Sent};

/// What is to be written about the alerts of one tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertChanges {
    /// Rows that are new or changed.
    pub put: Vec<Alert>,
    /// Causes that are forgotten.
    pub forget: Vec<String>,
}

impl AlertChanges {
    /// Tells whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.forget.is_empty()
    }
}

/// The least time between two messages about a cause that does not grow: an hour.
pub const REPEAT_MILLIS: i64 = 3_600_000;
/// How long an alert is kept after it was over: 7 days.
pub const ALERT_MILLIS_KEPT: i64 = 7 * 86_400_000;
/// The least time between two messages about a cause that is told to be looked at soon: a day.
const REPEAT_MILLIS_SOON: i64 = 86_400_000;
/// The pause before the first message that says that more people came; it doubles.
const GROWN_MILLIS: i64 = 5_000;
/// Pauses after attempts that failed.
const RETRY_MILLIS: &[i64] = &[5_000, 30_000, 120_000, 600_000];

/// Returns what becomes of a tenant's alerts when `found` is what stands at `now`.
///
/// A cause that is back within the hour is the same alert again.
pub fn settled_alerts(
    tenant: &TenantId,
    kept: Vec<Alert>,
    found: Vec<Finding>,
    now: Timestamp,
) -> AlertChanges {
    let mut before: BTreeMap<String, Alert> = kept
        .into_iter()
        .map(|alert| (alert.cause.clone(), alert))
        .collect();
    let mut changes = AlertChanges::default();
    for finding in found {
        let same = before.remove(&finding.cause);
        let same = same.filter(|alert| {
            let over = alert.resolved_at;
            over.is_none_or(|at| now < after(at, REPEAT_MILLIS))
        });
        let alert = raised(tenant, same.as_ref(), finding, now);
        changes
            .put
            .extend((same.as_ref() != Some(&alert)).then_some(alert));
    }
    for (cause, alert) in before {
        match alert.resolved_at {
            None => changes.put.push(Alert {
                resolved_at: Some(now),
                last_at: now,
                ..alert
            }),
            Some(at) if now >= after(at, ALERT_MILLIS_KEPT) => changes.forget.push(cause),
            Some(_) => {}
        }
    }
    changes
}

/// Returns the row of what stands; it is the same as before unless something changed.
fn raised(tenant: &TenantId, before: Option<&Alert>, finding: Finding, now: Timestamp) -> Alert {
    let first_at = before.map_or(now, |alert| alert.first_at);
    let alert = Alert {
        id: before.map_or_else(|| id(tenant, &finding.cause, now), |alert| alert.id.clone()),
        cause: finding.cause,
        level: finding.level,
        code: finding.code,
        integration: finding.integration,
        first_at,
        last_at: before.map_or(now, |alert| alert.last_at),
        count: finding.count,
        leavers: finding.leavers,
        newest_at: finding.newest_at,
        text: finding.text,
        sample: finding.sample,
        repeats: finding.repeats,
        resolved_at: None,
    };
    // What is measured anew each time, a duration for instance, makes no news by itself.
    let is_news = before.is_none_or(|before| {
        before.resolved_at.is_some()
            || (before.level, before.count, before.leavers)
                != (alert.level, alert.count, alert.leavers)
            || before.sample != alert.sample
    });
    match before {
        Some(before) if !is_news && before.newest_at >= alert.newest_at => before.clone(),
        _ => Alert {
            last_at: now,
            ..alert
        },
    }
}

/// Makes the id of an alert: the same cause that began at the same time has the same.
fn id(tenant: &TenantId, cause: &str, first_at: Timestamp) -> String {
    let text = format!("{}\0{cause}\0{}", tenant.as_str(), first_at.as_millis());
    let digest = Sha256::digest(text);
    let mut id = String::from("alr_");
    for byte in digest.iter().take(10) {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

impl Posted {
    /// Returns when `channel` is told next; `None` when there is nothing to tell.
    ///
    /// At once of what is new; of more people who keep access after 5 s, then 10 s, 20 s …; else
    /// once an hour, or a day; and once when it is over.
    pub fn due_at(&self, channel: &str) -> Option<Timestamp> {
        let alert = &self.alert;
        let told = self.sent.get(channel).filter(|sent| sent.alert == alert.id);
        let Some((sent, at)) = told.and_then(|sent| Some((sent, sent.at?))) else {
            let retry = told.and_then(|sent| sent.retry_at);
            return alert
                .resolved_at
                .is_none()
                .then(|| retry.unwrap_or(alert.first_at));
        };
        let due = match alert.resolved_at {
            Some(over) if sent.stands => over,
            Some(_) => return None,
            None => {
                let growth = ((alert.level == AlertLevel::ActNow || !alert.repeats)
                    && Some(alert.newest_at) > sent.newest_at)
                    .then(|| after(at, pause(sent.grown)));
                let repeat = alert.repeats.then(|| after(at, repeat(alert.level)));
                growth.into_iter().chain(repeat).min()?
            }
        };
        Some(sent.retry_at.map_or(due, |retry| due.max(retry)))
    }

    /// Returns the id of the next message to `channel`: the same until it has arrived.
    pub fn message_id(&self, channel: &str) -> String {
        let sent = self.sent.get(channel);
        let sent = sent.filter(|sent| sent.alert == self.alert.id);
        let number = sent.map_or(0, |sent| sent.number) + 1;
        format!("{}.{number}", self.alert.id)
    }

    /// Returns what to keep after an attempt at `now` that arrived, or failed with these words.
    pub fn told(&self, channel: &str, outcome: Result<(), String>, now: Timestamp) -> Sent {
        let alert = &self.alert;
        let before = self.sent.get(channel).filter(|sent| sent.alert == alert.id);
        let before = before.cloned().unwrap_or_default();
        if let Err(error) = outcome {
            let step = usize::try_from(before.failures).unwrap_or(usize::MAX);
            let wait = RETRY_MILLIS.get(step).or(RETRY_MILLIS.last());
            return Sent {
                alert: alert.id.clone(),
                failures: before.failures.saturating_add(1),
                retry_at: Some(after(now, wait.copied().unwrap_or_default())),
                error,
                ..before
            };
        }
        let in_hour = before.at.is_some_and(|at| now < after(at, REPEAT_MILLIS));
        let stands = alert.resolved_at.is_none();
        Sent {
            alert: alert.id.clone(),
            at: Some(now),
            number: before.number.saturating_add(1),
            grown: if in_hour && stands {
                before.grown.saturating_add(1)
            } else {
                0
            },
            newest_at: if stands {
                Some(alert.newest_at)
            } else {
                before.newest_at
            },
            stands,
            failures: 0,
            retry_at: None,
            error: String::new(),
        }
    }
}

fn repeat(level: AlertLevel) -> i64 {
    match level {
        AlertLevel::ActNow => REPEAT_MILLIS,
        AlertLevel::Soon => REPEAT_MILLIS_SOON,
    }
}

fn pause(grown: u32) -> i64 {
    let doubled = GROWN_MILLIS.checked_shl(grown.min(20));
    doubled.unwrap_or(REPEAT_MILLIS).min(REPEAT_MILLIS)
}

fn after(at: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    fn finding(count: u64, newest: i64) -> Finding {
        Finding {
            cause: "H_BURST:int_1".to_owned(),
            level: AlertLevel::ActNow,
            code: "H_BURST".to_owned(),
            integration: None,
            count,
            leavers: count,
            newest_at: at(newest),
            text: format!("{count} are held."),
            sample: Vec::new(),
            repeats: true,
        }
    }

    /// One alert and one channel, driven by hand.
    struct Desk {
        alerts: Vec<Alert>,
        sent: BTreeMap<String, Sent>,
    }

    impl Desk {
        fn look(&mut self, found: Vec<Finding>, second: i64) {
            let tenant = TenantId::new("acme");
            let changes = settled_alerts(&tenant, self.alerts.clone(), found, at(second));
            for alert in changes.put {
                self.alerts.retain(|kept| kept.cause != alert.cause);
                self.alerts.push(alert);
            }
            self.alerts
                .retain(|alert| !changes.forget.contains(&alert.cause));
        }

        fn posted(&self) -> Posted {
            let (alert, sent) = (self.alerts[0].clone(), self.sent.clone());
            Posted { alert, sent }
        }

        fn due(&self) -> Option<i64> {
            let due = self.posted().due_at("webhook");
            due.map(|at| at.as_millis() / 1_000)
        }

        fn tell(&mut self, outcome: Result<(), String>, second: i64) {
            let sent = self.posted().told("webhook", outcome, at(second));
            self.sent.insert("webhook".to_owned(), sent);
        }
    }

    fn desk() -> Desk {
        let (alerts, sent) = (Vec::new(), BTreeMap::new());
        let mut desk = Desk { alerts, sent };
        desk.look(vec![finding(1, 10)], 10);
        desk
    }

    #[test]
    fn it_is_told_at_once_then_hourly_and_once_when_it_is_over() {
        let mut desk = desk();
        assert_eq!(desk.due(), Some(10));
        let id = desk.posted().message_id("webhook");
        desk.tell(Ok(()), 11);
        assert_eq!(desk.due(), Some(3_611));
        desk.look(vec![finding(1, 10)], 20);
        assert_eq!((desk.alerts[0].last_at, desk.due()), (at(10), Some(3_611)));
        desk.tell(Ok(()), 3_611);
        assert_eq!(desk.due(), Some(7_211));
        desk.look(vec![], 4_000);
        assert_eq!(desk.due(), Some(4_000));
        assert_ne!(desk.posted().message_id("webhook"), id);
        desk.tell(Ok(()), 4_000);
        assert_eq!(desk.due(), None);
        desk.look(vec![], 4_000 + 7 * 86_400);
        assert!(desk.alerts.is_empty());
    }

    #[test]
    fn more_people_are_told_of_after_5_10_20_seconds_and_never_in_a_flood() {
        let mut desk = desk();
        desk.tell(Ok(()), 10);
        let mut told = Vec::new();
        for second in 11..3_600 {
            desk.look(vec![finding(1, second)], second);
            if desk.due().is_some_and(|due| due <= second) {
                told.push(second);
                desk.tell(Ok(()), second);
            }
        }
        assert_eq!(told[..3], [15, 25, 45]);
        assert_eq!(told.len(), 9);
    }

    #[test]
    fn an_attempt_that_failed_is_repeated_with_the_same_id() {
        let mut desk = desk();
        let id = desk.posted().message_id("webhook");
        for (second, next) in [(10, 15), (15, 45), (45, 165), (165, 765), (765, 1_365)] {
            desk.tell(Err("no route".to_owned()), second);
            assert_eq!(desk.due(), Some(next));
            assert_eq!(desk.posted().message_id("webhook"), id);
        }
        assert_eq!(desk.sent["webhook"].error, "no route");
        // Over before anybody heard of it: nobody hears that it is over.
        desk.look(vec![], 800);
        assert_eq!(desk.due(), None);
    }

    #[test]
    fn what_is_back_within_the_hour_is_the_same_alert_and_later_a_new_one() {
        let mut desk = desk();
        let id = desk.alerts[0].id.clone();
        desk.tell(Ok(()), 10);
        desk.look(vec![], 20);
        desk.tell(Ok(()), 20);
        desk.look(vec![finding(1, 10)], 30);
        assert_eq!((&desk.alerts[0].id, desk.due()), (&id, Some(3_620)));
        // Over again before it was told again: nothing to add.
        desk.look(vec![], 40);
        assert_eq!(desk.due(), None);
        desk.look(vec![finding(1, 9_000)], 9_000);
        assert_ne!(desk.alerts[0].id, id);
        assert_eq!(desk.due(), Some(9_000));
    }

    #[test]
    fn what_is_told_once_is_told_once() {
        let mut desk = desk();
        desk.look(
            vec![Finding {
                level: AlertLevel::Soon,
                ..finding(1, 10).once()
            }],
            11,
        );
        desk.tell(Ok(()), 11);
        assert_eq!(desk.due(), None);
    }
}
