//! The face of the crate: the contract, over the reference store and over a tiny one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod tiny;

mod memory {
    use enroll_store::Memory;

    enroll_conformance::store_suite!(Memory::new());
    enroll_conformance::feed_suite!(Memory::new());
}

mod any {
    use enroll_store::{AnyStore, Memory};

    enroll_conformance::store_suite!(AnyStore::new(Memory::new()));
}

mod tiny_store {
    use crate::tiny::Tiny;

    enroll_conformance::store_suite!(users: Tiny::default());

    /// The suite notices a store that reads everybody to find one.
    #[tokio::test]
    #[should_panic(expected = "look it up with Query::pinned")]
    async fn scanning_for_a_user_name_is_noticed() {
        let tiny = Tiny::scanning();
        enroll_conformance::store::search::one_user_among_a_thousand_is_found_without_reading_them_all(tiny).await;
    }
}

mod directories;
