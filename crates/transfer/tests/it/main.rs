//! The crate's face: lines in and out, and servers that page as they like.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::format_push_string,
    clippy::struct_excessive_bools,
    reason = "tests may fail loudly"
)]

mod lines;
mod server;

use enroll_schema::{Schemas, Timestamp};
use enroll_store::{Memory, RequestId};
use enroll_transfer::{Entry, Export, Prints, Take, Taken, take_in};

/// A directory, and what goes in and comes out.
struct World {
    schemas: Schemas,
    store: Memory,
}

impl World {
    fn new() -> Self {
        Self {
            schemas: Schemas::standard(),
            store: Memory::new(),
        }
    }

    async fn take(&self, lines: &str) -> Vec<Taken> {
        let take = Take {
            schemas: &self.schemas,
            request: RequestId::new("req_1"),
            now: Timestamp::from_millis(NOW),
        };
        take_in(&self.store, &take, lines.as_bytes()).await.unwrap()
    }

    async fn export(&self) -> String {
        let (mut all, mut next) = (String::new(), Some(Export::start()));
        while let Some(at) = next {
            assert_eq!(Export::at(&at.place()), Some(at.clone()));
            let page = at.page(&self.store, &self.schemas).await.unwrap();
            all.push_str(&page.lines);
            next = page.next;
        }
        all
    }

    fn prints(&self, lines: &str) -> Prints {
        let mut prints = Prints::default();
        for line in lines.lines() {
            if let Ok(Some(entry)) = Entry::read(&self.schemas, line.as_bytes()) {
                prints.add(&entry);
            }
        }
        prints
    }
}

/// 2026-01-01.
const NOW: i64 = 1_767_225_600_000;
