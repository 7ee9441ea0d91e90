//! Rehearsals: what a write would do, told without doing it.

use std::future::Future;

use crate::{Record, Result, Store, Write, Written};

/// What a write would do now.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// The resource as it is, with the links that the write's cause wants; `None` if there is none.
    pub before: Option<Record>,
    /// What the write would answer. The number of the change is the one it would have had; the next
    /// write gets it.
    pub written: Written,
}

/// A store that can say what a write would do.
///
/// A rehearsal is decided by the same code and inside the same kind of transaction as the write, and
/// ends with nothing done: no row, no version, no change, no note, no binding of a pending reference,
/// and nobody is told.
///
/// ```
/// use enroll_filter::LinkPlan;
/// use enroll_schema::{Document, Mode, ResourceId, Schemas, Timestamp};
/// use enroll_store::{Cause, Draft, Memory, Rehearse, RequestId, Store, Target, Want, Write};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (schemas, store) = (Schemas::standard(), Memory::new());
/// let user = schemas.named("User").unwrap();
/// let body = json!({"schemas": [user.schema().as_str()], "userName": "ada"});
/// let document = Document::read(user, body, Mode::Strict)?.document;
/// let draft = Draft { id: ResourceId::new("u1")?, document, links: LinkPlan::default() };
/// let cause = Cause {
///     request: RequestId::new("req_1"),
///     at: Timestamp::from_millis(0),
///     unique: Vec::new(),
///     want: Want::Omit,
///     note: None,
/// };
/// let rehearsed = store.rehearse(Write::Create(user.clone(), draft, cause)).await?;
/// assert!(rehearsed.before.is_none() && rehearsed.written.changed);
///
/// let target = Target { kind: user.clone(), id: ResourceId::new("u1")? };
/// assert!(store.get(target, Want::Omit).await?.is_none());
/// # Ok(())
/// # }
/// ```
pub trait Rehearse: Store {
    /// Says what a write would do, and does nothing; refuses what the write would refuse.
    fn rehearse(&self, write: Write) -> impl Future<Output = Result<Rehearsed>> + Send;
}
