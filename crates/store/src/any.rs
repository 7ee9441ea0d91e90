//! A store that is chosen at run time.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use enroll_filter::Plan;
use enroll_schema::ResourceType;

use crate::{
    Cause, Dated, Draft, Expected, LinkKey, LinkPage, Page, Pending, Query, Record, Result, Store,
    Target, Want, Write, Written,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Any [`Store`], its type forgotten: for those who choose one at run time, at the price of an
/// allocation a call.
///
/// ```
/// use enroll_store::{AnyStore, Memory};
///
/// let stores = [AnyStore::new(Memory::new()), AnyStore::new(Memory::new())];
/// # let _ = stores;
/// ```
#[derive(Clone)]
pub struct AnyStore(Arc<dyn Erased>);

impl AnyStore {
    /// Forgets the type of a store.
    pub fn new(store: impl Store) -> Self {
        Self(Arc::new(store))
    }
}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// [`Store`] with boxed futures, which may stand behind `dyn`.
trait Erased: fmt::Debug + Send + Sync {
    fn get(&self, target: Target, want: Want) -> Boxed<'_, Result<Option<Record>>>;
    fn find(&self, query: Query) -> Boxed<'_, Result<Page>>;
    fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Boxed<'_, Result<Written>>;
    fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Boxed<'_, Result<Written>>;
    fn delete(
        &self,
        target: Target,
        expected: Expected,
        cause: Cause,
    ) -> Boxed<'_, Result<Written>>;
    fn patch(
        &self,
        target: Target,
        expected: Expected,
        plan: Arc<Plan>,
        cause: Cause,
    ) -> Boxed<'_, Result<Written>>;
    fn links(&self, target: Target, after: LinkKey, most: u32) -> Boxed<'_, Result<LinkPage>>;
    fn batch(
        &self,
        units: Vec<Vec<Write>>,
        errors_max: Option<u32>,
    ) -> Boxed<'_, Vec<Vec<Result<Written>>>>;
    fn pending(&self, group: Option<Target>, most: u32) -> Boxed<'_, Result<Vec<Pending>>>;
    fn dated(&self, dates: Vec<Dated>) -> Boxed<'_, Result<bool>>;
}

impl<S: Store> Erased for S {
    fn get(&self, target: Target, want: Want) -> Boxed<'_, Result<Option<Record>>> {
        Box::pin(Store::get(self, target, want))
    }

    fn find(&self, query: Query) -> Boxed<'_, Result<Page>> {
        Box::pin(Store::find(self, query))
    }

    fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Boxed<'_, Result<Written>> {
        Box::pin(Store::create(self, kind, draft, cause))
    }

    fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Boxed<'_, Result<Written>> {
        Box::pin(Store::replace(self, target, expected, draft, cause))
    }

    fn delete(
        &self,
        target: Target,
        expected: Expected,
        cause: Cause,
    ) -> Boxed<'_, Result<Written>> {
        Box::pin(Store::delete(self, target, expected, cause))
    }

    fn patch(
        &self,
        target: Target,
        expected: Expected,
        plan: Arc<Plan>,
        cause: Cause,
    ) -> Boxed<'_, Result<Written>> {
        Box::pin(Store::patch(self, target, expected, plan, cause))
    }

    fn links(&self, target: Target, after: LinkKey, most: u32) -> Boxed<'_, Result<LinkPage>> {
        Box::pin(Store::links(self, target, after, most))
    }

    fn batch(
        &self,
        units: Vec<Vec<Write>>,
        errors_max: Option<u32>,
    ) -> Boxed<'_, Vec<Vec<Result<Written>>>> {
        Box::pin(Store::batch(self, units, errors_max))
    }

    fn pending(&self, group: Option<Target>, most: u32) -> Boxed<'_, Result<Vec<Pending>>> {
        Box::pin(Store::pending(self, group, most))
    }

    fn dated(&self, dates: Vec<Dated>) -> Boxed<'_, Result<bool>> {
        Box::pin(Store::dated(self, dates))
    }
}

// A method that is not handed on would be done the provided, slow way.
#[deny(clippy::missing_trait_methods)]
impl Store for AnyStore {
    async fn get(&self, target: Target, want: Want) -> Result<Option<Record>> {
        Erased::get(&*self.0, target, want).await
    }

    async fn find(&self, query: Query) -> Result<Page> {
        Erased::find(&*self.0, query).await
    }

    async fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Result<Written> {
        Erased::create(&*self.0, kind, draft, cause).await
    }

    async fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Result<Written> {
        Erased::replace(&*self.0, target, expected, draft, cause).await
    }

    async fn delete(&self, target: Target, expected: Expected, cause: Cause) -> Result<Written> {
        Erased::delete(&*self.0, target, expected, cause).await
    }

    async fn patch(
        &self,
        target: Target,
        expected: Expected,
        plan: Arc<Plan>,
        cause: Cause,
    ) -> Result<Written> {
        Erased::patch(&*self.0, target, expected, plan, cause).await
    }

    async fn links(&self, target: Target, after: LinkKey, most: u32) -> Result<LinkPage> {
        Erased::links(&*self.0, target, after, most).await
    }

    async fn batch(
        &self,
        units: Vec<Vec<Write>>,
        errors_max: Option<u32>,
    ) -> Vec<Vec<Result<Written>>> {
        Erased::batch(&*self.0, units, errors_max).await
    }

    async fn pending(&self, group: Option<Target>, most: u32) -> Result<Vec<Pending>> {
        Erased::pending(&*self.0, group, most).await
    }

    async fn dated(&self, dates: Vec<Dated>) -> Result<bool> {
        Erased::dated(&*self.0, dates).await
    }
}
