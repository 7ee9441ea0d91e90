//! What people set by hand is in no message, and stays.

use enroll_sync::Op;
use serde_json::Value;

use super::groups;
use super::play::{Checked, Doubt, Person, Play, Step, leave};

/// Overrides and notification settings survive a move (S-08, S-10, S-30).
pub(super) async fn moved(play: &mut Play) -> Checked {
    let (old, new) = groups::two(play).await?;
    let mut who = play.person("settings-move");
    let into =
        |group| move |profile: &mut enroll_sync::Profile| profile.access_groups = vec![group];
    play.apply(&mut who, Op::Create, into(old)).await?;
    let set = customized(play, &who).await?;
    let step = play.apply(&mut who, Op::Update, into(new)).await?;
    survives(play, &who, &step, &set).await
}

/// They survive leaving and coming back (E-13).
pub(super) async fn returned(play: &mut Play) -> Checked {
    let mut who = play.joiner("settings-return").await?;
    let set = customized(play, &who).await?;
    play.apply(&mut who, Op::Deactivate, leave).await?;
    let step = play.apply(&mut who, Op::Reactivate, |profile| profile.active = true);
    let step = step.await?;
    survives(play, &who, &step, &set).await
}

async fn customized(play: &mut Play, who: &Person) -> Result<Value, Doubt> {
    let before = play.look(who, false).await?.settings;
    let after = play.look(who, true).await?.settings;
    match (before, after) {
        (Some(before), Some(after)) if before == after => Err(Doubt::Fault {
            sent: "check.account with \"customize\": true".to_owned(),
            expected: "other settings than before".to_owned(),
            came: format!("settings {after}, as before"),
        }),
        (Some(_), Some(after)) => Ok(after),
        _ => Err(Doubt::Unseen(UNSEEN.to_owned())),
    }
}

async fn survives(play: &mut Play, who: &Person, step: &Step, set: &Value) -> Checked {
    let found = play.look(who, false).await?.settings.unwrap_or_default();
    if found == *set {
        return Ok(());
    }
    Err(Doubt::Fault {
        sent: step.sent.clone(),
        expected: format!("the settings that were made by hand, {set}"),
        came: format!("{found}"),
    })
}

const UNSEEN: &str = "no message shows overrides and notification settings; a test instance may answer `settings` to `check.account`, and set some when it says `customize`";
