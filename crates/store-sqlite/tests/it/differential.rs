//! Whatever is done, in whatever order, SQLite answers what the reference store answers; and so does
//! the reference store with the provided methods only.

mod steps;

use std::sync::Arc;

use enroll_conformance::store::Ground;
use enroll_filter::LinkPlan;
use enroll_schema::{Document, ResourceType};
use enroll_store::{
    Cause, Directories as _, DirectoryId, Draft, Expected, Feed as _, Journal as _, LinkKey,
    Memory, NoteFilter, Order, Page, Query, Record, Result, Revision, Sort, Store, Target, Want,
    Window, Write, Written,
};
use enroll_store_sqlite::Sqlite;
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};

use steps::{Body, GROUPS, Step, USERS, kind_of, step};

const FILTERS: &[(&str, &str)] = &[
    ("User", ""),
    ("User", r#"userName eq "ada""#),
    ("User", r#"userName sw "s""#),
    ("User", r#"externalId eq "e1""#),
    ("User", r#"externalId eq "e0" and active eq true"#),
    ("User", r#"emails[type eq "work" and value eq "A@x"]"#),
    ("User", r"active eq false or not (title pr)"),
    ("User", r#"id eq "u2""#),
    ("User", r#"groups.value eq "g0""#),
    ("User", r#"groups[type eq "indirect"]"#),
    ("User", r#"meta.lastModified gt "2023-11-15T00:00:00Z""#),
    (
        "User",
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName eq "Ada""#,
    ),
    ("Group", ""),
    ("Group", r#"displayName eq "G""#),
    ("Group", r#"members.value eq "u1""#),
    ("Group", r#"members[type eq "Group"] or displayName co "g""#),
    ("Group", r"not (members pr)"),
];

fn noted<S: Store>(on: &Ground<S>, id: &str) -> Cause {
    let cause = on.noted(200, Some(id));
    let unique = vec![
        on.attribute("User", "userName"),
        on.attribute("User", "displayName"),
    ];
    let unique = if kind_of(id) == "User" {
        unique
    } else {
        Vec::new()
    };
    Cause { unique, ..cause }
}

/// Does a step and tells what was answered.
async fn take<S: Store>(on: &Ground<S>, step: &Step) -> String {
    let told = |answer: Result<Written>| format!("{answer:?}");
    match step {
        Step::Create(body) => {
            let (kind, cause) = (on.kind(kind_of(body.id)), noted(on, body.id));
            told(on.store.create(kind, body.draft(on), cause).await)
        }
        Step::Put(body, expect) => {
            let target = on.target(kind_of(body.id), body.id);
            let draft = body.draft(on);
            let links = LinkPlan {
                clear: kind_of(body.id) == "Group",
                ..draft.links
            };
            let draft = Draft { links, ..draft };
            told(
                on.store
                    .replace(target, expect.expected(), draft, noted(on, body.id))
                    .await,
            )
        }
        Step::Patch(id, operations, expect) => match compiled(on, id, operations) {
            None => "not compiled".to_owned(),
            Some(plan) => {
                let target = on.target(kind_of(id), id);
                told(
                    on.store
                        .patch(target, expect.expected(), plan, noted(on, id))
                        .await,
                )
            }
        },
        Step::Link(id, links) => {
            let Some(before) = on.read("Group", id).await else {
                return "no group".to_owned();
            };
            let document = Document::from_bytes(&before.document).unwrap();
            let draft = Draft {
                id: before.id,
                document,
                links: links.plan(on),
            };
            let target = on.target("Group", id);
            told(
                on.store
                    .replace(target, Expected::Any, draft, noted(on, id))
                    .await,
            )
        }
        Step::Delete(id, expect) => {
            let target = on.target(kind_of(id), id);
            told(
                on.store
                    .delete(target, expect.expected(), noted(on, id))
                    .await,
            )
        }
        Step::Wait(days) => {
            on.days_later(*days);
            String::new()
        }
        Step::Batch(units, most) => {
            let write = |(delete, body): &(bool, Body)| {
                let (name, cause) = (kind_of(body.id), noted(on, body.id));
                if *delete {
                    return Write::Delete(on.target(name, body.id), Expected::Any, cause);
                }
                Write::Create(on.kind(name), body.draft(on), cause)
            };
            let units = units
                .iter()
                .map(|unit| unit.iter().map(write).collect())
                .collect();
            format!("{:?}", on.store.batch(units, *most).await)
        }
    }
}

fn compiled<S: Store>(
    on: &Ground<S>,
    id: &str,
    operations: &[Value],
) -> Option<Arc<enroll_filter::Plan>> {
    let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    let body = json!({"schemas": [schema], "Operations": operations});
    let patch = enroll_filter::Patch::read(body, true).unwrap();
    let leniency = enroll_filter::patch::Leniency::default();
    enroll_filter::Plan::compile(&on.kind(kind_of(id)), &patch, leniency)
        .ok()
        .map(Arc::new)
}

/// Everything that can be asked of a store, as text.
async fn everything<S: Store>(on: &Ground<S>) -> Vec<String> {
    let mut all = Vec::new();
    for id in USERS.iter().chain(GROUPS) {
        let target = on.target(kind_of(id), id);
        for want in [Want::Omit, Want::UpTo(1), Want::UpTo(1_000)] {
            all.push(format!(
                "get {id} {want:?}: {:?}",
                on.store.get(target.clone(), want).await
            ));
        }
        for (after, most) in [(0, 2), (2, 9)] {
            let page = on.store.links(target.clone(), LinkKey(after), most).await;
            all.push(format!("links {id} {after} {most}: {page:?}"));
        }
        all.push(format!(
            "pending {id}: {:?}",
            on.store.pending(Some(target), 2).await
        ));
    }
    all.push(format!("pending: {:?}", on.store.pending(None, 99).await));
    for (kind, filter) in FILTERS {
        all.extend(pages(on, kind, filter).await);
    }
    all
}

async fn pages<S: Store>(on: &Ground<S>, kind: &str, filter: &str) -> Vec<String> {
    let mut all = Vec::new();
    let query = on.query(kind, filter);
    let whole = on.store.find(query.clone()).await.unwrap();
    let sort = |path, order| {
        Some(Sort {
            attribute: on.attribute(kind, path),
            order,
        })
    };
    let mut windows = vec![Window::Index(2), Window::Index(3)];
    if let Some(key) = whole.keys.get(1) {
        windows.extend([Window::After(key.clone()), Window::Before(key.clone())]);
    }
    for (window, total) in windows.into_iter().zip([true, false, false, true]) {
        let query = Query {
            window,
            total,
            count: 2,
            ..query.clone()
        };
        let page = on.store.find(query.clone()).await;
        all.push(format!("{filter} {:?} {total}: {page:?}", query.window));
    }
    let both = Query {
        branches: [
            query.branches.clone(),
            on.query("Group", r#"displayName sw "s""#).branches,
        ]
        .concat(),
        ..query.clone()
    };
    all.push(format!("both {filter}: {:?}", on.store.find(both).await));
    for order in [Order::Ascending, Order::Descending] {
        let query = Query {
            sort: sort("displayName", order),
            window: Window::Index(2),
            ..query.clone()
        };
        all.push(format!(
            "{filter} {order:?}: {:?}",
            on.store.find(query).await
        ));
    }
    all.push(format!("{filter}: {whole:?}"));
    all
}

/// Only what a store must have: the rest is provided.
#[derive(Clone, Debug, Default)]
struct Plain(Memory);

impl Store for Plain {
    async fn get(&self, target: Target, want: Want) -> Result<Option<Record>> {
        self.0.get(target, want).await
    }
    async fn find(&self, query: Query) -> Result<Page> {
        self.0.find(query).await
    }
    async fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Result<Written> {
        self.0.create(kind, draft, cause).await
    }
    async fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Result<Written> {
        self.0.replace(target, expected, draft, cause).await
    }
    async fn delete(&self, target: Target, expected: Expected, cause: Cause) -> Result<Written> {
        self.0.delete(target, expected, cause).await
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// `Memory` and SQLite give the same answers, records, pages, links, changes and notes.
    #[test]
    fn sqlite_is_the_reference_store(steps in vec(step(), 1..40)) {
        run(async {
            let database = Sqlite::temporary().unwrap();
            let sqlite = Ground::new(database.open(&DirectoryId::new("int_1")).await.unwrap());
            let memory = Ground::new(Memory::new());
            for step in &steps {
                let (found, wanted) = (take(&sqlite, step).await, take(&memory, step).await);
                assert_eq!(found, wanted, "after {step:?}");
            }
            for (found, wanted) in everything(&sqlite).await.iter().zip(everything(&memory).await) {
                assert_eq!(*found, wanted);
            }
            let changes = |after| (Revision(after), 9);
            for (after, most) in [changes(0), changes(5)] {
                let (found, wanted) = (sqlite.store.changes(after, most).await, memory.store.changes(after, most).await);
                assert_eq!(found.unwrap(), wanted.unwrap());
            }
            let all = NoteFilter::default();
            let found = sqlite.store.notes(all.clone(), None, 999).await.unwrap();
            assert_eq!(found, memory.store.notes(all, None, 999).await.unwrap());
        });
    }

    /// The provided `patch` and `links` are those of the reference store.
    #[test]
    fn provided_methods_are_the_reference_ones(steps in vec(step(), 1..60)) {
        run(async {
            let (plain, memory) = (Ground::new(Plain::default()), Ground::new(Memory::new()));
            for step in steps.iter().filter(|step| !matches!(step, Step::Batch(..))) {
                let (found, wanted) = (take(&plain, step).await, take(&memory, step).await);
                assert_eq!(found, wanted, "after {step:?}");
            }
            for (found, wanted) in everything(&plain).await.iter().zip(everything(&memory).await) {
                // Who keeps nothing pending lists nothing: that much is provided.
                if !wanted.starts_with("pending") {
                    assert_eq!(*found, wanted);
                }
            }
        });
    }
}

/// The laws above would not notice a store that refuses everything; this counts what they do.
#[test]
fn the_random_steps_do_something() {
    use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    run(async {
        let (mut changed, mut refused, mut pending) = (0, 0, 0);
        for _ in 0..20 {
            let steps = vec(step(), 40).new_tree(&mut runner).unwrap().current();
            let memory = Ground::new(Memory::new());
            for step in &steps {
                let told = take(&memory, step).await;
                changed += usize::from(told.contains("changed: true"));
                refused += usize::from(told.starts_with("Err"));
                pending += usize::from(told.contains("pending: [\""));
            }
        }
        assert!(
            changed > 200 && refused > 200 && pending > 50,
            "{changed} {refused} {pending}"
        );
    });
}
