//! The verbs as methods, for an application that keeps people and groups in the same directory.

use std::sync::Arc;

use enroll_quirks::Dialect;
use enroll_schema::{
    Error, ErrorKind, Group, ListResponse, Meta, PatchOp, ResourceId, Result, SearchRequest, User,
};
use enroll_store::{RequestId, Store};
use serde::{Serialize, de::DeserializeOwned};

use crate::{call::Call, directory::Directory, reply::Reply};

/// A resource as a struct; [`User`] and [`Group`] are, and so may be your own for a type of your own.
pub trait Resource: Serialize + DeserializeOwned {
    /// The path of its type: `/Users`.
    const ENDPOINT: &'static str;

    /// Returns what the service provider said of it.
    fn meta(&self) -> Option<&Meta>;
}

impl Resource for User {
    const ENDPOINT: &'static str = "/Users";

    fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }
}

impl Resource for Group {
    const ENDPOINT: &'static str = "/Groups";

    fn meta(&self) -> Option<&Meta> {
        self.meta.as_ref()
    }
}

/// The same verbs, rules and refusals as over [`Directory::handle`], spoken strictly
/// ([`Dialect::Strict`]), with structs instead of bytes. Locations are relative: `/Users/2819`.
impl<S: Store> Directory<S> {
    /// Creates a resource and returns it as it is now (RFC 7644 §3.3).
    ///
    /// # Errors
    /// `uniqueness` when its name is taken; what else a POST is refused for.
    pub async fn create<R: Resource>(&self, resource: &R) -> Result<R> {
        let call = Call::new("POST", R::ENDPOINT).body(bytes(resource)?);
        read(self.ask(call).await?).await
    }

    /// Returns a resource with all its members (RFC 7644 §3.4.1).
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn get<R: Resource>(&self, id: &ResourceId) -> Result<R> {
        read(self.ask(Call::new("GET", &path::<R>(id))).await?).await
    }

    /// Returns a page of the resources that `search` asks for (RFC 7644 §3.4.3).
    ///
    /// # Errors
    /// `invalidFilter`, `invalidValue` when it asks for what there is not; also when `attributes`
    /// leave out what the struct must have.
    pub async fn search<R: Resource>(&self, search: &SearchRequest) -> Result<ListResponse<R>> {
        let path = [R::ENDPOINT, "/.search"].concat();
        let call = Call::new("POST", &path).body(bytes(search)?);
        read(self.ask(call).await?).await
    }

    /// Puts `resource` in the place of what is there, and returns it as it is now (RFC 7644 §3.5.1).
    ///
    /// One that was read before says by its `meta.version` what it stands in place of; without a
    /// version the last writer wins.
    ///
    /// # Errors
    /// `PreconditionFailed` when somebody else has written since it was read; `NotFound`; what else a
    /// PUT is refused for.
    pub async fn replace<R: Resource>(&self, id: &ResourceId, resource: &R) -> Result<R> {
        let mut call = Call::new("PUT", &path::<R>(id)).body(bytes(resource)?);
        call.headers.if_match = resource.meta().and_then(|meta| meta.version.clone());
        read(self.ask(call).await?).await
    }

    /// Changes a resource; all operations or none (RFC 7644 §3.5.2).
    ///
    /// # Errors
    /// `NotFound`, and what else a PATCH is refused for, the operation named by its index.
    pub async fn patch<R: Resource>(&self, id: &ResourceId, change: &PatchOp) -> Result<()> {
        let call = Call::new("PATCH", &path::<R>(id)).body(bytes(change)?);
        self.ask(call).await.map(drop)
    }

    /// Deletes a resource (RFC 7644 §3.6).
    ///
    /// # Errors
    /// `NotFound` when there is none, also when it was deleted before.
    pub async fn delete<R: Resource>(&self, id: &ResourceId) -> Result<()> {
        self.ask(Call::new("DELETE", &path::<R>(id)))
            .await
            .map(drop)
    }

    async fn ask(&self, call: Call) -> Result<Reply> {
        let call = Call {
            request: RequestId::new(format!("req_{}", self.core().new_id().as_str())),
            dialect: Dialect::Strict,
            base_url: Arc::from(""),
            ..call
        };
        let mut reply = self.handle(&call).await;
        match reply.log.error.take() {
            Some(error) => Err(error),
            None => Ok(reply),
        }
    }
}

fn path<R: Resource>(id: &ResourceId) -> String {
    [R::ENDPOINT, "/", id.as_str()].concat()
}

fn bytes(message: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(message)
        .map_err(|broken| Error::new(ErrorKind::InvalidSyntax, "this is no JSON").because(broken))
}

async fn read<T: DeserializeOwned>(reply: Reply) -> Result<T> {
    let body = reply.body.collect().await?;
    serde_json::from_slice(&body).map_err(|broken| {
        Error::new(
            ErrorKind::InvalidValue,
            "the resource does not fit the struct",
        )
        .because(broken)
    })
}
