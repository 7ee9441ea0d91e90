//! Driving the alerts: found after every turn of the job, told by each channel at its own pace.

use std::{sync::Arc, time::Duration};

use enroll_alert::{AnyChannel, Watch};
use enroll_http::system_clock;
use enroll_schema::Timestamp;
use enroll_store_sqlite::Sqlite;
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

/// The watch of this database.
pub(crate) type Lookout = Watch<Sqlite, Sqlite>;

/// Looks after every turn of the job and whenever something becomes due, until `stop` changes.
///
/// What is found goes to one task for each channel, so that a slow one keeps no other back.
pub(crate) async fn run(
    lookout: Lookout,
    mut pulse: watch::Receiver<bool>,
    stop: watch::Receiver<bool>,
) {
    let bells: Vec<_> = lookout
        .channels()
        .iter()
        .map(|channel| {
            let bell = Arc::new(Notify::new());
            let (lookout, channel) = (lookout.clone(), channel.clone());
            tokio::spawn(tell(lookout, channel, Arc::clone(&bell), stop.clone()));
            bell
        })
        .collect();
    let mut stop = stop;
    loop {
        let next = match lookout.look(system_clock()).await {
            Ok(next) => until(next).min(EACH),
            Err(error) => {
                tracing::error!(%error, "what to alert of cannot be read; it is tried again");
                PAUSE
            }
        };
        for bell in &bells {
            bell.notify_one();
        }
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = sleep(next) => {}
            turned = pulse.changed() => {
                if turned.is_err() {
                    return;
                }
                // Under load turns follow each other: looking once for several is enough.
                sleep(REST).await;
                pulse.borrow_and_update();
            }
        }
    }
}

/// Tells one channel what is due.
async fn tell(
    lookout: Lookout,
    channel: AnyChannel,
    bell: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let next = match lookout.tell(&channel, system_clock()).await {
            Ok(next) => next.map_or(EACH, until),
            Err(error) => {
                let channel = channel.name();
                tracing::error!(channel, %error, "alerts cannot be read; it is tried again");
                PAUSE
            }
        };
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = bell.notified() => {}
            () = sleep(next) => {}
        }
    }
}

fn until(at: Timestamp) -> Duration {
    let millis = at.as_millis().saturating_sub(system_clock().as_millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0)).max(REST)
}

/// How often it is looked at the latest.
const EACH: Duration = Duration::from_mins(5);
/// The rest after a turn of the job.
const REST: Duration = Duration::from_millis(200);
/// The rest after a failure of the database.
const PAUSE: Duration = Duration::from_secs(5);
