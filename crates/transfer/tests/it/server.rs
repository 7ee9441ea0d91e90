//! Servers that page, count and answer as they like.

use std::{collections::BTreeMap, time::Duration};

use enroll_transfer::{Answer, Fetch, Losses, Source, SourceError};
use serde_json::{Value, json};

/// How a server behaves.
#[derive(Clone, Copy, Default)]
struct Habits {
    /// The most resources of a page.
    cap: usize,
    /// Added to `totalResults`.
    total_off: i64,
    /// Whether every page repeats the last resource of the page before.
    repeats: bool,
    /// Whether it ignores `startIndex` and shows everything.
    all_at_once: bool,
    /// Whether lists leave `members` out.
    bare_groups: bool,
    /// Whether a page behind the last is refused.
    refuses_beyond: bool,
    /// How many requests are answered 503 first.
    busy: u32,
}

struct Server {
    habits: Habits,
    users: usize,
    asked: Vec<String>,
    busy_left: u32,
    waited: Duration,
}

impl Server {
    fn new(habits: Habits, users: usize) -> Self {
        Self {
            habits,
            users,
            asked: Vec::new(),
            busy_left: habits.busy,
            waited: Duration::ZERO,
        }
    }

    fn answer(&self, url: &str) -> (u16, Value) {
        let path = url.strip_prefix("https://old.example/scim/").unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if path == "Groups/g%2F1" {
            return (
                200,
                json!({"id": "g/1", "displayName": "G", "members": [{"value": "u1"}]}),
            );
        }
        let all: Vec<Value> = match path {
            "Users" => (1..=self.users)
                .map(|n| json!({"id": format!("u{n}"), "userName": n.to_string()}))
                .collect(),
            "Groups" if self.habits.bare_groups => vec![json!({"id": "g/1", "displayName": "G"})],
            "Groups" => vec![json!({"id": "g/1", "displayName": "G", "members": []})],
            other => panic!("{other} was asked for"),
        };
        let query: BTreeMap<_, _> = query.split('&').filter_map(|p| p.split_once('=')).collect();
        let start: usize = query["startIndex"].parse().unwrap();
        let count: usize = query["count"]
            .parse::<usize>()
            .unwrap()
            .min(self.habits.cap);
        if self.habits.refuses_beyond && start > all.len() {
            return (400, json!({"status": "400"}));
        }
        let skip = if self.habits.all_at_once {
            0
        } else {
            start - 1
        };
        let skip = if self.habits.repeats {
            skip.saturating_sub(1)
        } else {
            skip
        };
        let count = if self.habits.all_at_once {
            all.len()
        } else {
            count
        };
        let total = i64::try_from(all.len()).unwrap() + self.habits.total_off;
        let page: Vec<_> = all.into_iter().skip(skip).take(count).collect();
        let mut list = json!({"totalResults": total, "startIndex": start});
        if !page.is_empty() {
            list["Resources"] = page.into();
        }
        (200, list)
    }
}

impl Fetch for Server {
    async fn get(&mut self, url: &str) -> Result<Answer, String> {
        self.asked.push(url.to_owned());
        let (mut status, body) = self.answer(url);
        let mut retry_after = None;
        if self.busy_left > 0 {
            self.busy_left -= 1;
            (status, retry_after) = (503, Some(Duration::from_secs(2)));
        }
        Ok(Answer {
            status,
            body: body.to_string().into_bytes(),
            retry_after,
        })
    }

    async fn pause(&mut self, time: Duration) {
        self.waited += time;
    }
}

async fn read(server: &mut Server) -> (Vec<Value>, Losses) {
    let mut source = Source::new("https://old.example/scim/").unwrap();
    let (mut all, mut losses) = (Vec::new(), Losses::default());
    while let Some(lines) = source.next(server, &mut losses).await.unwrap() {
        all.extend(lines);
    }
    (all, losses)
}

#[tokio::test]
async fn everybody_comes_once_however_a_server_pages() {
    let usual = Habits {
        cap: 100,
        ..Habits::default()
    };
    let rows = [
        ("as the RFC says", usual),
        ("a smaller page than asked", Habits { cap: 7, ..usual }),
        ("one at a time", Habits { cap: 1, ..usual }),
        (
            "totalResults too small",
            Habits {
                total_off: -200,
                ..usual
            },
        ),
        (
            "totalResults of the page",
            Habits {
                cap: 50,
                total_off: -180,
                ..usual
            },
        ),
        (
            "repeats",
            Habits {
                repeats: true,
                cap: 10,
                ..usual
            },
        ),
        (
            "no pages at all",
            Habits {
                all_at_once: true,
                ..usual
            },
        ),
        (
            "refuses beyond the end",
            Habits {
                refuses_beyond: true,
                ..usual
            },
        ),
        (
            "lists without members",
            Habits {
                bare_groups: true,
                ..usual
            },
        ),
        ("busy at first", Habits { busy: 3, ..usual }),
    ];
    for (name, habits) in rows {
        let mut server = Server::new(habits, 230);
        let (all, losses) = read(&mut server).await;
        let ids: Vec<_> = all
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect();
        let wanted: Vec<_> = (1..=230)
            .map(|n| format!("u{n}"))
            .chain(["g/1".to_owned()])
            .collect();
        assert_eq!(ids, wanted, "{name}");
        assert!(losses.is_empty(), "{name}: {losses:?}");
        let group = all.last().unwrap();
        assert_eq!(
            group["members"].as_array().unwrap().len(),
            usize::from(habits.bare_groups)
        );
        assert_eq!(group["meta"]["resourceType"], "Group", "{name}");
        assert!(server.asked.len() < 600, "{name}: {}", server.asked.len());
        assert_eq!(
            server.waited.as_secs(),
            u64::from(habits.busy) * 2,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_total_that_is_not_reached_is_told() {
    let habits = Habits {
        cap: 100,
        total_off: 5,
        ..Habits::default()
    };
    let (all, losses) = read(&mut Server::new(habits, 10)).await;
    assert_eq!(all.len(), 11);
    let told: Vec<_> = losses.iter().map(|(what, _)| what.to_owned()).collect();
    assert!(
        told[0].contains("totalResults 15, and gives 10"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_server_that_stays_away_or_is_none_is_an_error() {
    let habits = Habits {
        busy: 100,
        ..Habits::default()
    };
    let mut server = Server::new(habits, 1);
    let mut source = Source::new("https://old.example/scim").unwrap();
    let error = source
        .next(&mut server, &mut Losses::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, SourceError::Status { status: 503, .. }),
        "{error}"
    );
    assert_eq!(server.asked.len(), 6);
    for url in [
        "",
        "old.example",
        "ftp://x",
        "https://",
        "https://x/?a=b",
        "https://x y",
    ] {
        assert!(Source::new(url).is_err(), "{url}");
    }
}
