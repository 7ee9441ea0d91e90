//! The contract.

use std::{fmt, future::Future, sync::Arc};

use enroll_filter::Plan;
use enroll_schema::ResourceType;

use crate::{
    Cause, Dated, Draft, Expected, LinkKey, LinkPage, Page, Pending, Query, Record, Result, Target,
    Want, Write, Written, provided,
};

/// One directory of resources. A value of a store *is* one directory: no method takes a tenant (threat B4).
///
/// Every write is one transaction: document, unique keys, links, version, change row and note, all or none (threat D3).
/// A write that changes nothing writes no version and no change row.
pub trait Store: fmt::Debug + Clone + Send + Sync + 'static {
    /// Reads one resource.
    fn get(
        &self,
        target: Target,
        want: Want,
    ) -> impl Future<Output = Result<Option<Record>>> + Send;

    /// Reads one page of a search.
    fn find(&self, query: Query) -> impl Future<Output = Result<Page>> + Send;

    /// Creates a resource.
    fn create(
        &self,
        kind: ResourceType,
        draft: Draft,
        cause: Cause,
    ) -> impl Future<Output = Result<Written>> + Send;

    /// Replaces document and links of a resource; its id in `draft` is ignored.
    fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> impl Future<Output = Result<Written>> + Send;

    /// Deletes a resource with its links; its id never returns, its names are free at once.
    fn delete(
        &self,
        target: Target,
        expected: Expected,
        cause: Cause,
    ) -> impl Future<Output = Result<Written>> + Send;

    /// Applies a PATCH.
    ///
    /// Provided: reads, applies, replaces, and starts again when the version moved. Override it to apply the plan inside one
    /// transaction without reading the links.
    fn patch(
        &self,
        target: Target,
        expected: Expected,
        plan: Arc<Plan>,
        cause: Cause,
    ) -> impl Future<Output = Result<Written>> + Send {
        provided::patch_by_replace(self, target, expected, plan, cause)
    }

    /// Reads links by key: a group's members, or a user's groups.
    ///
    /// Provided: cut from [`Store::get`]. Override it when groups are large.
    fn links(
        &self,
        target: Target,
        after: LinkKey,
        most: u32,
    ) -> impl Future<Output = Result<LinkPage>> + Send {
        provided::links_by_get(self, target, after, most)
    }

    /// Does several units of writes, each all or none; stops after `errors_max` units failed (RFC 7644 §3.7).
    ///
    /// Provided: one write after the other, each its own unit of effect.
    fn batch(
        &self,
        units: Vec<Vec<Write>>,
        errors_max: Option<u32>,
    ) -> impl Future<Output = Vec<Vec<Result<Written>>>> + Send {
        provided::batch_one_by_one(self, units, errors_max)
    }

    /// Lists the pending references of a group, or of all groups (E-18). Provided: none, for stores that refuse unknown members.
    fn pending(
        &self,
        group: Option<Target>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Pending>>> + Send {
        let _ = (group, most);
        async { Ok(Vec::new()) }
    }

    /// Sets when resources were created and last changed: for what was brought here from elsewhere
    /// and keeps its dates. Neither version nor change row; what is not here is passed over. Answers
    /// whether dates are kept at all. Provided: they are not.
    fn dated(&self, dates: Vec<Dated>) -> impl Future<Output = Result<bool>> + Send {
        let _ = dates;
        async { Ok(false) }
    }
}
