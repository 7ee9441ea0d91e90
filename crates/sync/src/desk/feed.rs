//! The feed of a tenant's changes, and the whole they come to (sync §6.3).

use std::collections::BTreeSet;

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};

use super::Desk;
use crate::{Accounts, EventKind, FeedEvent, Ledger, MirrorKey, Mirrored, SyncError};

/// A stretch of the feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// In order.
    pub events: Vec<FeedEvent>,
    /// The number up to which the feed was read: go on after it, even when no event was wanted.
    pub last: u64,
    /// Whether there is more already.
    pub more: bool,
}

/// A page of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The number of the last change when the first page was read. Rows may be newer; each says its
    /// own number. Whoever reads all pages, then hears every change after this number and skips
    /// those that are not above the row's, misses nothing and repeats nothing.
    pub seq: u64,
    /// By key.
    pub rows: Vec<Mirrored>,
}

/// A place in the feed that cannot be read any more: changes after it are forgotten, or the
/// database is older than the place (it was restored).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Lists at most `most` events after number `after`; of these kinds only, unless there are
    /// none.
    ///
    /// # Errors
    /// When the ledger fails. The inner error: start anew with [`Desk::whole`].
    pub async fn events(
        &self,
        tenant: &TenantId,
        after: u64,
        kinds: &BTreeSet<EventKind>,
        most: usize,
    ) -> Result<Result<Stretch, Gone>, SyncError> {
        // The end is read first: a change that comes meanwhile is seen as more, never as a gap.
        let end = self.ledger.counts(tenant).await?.seq;
        if after > end {
            return Ok(Err(Gone));
        }
        let (mut events, mut last) = (Vec::new(), after);
        let page = if kinds.is_empty() { most } else { PAGE };
        let page = u32::try_from(page).unwrap_or(u32::MAX);
        for _ in 0..PAGES_MAX {
            let found = self.ledger.happened(tenant, last, page).await?;
            match found.first() {
                Some(first) if first.seq == last + 1 => {}
                None if last >= end => break,
                _ => return Ok(Err(Gone)),
            }
            for happened in found {
                last = happened.seq;
                let event = FeedEvent::of(happened);
                events.extend(event.filter(|e| kinds.is_empty() || kinds.contains(&e.kind)));
                if events.len() >= most {
                    break;
                }
            }
            if events.len() >= most {
                break;
            }
        }
        let more = last < end;
        Ok(Ok(Stretch { events, last, more }))
    }

    /// Reads a page of everything as the changes so far leave it; `seq` is that of the first page,
    /// none for the first page itself.
    ///
    /// # Errors
    /// When the ledger fails. The inner error: changes after `seq` are forgotten.
    pub async fn whole(
        &self,
        tenant: &TenantId,
        after: Option<MirrorKey>,
        seq: Option<u64>,
        most: u32,
    ) -> Result<Result<Whole, Gone>, SyncError> {
        // Before the rows: a change that comes in between is in them or after this number, or both.
        let end = self.ledger.counts(tenant).await?.seq;
        let seq = seq.unwrap_or(end);
        if self.is_gone(tenant, seq, end).await? {
            return Ok(Err(Gone));
        }
        let rows = self.ledger.mirrored(tenant, after, most).await?;
        Ok(Ok(Whole { seq, rows }))
    }

    /// Tells whether changes after `seq` are forgotten, or `seq` never was.
    async fn is_gone(&self, tenant: &TenantId, seq: u64, end: u64) -> Result<bool, SyncError> {
        if seq >= end {
            return Ok(seq > end);
        }
        let next = self.ledger.happened(tenant, seq, 1).await?;
        Ok(next.first().is_none_or(|next| next.seq != seq + 1))
    }

    /// Forgets what happened before an instant; returns how many changes went. What they came to,
    /// counts of removals, and decisions stay.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn forget_events(
        &self,
        tenant: &TenantId,
        before: Timestamp,
    ) -> Result<u64, SyncError> {
        let upto = self.before(tenant, before).await?;
        let (mut gone, mut done) = (0, 0);
        while done < upto {
            let first = self.ledger.happened(tenant, done, 1).await?;
            let Some(first) = first.first() else { break };
            // In small steps, so that nobody waits for a long one.
            done = upto.min(first.seq.saturating_add(FORGET_STEP));
            gone += self.ledger.forget_happened(tenant, done).await?;
        }
        Ok(gone)
    }
}

/// Changes read at once when not all are wanted.
const PAGE: usize = 500;
/// Reads of one call; the next call goes on.
const PAGES_MAX: u32 = 10;
/// Changes forgotten in one transaction.
const FORGET_STEP: u64 = 1_000;
