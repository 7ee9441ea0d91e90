//! Access groups, and who is in them.

use enroll_sync::{AccessGroupId, GroupOutcome, GroupWish, Item, Op, Outcome, Stage};
use serde_json::json;

use super::play::{Checked, Doubt, Play, came, integration, is_named, unnamed};
use crate::{Answer, Message, sample, sink::system_clock};

/// An access group is made once.
pub(super) async fn create(play: &mut Play) -> Checked {
    let item = item(play, "group-create", Op::CreateGroup, None, "Check", false);
    let (_, first, is_named) = made(play, &item).await?;
    let (sent, again, _) = made(play, &item).await?;
    if first == again && is_named {
        return Ok(());
    }
    if first == again {
        return unnamed();
    }
    Err(Doubt::Fault {
        sent: format!("{sent}, for the second time"),
        expected: format!("the access group {first} again"),
        came: format!("the access group {again}"),
    })
}

/// An access group keeps its id when it is renamed and archived (E-10, E-11).
pub(super) async fn changes(play: &mut Play) -> Checked {
    let item_made = item(
        play,
        "group-changes",
        Op::CreateGroup,
        None,
        "Before",
        false,
    );
    let (_, group, _) = made(play, &item_made).await?;
    for (op, archived) in [(Op::RenameGroup, false), (Op::ArchiveGroup, true)] {
        let change = item(
            play,
            "group-changes",
            op,
            Some(group.clone()),
            "After",
            archived,
        );
        let (sent, answer) = send(play, &change).await?;
        let outcome = answer.access_group(&change, system_clock());
        let is_done =
            matches!(&outcome, GroupOutcome::Applied { group_ref } if *group_ref == group);
        if !is_done {
            return Err(Doubt::Fault {
                sent,
                expected: format!("200, applied to the access group {group}"),
                came: came(&answer),
            });
        }
    }
    Ok(())
}

/// A move takes the old group and gives the new one, in one call (S-10).
pub(super) async fn moved(play: &mut Play) -> Checked {
    let (old, new) = two(play).await?;
    let mut who = play.person("move");
    let step = play.apply(&mut who, Op::Create, |profile| {
        profile.access_groups = vec![old.clone()];
    });
    step.await?.shows("access_groups", json!([old.as_str()]))?;
    let step = play.apply(&mut who, Op::Update, |profile| {
        profile.access_groups = vec![new.clone()];
    });
    step.await?.shows("access_groups", json!([new.as_str()]))
}

/// An access group that is not there is refused, or taken: never a reason to ask again.
pub(super) async fn unknown(play: &mut Play) -> Checked {
    let mut who = play.person("unknown-group");
    who.profile.access_groups = vec![AccessGroupId::new("there-is-no-such-group")];
    let create = play.item(&who, Op::Create, &who.profile);
    let mut letter = play.letter(&create);
    letter.about += "; access_groups [\"there-is-no-such-group\"]";
    let step = play.step_of(&create, &letter).await?;
    match step.outcome {
        Outcome::Applied { .. } | Outcome::Rejected { .. } => Ok(()),
        _ => Err(step.fault("200, applied or `rejected`; or a 4xx with words")),
    }
}

/// Returns two access groups, made or named.
pub(super) async fn two(play: &mut Play) -> Result<(AccessGroupId, AccessGroupId), Doubt> {
    if play.roles.len() < 2 {
        for name in ["Old", "New"] {
            let item = item(
                play,
                &format!("group-{name}"),
                Op::CreateGroup,
                None,
                name,
                false,
            );
            let made = made(play, &item).await;
            let none =
                |_| Doubt::Unseen("there are no two access groups to move between".to_owned());
            play.roles.push(made.map_err(none)?.1);
        }
    }
    match play.roles.as_slice() {
        [.., old, new] => Ok((old.clone(), new.clone())),
        _ => Err(Doubt::Unseen("there are no two access groups".to_owned())),
    }
}

async fn made(play: &mut Play, item: &Item) -> Result<(String, AccessGroupId, bool), Doubt> {
    let (sent, answer) = send(play, item).await?;
    match answer.access_group(item, system_clock()) {
        GroupOutcome::Applied { group_ref } => {
            play.made_groups.push(with_ref(item, &group_ref));
            Ok((sent, group_ref, is_named(&answer)))
        }
        GroupOutcome::Rejected { text, .. } if play.is_fixed => Err(Doubt::Unseen(format!(
            "the application has fixed roles: {text}"
        ))),
        _ => Err(Doubt::Fault {
            sent,
            expected: "200, applied, with or without an app_ref".to_owned(),
            came: came(&answer),
        }),
    }
}

/// Archives the access groups that were made.
pub(super) async fn clear(play: &mut Play) {
    for made in std::mem::take(&mut play.made_groups) {
        let mut item = play.numbered(made);
        (item.op, item.lane) = (Op::ArchiveGroup, Stage::Archives);
        item.to = [("archived".to_owned(), json!(true))].into();
        if let Some(wish) = &mut item.group {
            wish.archived = true;
        }
        // A receiver that does not take it was told so by the checks.
        let _ = send(play, &item).await;
    }
}

fn with_ref(item: &Item, group_ref: &AccessGroupId) -> Item {
    let mut item = item.clone();
    if let Some(wish) = &mut item.group {
        wish.group_ref = Some(group_ref.clone());
    }
    item
}

async fn send(play: &mut Play, item: &Item) -> Result<(String, Answer), Doubt> {
    let message = Message::access_group(item, system_clock());
    let body = message.map(|message| message.to_json()).unwrap_or_default();
    let (op, id) = (item.op.as_str(), &item.subject.id);
    let about = format!(
        "access_group.apply {op}, directory_id {id}, name {:?}",
        item.name
    );
    let letter = play.signed(about, &item.key, body);
    let answer = play.post(&letter).await?;
    Ok((letter.about, answer))
}

fn item(
    play: &mut Play,
    key: &str,
    op: Op,
    group_ref: Option<AccessGroupId>,
    name: &str,
    archived: bool,
) -> Item {
    let id = play.id(key);
    let name = format!("{name} {id}");
    let sample = sample::access_group(&id);
    Item {
        subject: enroll_sync::Subject::group(&integration(), &id),
        op,
        lane: if archived {
            Stage::Archives
        } else {
            Stage::Groups
        },
        name: name.clone(),
        to: [
            ("name".to_owned(), json!(name)),
            ("archived".to_owned(), json!(archived)),
        ]
        .into(),
        changed: vec!["name".to_owned(), "archived".to_owned()],
        group: Some(GroupWish {
            group_ref,
            name,
            archived,
        }),
        ..play.numbered(sample)
    }
}
