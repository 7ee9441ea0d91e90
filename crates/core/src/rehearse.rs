//! A call answered without effect: through the same code, over a store that only rehearses.

use std::sync::{Arc, Mutex, PoisonError};

use enroll_filter::Plan;
use enroll_schema::ResourceType;
use enroll_store::{
    Cause, Draft, Expected, LinkKey, LinkPage, Note, Page, Pending, Query, Record, Rehearse,
    Rehearsed, Result, Store, Target, Want, Write, Written,
};

use crate::{call::Call, directory::Directory, reply::Reply};

/// Most links of a resource that a rehearsal compares one by one; of more it tells the number.
pub(crate) const LINKS_COMPARED_MAX: u32 = 1_000;

/// What a call would be answered, and what it would do.
#[derive(Debug)]
pub struct Rehearsal {
    /// The answer, without its body: a body shows what is there, and nothing was put there.
    pub reply: Reply,
    /// The line that the request log would get.
    pub line: Option<Note>,
    /// What the call would write; `None` for a read and for a refusal.
    pub written: Option<Rehearsed>,
}

impl<S: Rehearse> Directory<S> {
    /// Answers a call as [`Directory::handle`] would, and does nothing: no row, no change, no line.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use enroll_core::{Call, Directory, Options};
    /// use enroll_schema::{ResourceId, Schemas, Timestamp};
    /// use enroll_store::Memory;
    ///
    /// # fn wait<T>(f: impl Future<Output = T>) -> T {
    /// #     use std::{pin::pin, task::{Context, Poll, Waker}};
    /// #     match pin!(f).poll(&mut Context::from_waker(Waker::noop())) {
    /// #         Poll::Ready(value) => value,
    /// #         Poll::Pending => unreachable!("Memory never waits"),
    /// #     }
    /// # }
    /// let id = || ResourceId::new("u1").unwrap();
    /// let options = Options::new(|| Timestamp::from_millis(0), id);
    /// let directory = Directory::new(Arc::new(Schemas::standard()), Memory::new(), options);
    /// let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}"#;
    /// let rehearsal = wait(directory.rehearse(&Call::new("POST", "/Users").body(body)));
    /// assert_eq!(rehearsal.reply.status, 201);
    /// assert!(rehearsal.written.unwrap().written.changed);
    /// assert_eq!(wait(directory.handle(&Call::new("GET", "/Users/u1"))).status, 404);
    /// ```
    pub async fn rehearse(&self, call: &Call) -> Rehearsal {
        let stage = Stage {
            store: self.store.clone(),
            seen: Arc::default(),
        };
        let call = Call {
            noted: true,
            ..call.clone()
        };
        let mut reply = self.core.directory(stage.clone()).handle(&call).await;
        reply.body = crate::reply::Body::Empty;
        let Seen { note, rehearsed } = stage.take();
        let written = rehearsed.filter(|_| reply.status < 300);
        let line = reply.log.note.take().or(note);
        Rehearsal {
            reply,
            line,
            written,
        }
    }
}

/// A store whose writes are rehearsals.
#[derive(Clone, Debug)]
struct Stage<S> {
    store: S,
    seen: Arc<Mutex<Seen>>,
}

/// What the last write was.
#[derive(Debug, Default)]
struct Seen {
    note: Option<Note>,
    rehearsed: Option<Rehearsed>,
}

impl<S: Rehearse> Stage<S> {
    fn take(&self) -> Seen {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *seen)
    }

    /// Rehearses a write that shall answer what `want` says, and keeps more than that to be compared.
    async fn play(&self, mut write: Write) -> Result<Written> {
        let cause = match &mut write {
            Write::Create(_, _, cause)
            | Write::Replace(_, _, _, cause)
            | Write::Patch(_, _, _, cause)
            | Write::Delete(_, _, cause) => cause,
        };
        let want = cause.want;
        let compared = match want {
            Want::UpTo(most) => most.max(LINKS_COMPARED_MAX),
            Want::Omit => LINKS_COMPARED_MAX,
        };
        cause.want = Want::UpTo(compared);
        let note = cause.note.clone();
        let rehearsed = self.store.rehearse(write).await?;
        let mut written = rehearsed.written.clone();
        written.record = written.record.map(|record| record.limited(want));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Seen {
            note,
            rehearsed: Some(rehearsed),
        };
        Ok(written)
    }
}

impl<S: Rehearse> Store for Stage<S> {
    async fn get(&self, target: Target, want: Want) -> Result<Option<Record>> {
        self.store.get(target, want).await
    }

    async fn find(&self, query: Query) -> Result<Page> {
        self.store.find(query).await
    }

    async fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Result<Written> {
        self.play(Write::Create(kind, draft, cause)).await
    }

    async fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Result<Written> {
        self.play(Write::Replace(target, expected, draft, cause))
            .await
    }

    async fn delete(&self, target: Target, expected: Expected, cause: Cause) -> Result<Written> {
        self.play(Write::Delete(target, expected, cause)).await
    }

    async fn patch(
        &self,
        target: Target,
        expected: Expected,
        plan: Arc<Plan>,
        cause: Cause,
    ) -> Result<Written> {
        self.play(Write::Patch(target, expected, plan, cause)).await
    }

    async fn links(&self, target: Target, after: LinkKey, most: u32) -> Result<LinkPage> {
        self.store.links(target, after, most).await
    }

    async fn pending(&self, group: Option<Target>, most: u32) -> Result<Vec<Pending>> {
        self.store.pending(group, most).await
    }
}
