//! `enroll group`: which of the provider's groups give access, and in which order.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{
    cli::{GroupCommand, Remote},
    client::{Server, items, number, plain, put, text},
    report::{self, Failure},
    sync::items_of,
};

pub(crate) async fn run(command: GroupCommand) -> Result<ExitCode, Failure> {
    match command {
        GroupCommand::List(options) => list(&options.remote).await,
        GroupCommand::Select(options) => {
            let kind = if options.external {
                "external"
            } else {
                "internal"
            };
            change(&options.remote, &options.groups, |all, id| {
                let entry = json!({"group_id": id, "access_group": options.to, "kind": kind});
                match all.iter_mut().find(|known| text(known, "group_id") == id) {
                    Some(known) => *known = entry,
                    None => all.push(entry),
                }
            })
            .await
        }
        GroupCommand::Deselect(options) => {
            change(&options.remote, &options.groups, |all, id| {
                all.retain(|entry| text(entry, "group_id") != id);
            })
            .await
        }
        GroupCommand::Pause(options) => {
            change(&options.remote, &options.groups, |all, id| {
                set(all, id, "paused", &json!(!options.resume));
            })
            .await
        }
        GroupCommand::Order(options) => {
            let reversed: Vec<_> = options.groups.iter().rev().cloned().collect();
            change(&options.remote, &reversed, |all, id| {
                if let Some(at) = place(all, id) {
                    let entry = all.remove(at);
                    all.insert(0, entry);
                }
            })
            .await
        }
        GroupCommand::Bind(options) => {
            change(&options.remote, &[options.group], |all, id| {
                set(all, id, "access_group", &json!(options.access_group));
            })
            .await
        }
    }
}

async fn list(remote: &Remote) -> Result<ExitCode, Failure> {
    let server = Server::new(remote)?;
    let path = server.integration(remote).await?;
    tell(&server, &path, remote).await
}

/// Changes the selections group by group, and shows what they are then.
async fn change(
    remote: &Remote,
    names: &[String],
    each: impl Fn(&mut Vec<Value>, &str),
) -> Result<ExitCode, Failure> {
    let server = Server::new(remote)?;
    let path = server.integration(remote).await?;
    let groups = server.get(&format!("{path}/groups")).await?;
    let selected = server.get(&format!("{path}/selections")).await?;
    let mut all = items_of(&selected, "selections").to_vec();
    for entry in &mut all {
        // The list's own order counts.
        put(entry, "priority", Value::Null);
    }
    for name in names {
        each(&mut all, &found(items(&groups), name)?);
    }
    let body = json!({"selections": all});
    server
        .send("PUT", &format!("{path}/selections"), &body)
        .await?;
    tell(&server, &path, remote).await
}

/// Finds a group by its id or its name.
fn found(groups: &[Value], name: &str) -> Result<String, Failure> {
    let is_it = |group: &&Value| {
        text(group, "id") == name || text(group, "display_name").eq_ignore_ascii_case(name)
    };
    let hits: Vec<_> = groups.iter().filter(is_it).collect();
    match hits.as_slice() {
        [one] => Ok(text(one, "id").to_owned()),
        [] => Err(Failure::not_found(format!(
            "the provider sent no group {name:?}; enroll group list shows them"
        ))),
        several => {
            let ids: Vec<_> = several.iter().map(|one| text(one, "id")).collect();
            let ids = ids.join(", ");
            Err(Failure::new(format!(
                "several groups are called {name:?}; name one by its id: {ids}"
            )))
        }
    }
}

fn place(all: &[Value], id: &str) -> Option<usize> {
    all.iter().position(|entry| text(entry, "group_id") == id)
}

fn set(all: &mut [Value], id: &str, key: &str, value: &Value) {
    let own = all.iter_mut().filter(|entry| text(entry, "group_id") == id);
    own.for_each(|entry| put(entry, key, value.clone()));
}

async fn tell(server: &Server, path: &str, remote: &Remote) -> Result<ExitCode, Failure> {
    let groups = server.get(&format!("{path}/groups")).await?;
    for group in items(&groups) {
        report::line(&if remote.json {
            group.to_string()
        } else {
            row(group)
        });
    }
    Ok(ExitCode::SUCCESS)
}

fn row(group: &Value) -> String {
    let chosen = group.get("selected") == Some(&Value::Bool(true));
    let target = group
        .pointer("/selection/access_group")
        .and_then(Value::as_str);
    let target = target
        .map(|target| format!(" -> {}", plain(target)))
        .unwrap_or_default();
    format!(
        "[{}] {:<32} {:>6} people  {}{target}   {}",
        if chosen { "x" } else { " " },
        plain(text(group, "display_name")),
        number(group, "members"),
        text(group, "state"),
        text(group, "id"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_id_or_by_a_name_only_it_has() {
        let groups = [("1", "Staff"), ("2", "Twin"), ("3", "Twin")];
        let groups = groups.map(|(id, name)| json!({"id": id, "display_name": name}));
        for (name, wanted) in [
            ("staff", Some("1")),
            ("3", Some("3")),
            ("Twin", None),
            ("x", None),
        ] {
            assert_eq!(found(&groups, name).ok().as_deref(), wanted, "{name}");
        }
    }
}
