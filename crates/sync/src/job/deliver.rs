//! How an item reaches the application: beside the ledger, or by a call.

use std::future::Future;

use enroll_store::TenantId;

use crate::{
    AccountSink, Answer, AnySink, Capabilities, Claim, Fence, Joined, Ledger, LedgerError, Settled,
    SubjectKind,
};

/// Brings an item to the application and writes down what it answered.
pub trait Deliver<L: Ledger>: Send + Sync + 'static {
    /// Applies the item and settles it.
    fn deliver(
        &self,
        ledger: &L,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
    ) -> impl Future<Output = Result<Settled, LedgerError>> + Send;

    /// Tells whether effect and settlement are one transaction, so that no call is ever in flight.
    fn is_joined(&self) -> bool;

    /// Returns the fixed catalogue the application brings along, if it does.
    fn capabilities(&self) -> Option<Capabilities>;
}

/// Accounts and access groups beside the ledger, in the same transaction: every effect happens
/// exactly once.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn;

impl<L: Joined> Deliver<L> for BuiltIn {
    async fn deliver(
        &self,
        ledger: &L,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
    ) -> Result<Settled, LedgerError> {
        ledger.apply_and_settle(tenant, fence, claim).await
    }

    fn is_joined(&self) -> bool {
        true
    }

    fn capabilities(&self) -> Option<Capabilities> {
        None
    }
}

/// An application behind an [`AccountSink`]: called first, written down afterwards.
#[derive(Clone, Debug)]
pub struct Outside<S>(pub S);

impl<L: Ledger, S: AccountSink> Deliver<L> for Outside<S> {
    async fn deliver(
        &self,
        ledger: &L,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
    ) -> Result<Settled, LedgerError> {
        let answer = match claim.item.subject.kind {
            SubjectKind::Person => Answer::Account(self.0.apply(&claim.item).await),
            SubjectKind::Group => Answer::Group(self.0.apply_group(&claim.item).await),
        };
        ledger.settle(tenant, fence, claim, answer).await
    }

    fn is_joined(&self) -> bool {
        false
    }

    fn capabilities(&self) -> Option<Capabilities> {
        Some(self.0.capabilities()).filter(Capabilities::is_fixed)
    }
}

/// Either of the two, chosen at run time.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// [`BuiltIn`].
    BuiltIn,
    /// [`Outside`], whatever it is.
    Sink(AnySink),
}

impl<L: Joined> Deliver<L> for Delivery {
    async fn deliver(
        &self,
        ledger: &L,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
    ) -> Result<Settled, LedgerError> {
        match self {
            Self::BuiltIn => BuiltIn.deliver(ledger, tenant, fence, claim).await,
            Self::Sink(sink) => {
                Outside(sink.clone())
                    .deliver(ledger, tenant, fence, claim)
                    .await
            }
        }
    }

    fn is_joined(&self) -> bool {
        matches!(self, Self::BuiltIn)
    }

    fn capabilities(&self) -> Option<Capabilities> {
        match self {
            Self::BuiltIn => None,
            Self::Sink(sink) => Deliver::<L>::capabilities(&Outside(sink.clone())),
        }
    }
}
