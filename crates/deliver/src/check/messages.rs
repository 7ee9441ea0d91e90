//! The endpoint, and messages of another shape.

use enroll_sync::Op;
use serde_json::{Value, json};

use super::play::{Checked, Doubt, Letter, Play, came};
use crate::Answer;

/// A good message is taken at all.
pub(super) async fn reached(play: &mut Play) -> Checked {
    let who = play.joiner("reached").await?;
    play.looks = !play.look(&who, false).await?.is_empty();
    Ok(())
}

/// Names that are added one day are passed over.
pub(super) async fn unknown_fields(play: &mut Play) -> Checked {
    let more = |message: &mut Value| {
        for at in ["", "/data", "/data/account", "/data/full"] {
            if let Some(Value::Object(object)) = message.pointer_mut(at) {
                object.insert("added_later".to_owned(), json!({"a": [1]}));
            }
        }
    };
    altered(
        play,
        "unknown-fields",
        "with unknown names everywhere",
        more,
        &[],
    )
    .await
}

/// A message of 1 MiB is taken, or refused for its size.
pub(super) async fn large(play: &mut Play) -> Checked {
    let more = |message: &mut Value| {
        if let Some(object) = message.as_object_mut() {
            object.insert("padding".to_owned(), "x".repeat(LARGE_BYTES).into());
        }
    };
    altered(play, "large", "1 MiB long", more, &[413]).await
}

/// A type that is added one day is passed over or refused.
pub(super) async fn unknown_type(play: &mut Play) -> Checked {
    let message =
        json!({"type": "check.unknown", "timestamp": "2026-01-01T00:00:00.000Z", "data": {}});
    let letter = bare(
        play,
        "a message of type \"check.unknown\"",
        message.to_string(),
    );
    let answer = play.post(&letter).await?;
    expect(
        &letter,
        &answer,
        is_final(answer.status),
        "2xx, 400, 404 or 422",
    )
}

/// What is no message is refused for good.
pub(super) async fn malformed(play: &mut Play) -> Checked {
    let letter = bare(
        play,
        "rightly signed: {\"type\":\"account.apply\",\"data\":{",
        r#"{"type":"account.apply","data":{"#.to_owned(),
    );
    let answer = play.post(&letter).await?;
    expect(&letter, &answer, matches!(answer.status, 400 | 422), "400")
}

async fn altered(
    play: &mut Play,
    name: &str,
    how: &str,
    change: impl FnOnce(&mut Value),
    also: &[u16],
) -> Checked {
    let who = play.person(name);
    let item = play.item(&who, Op::Create, &who.profile);
    let mut letter = play.letter(&item);
    let mut message: Value = serde_json::from_slice(&letter.body).unwrap_or_default();
    change(&mut message);
    letter.body = message.to_string().into_bytes();
    play.sign(&mut letter);
    letter.about = format!("{}; {how}", letter.about);
    let step = play.step_of(&item, &letter).await?;
    if also.contains(&step.answer.status) {
        return Ok(());
    }
    step.done(None).map(drop)
}

fn bare(play: &mut Play, about: &str, body: String) -> Letter {
    let id = play.id("bare");
    let key = play.numbered(crate::sample::account(&id)).key;
    play.signed(about.to_owned(), &key, body.into_bytes())
}

fn expect(letter: &Letter, answer: &Answer, is_met: bool, expected: &str) -> Checked {
    if is_met {
        return Ok(());
    }
    Err(Doubt::Fault {
        sent: letter.about.clone(),
        expected: expected.to_owned(),
        came: came(answer),
    })
}

/// Neither "later" nor "closed": nobody would send it again for ever.
const fn is_final(status: u16) -> bool {
    matches!(status, 200..=299 | 400 | 404 | 422)
}

const LARGE_BYTES: usize = 1 << 20;
