//! Who may send, and when.

use enroll_sync::{Item, Op};
use serde_json::Value;

use super::play::{Checked, Letter, Play};

/// No signature at all.
pub(super) async fn missing(play: &mut Play) -> Checked {
    let (item, mut letter) = letter(play, "signature-missing", "no webhook-signature");
    letter.signature = None;
    refused(play, &item, &letter).await
}

/// A signature with another secret.
pub(super) async fn wrong(play: &mut Play) -> Checked {
    let (item, mut letter) = letter(play, "signature-wrong", "signed with another secret");
    letter.signature = Some(play.forged(&letter));
    refused(play, &item, &letter).await
}

/// A message that was recorded, and comes again.
pub(super) async fn old(play: &mut Play) -> Checked {
    let (item, letter) = letter(play, "signature-old", "rightly signed ten minutes ago");
    apart(play, &item, letter, -APART_SECONDS).await
}

/// A message from the future.
pub(super) async fn early(play: &mut Play) -> Checked {
    let how = "rightly signed for ten minutes from now";
    let (item, letter) = letter(play, "signature-early", how);
    apart(play, &item, letter, APART_SECONDS).await
}

/// During a rotation there are several signatures, and one day other versions.
pub(super) async fn list(play: &mut Play) -> Checked {
    let item = item(play, "signature-list");
    let mut letter = play.letter(&item);
    let right = letter.signature.take().unwrap_or_default();
    letter.signature = Some(format!("v1a,AAAA {} {right}", play.forged(&letter)));
    letter.about += "; webhook-signature has three parts, the last one fits";
    play.step_of(&item, &letter).await?.done(None).map(drop)
}

/// The signature covers the bytes as they came, not what they mean.
pub(super) async fn bytes(play: &mut Play) -> Checked {
    let item = item(play, "signature-bytes");
    let mut letter = play.letter(&item);
    let message: Value = serde_json::from_slice(&letter.body).unwrap_or_default();
    letter.body = format!("{message:#}").into_bytes();
    play.sign(&mut letter);
    letter.about += "; the body has blanks between its values";
    play.step_of(&item, &letter).await?.done(None).map(drop)
}

async fn apart(play: &mut Play, item: &Item, mut letter: Letter, seconds: i64) -> Checked {
    letter.timestamp += seconds;
    play.sign(&mut letter);
    refused(play, item, &letter).await
}

fn item(play: &mut Play, name: &str) -> Item {
    let who = play.person(name);
    play.item(&who, Op::Create, &who.profile)
}

fn letter(play: &mut Play, name: &str, how: &str) -> (Item, Letter) {
    let item = item(play, name);
    let mut letter = play.letter(&item);
    letter.about = format!("{}; {how}", letter.about);
    (item, letter)
}

async fn refused(play: &mut Play, item: &Item, letter: &Letter) -> Checked {
    let step = play.step_of(item, letter).await?;
    if step.answer.status == 401 {
        return Ok(());
    }
    Err(step.fault("401"))
}

/// Twice the tolerance.
const APART_SECONDS: i64 = 2 * crate::TOLERANCE_SECONDS;
