//! One account for each person, and its values.

use enroll_sync::{AccountId, Kind, Op, Outcome};
use serde_json::json;

use super::play::{Checked, Person, Play, Step, unnamed};

/// The same message twice, because the first answer was lost.
pub(super) async fn same_key(play: &mut Play) -> Checked {
    let who = play.person("same-key");
    let create = play.item(&who, Op::Create, &who.profile);
    let first = play.step(&create).await?;
    let account = first.done(None)?;
    let again = play.step(&create).await?;
    same(&first, &again, &account)
}

/// Another message about a person who has an account; its id was forgotten.
pub(super) async fn by_directory_id(play: &mut Play) -> Checked {
    let who = play.person("by-directory-id");
    let (create, again) = (
        play.item(&who, Op::Create, &who.profile),
        play.item(&who, Op::Create, &who.profile),
    );
    let first = play.step(&create).await?;
    let account = first.done(None)?;
    let again = play.step(&again).await?;
    same(&first, &again, &account)
}

/// Somebody comes back under a new directory id, and is tied to the old account.
pub(super) async fn by_app_ref(play: &mut Play) -> Checked {
    let first = play.joiner("by-app-ref").await?;
    let again = Person {
        id: play.id("by-app-ref-again"),
        ..first.clone()
    };
    let item = play.item(&again, Op::Link, &again.profile);
    let step = play.step(&item).await?;
    step.done(first.app_ref.as_ref())?;
    if step.is_named() { Ok(()) } else { unnamed() }
}

/// Two people have two accounts.
pub(super) async fn two_people(play: &mut Play) -> Checked {
    let (ada, bob) = (play.person("two-ada"), play.person("two-bob"));
    let (make_ada, make_bob) = (
        play.item(&ada, Op::Create, &ada.profile),
        play.item(&bob, Op::Create, &bob.profile),
    );
    let first = play.step(&make_ada).await?;
    let account = first.done(None)?;
    let second = play.step(&make_bob).await?;
    if second.done(None)? == account {
        return Err(second.fault(format!(
            "another app_ref than {account}, which is somebody else's"
        )));
    }
    if first.is_named() { Ok(()) } else { unnamed() }
}

/// New values reach the account.
pub(super) async fn update(play: &mut Play) -> Checked {
    let mut who = play.joiner("update").await?;
    let moved = play.person("update-new").profile.email.unwrap_or_default();
    let step = play.apply(&mut who, Op::Update, |profile| {
        profile.email = Some(moved.clone());
        profile.last_name = Some("King-Noël".to_owned());
        profile.time_zone = Some("Asia/Shanghai".to_owned());
    });
    let step = step.await?;
    step.shows("email", moved)?;
    step.shows("last_name", "King-Noël")?;
    step.shows("time_zone", "Asia/Shanghai")
}

/// `fields` is always whole: what is in it no more is gone.
pub(super) async fn fields(play: &mut Play) -> Checked {
    let mut who = play.joiner("fields").await?;
    let step = play.apply(&mut who, Op::Update, |profile| {
        let fields = [("department", "Engines"), ("cost_center", "1843")];
        profile.fields = fields
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into();
    });
    step.await?;
    let step = play.apply(&mut who, Op::Update, |profile| {
        profile.fields.remove("department");
    });
    step.await?.shows("fields", json!({"cost_center": "1843"}))
}

/// What a message does not say stays what it is.
pub(super) async fn unsaid(play: &mut Play) -> Checked {
    let mut who = play.joiner("not-said").await?;
    let step = play.apply(&mut who, Op::Update, |profile| {
        profile.first_name = Some("Augusta".to_owned());
        profile.time_zone = None;
    });
    step.await?.shows("time_zone", "Europe/London")
}

/// Somebody becomes an external recruiter (E-15, X-05).
pub(super) async fn external(play: &mut Play) -> Checked {
    let mut who = play.joiner("external").await?;
    let step = play.apply(&mut who, Op::ConvertKind, |profile| {
        profile.kind = Kind::External;
    });
    step.await?.shows("kind", "external")
}

/// A late message with a lower revision changes nothing.
pub(super) async fn out_of_order(play: &mut Play) -> Checked {
    let mut who = play.joiner("out-of-order").await?;
    let mut stale = who.profile.clone();
    stale.first_name = Some("Stale".to_owned());
    let late = play.item(&who, Op::Update, &stale);
    let newer = play.apply(&mut who, Op::Update, |profile| {
        profile.first_name = Some("Fresh".to_owned());
    });
    newer.await?.shows("first_name", "Fresh")?;
    let step = play.step(&late).await?;
    step.done(who.app_ref.as_ref())?;
    step.shows("first_name", "Fresh")
}

/// A create with somebody else's address takes nothing over (A3).
pub(super) async fn taken(play: &mut Play) -> Checked {
    let owner = play.joiner("taken-address").await?;
    let mut rival = play.person("taken-rival");
    rival.profile.email.clone_from(&owner.profile.email);
    let create = play.item(&rival, Op::Create, &rival.profile);
    let step = play.step(&create).await?;
    let is_owner = |app_ref: &AccountId| owner.app_ref.as_ref() == Some(app_ref);
    match &step.outcome {
        Outcome::Applied { app_ref, .. } if is_owner(app_ref) => Err(step.fault(TAKEN)),
        Outcome::Applied { .. } if !step.is_named() => unnamed(),
        Outcome::Exists { app_ref } if !is_owner(app_ref) => Err(step.fault(TAKEN)),
        Outcome::Applied { .. } | Outcome::Exists { .. } | Outcome::Rejected { .. } => Ok(()),
        _ => Err(step.fault(TAKEN)),
    }
}

fn same(first: &Step, again: &Step, account: &AccountId) -> Checked {
    let found = match &again.outcome {
        Outcome::Applied { app_ref, .. } | Outcome::Exists { app_ref } => Some(app_ref),
        _ => None,
    };
    match found {
        Some(found) if found == account && first.is_named() => Ok(()),
        Some(found) if found == account => unnamed(),
        _ => Err(again.fault(format!("the account {account} again"))),
    }
}

const TAKEN: &str = "`exists` with the app_ref of the account that has the address, a refusal, or an account of its own";
