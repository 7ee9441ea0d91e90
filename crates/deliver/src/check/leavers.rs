//! Leaving, and coming back.

use enroll_sync::Op;

use super::play::{Checked, Doubt, Play, leave};

/// A leaver's account is inactive, and kept.
pub(super) async fn deactivate(play: &mut Play) -> Checked {
    let mut who = play.joiner("deactivate").await?;
    let step = play.apply(&mut who, Op::Deactivate, leave).await?;
    step.shows("active", false)
}

/// "Applied" means that access has ended (D6).
pub(super) async fn end_access(play: &mut Play) -> Checked {
    let mut who = play.joiner("end-access").await?;
    let before = play.look(&who, false).await?.may_enter;
    let step = play.apply(&mut who, Op::Deactivate, leave).await?;
    match (before, play.look(&who, false).await?.may_enter) {
        (Some(true), Some(false)) => Ok(()),
        (Some(false), _) => Err(step.fault("`may_enter` is true before anybody leaves")),
        (_, Some(true)) => Err(step.fault("`may_enter` is false as soon as it is answered")),
        (None, _) | (_, None) => Err(Doubt::Unseen(UNSEEN.to_owned())),
    }
}

/// Who comes back has the same account (E-13).
pub(super) async fn reactivate(play: &mut Play) -> Checked {
    let mut who = play.joiner("reactivate").await?;
    play.apply(&mut who, Op::Deactivate, leave).await?;
    let step = play.apply(&mut who, Op::Reactivate, |profile| profile.active = true);
    step.await?.shows("active", true)
}

const UNSEEN: &str = "no message shows whether sessions, API keys and running jobs have ended; a test instance may answer `may_enter` to `check.account`";
