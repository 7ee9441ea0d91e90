//! Plays the whole contract at a receiver, in any language, and says what to change.
//!
//! [`run`] makes people of its own in the application behind a [`Target`], moves, deactivates and
//! reactivates them, and judges each answer as the job would. It is what `enroll sink check` prints.
//! Use a test instance: the accounts it made are left behind, inactive.
//!
//! ```no_run
//! use enroll_deliver::{SigningSecret, Target, check};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = SigningSecret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
//! let target = Target::new("http://127.0.0.1:9000/", [secret]);
//! let report = check::run(&target, &[], |row| println!("{row}")).await?;
//! assert!(report.ok, "{report}");
//! # Ok(()) }
//! ```
//!
//! # What can be seen
//!
//! An answer shows status, `outcome` and `app_ref`. What an account *is* shows only in `observed`,
//! which a receiver need not answer; a check that cannot see is [`Verdict::NotChecked`] and says why,
//! never passed. Sessions, overrides and notification settings are in no message at all. For them,
//! and for `observed` where replies have none, a receiver may understand one more message, which is
//! sent by these checks and never by the job:
//!
//! ```text
//! {"type": "check.account", "timestamp": …, "data": {"tenant": …, "integration": …,
//!   "account": {"app_ref": "u_77", "directory_id": …}, "customize": true}}
//! ```
//!
//! | the answer may have | what it says |
//! |---|---|
//! | `observed` | the account as it is, by the names of `data.full` |
//! | `may_enter` | whether a session, an API key or a running job of the account still works |
//! | `settings` | what people set by hand on this account, in any shape: overrides, visibilities, notifications |
//!
//! With `"customize": true` the application first sets some of those by hand, as a person would.
//! Answered otherwise, or not understood, nothing fails.
//!
//! # Limits and errors
//!
//! Two runs at once do not disturb each other. An application whose access groups are fixed refuses
//! to make one: name two that exist as `roles`. [`run`] fails with a [`TargetError`] only; an endpoint
//! that does not answer is a failed check.

mod accounts;
mod groups;
mod leavers;
mod messages;
mod play;
mod report;
mod settings;
mod signatures;
mod table;

pub use report::{Report, Row, Verdict};
pub use table::{CHECKS, Check};

use self::play::{Doubt, Play};
use crate::{Target, TargetError};

/// Plays every check at `target`, tells each as it ends, and deactivates the accounts it made (and
/// archives the access groups).
///
/// `roles` are ids of access groups that exist, for an application that cannot make any.
///
/// # Errors
/// [`TargetError`] says what is wrong with the URL or the secrets.
pub async fn run(
    target: &Target,
    roles: &[String],
    mut tell: impl FnMut(&Row),
) -> Result<Report, TargetError> {
    let mut play = Play::new(target, roles)?;
    let mut rows: Vec<Row> = Vec::new();
    for check in CHECKS {
        let is_reached = rows
            .first()
            .is_none_or(|row| row.verdict == Verdict::Passed);
        let checked = if is_reached {
            (check.run)(&mut play).await
        } else {
            Err(Doubt::Unseen(UNREACHED.to_owned()))
        };
        let row = check.row(checked);
        tell(&row);
        rows.push(row);
    }
    let (inactive, open) = play.clear().await;
    groups::clear(&mut play).await;
    Ok(Report::new(rows, inactive, open))
}

const UNREACHED: &str = "the first message was not taken";
