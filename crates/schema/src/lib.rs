//! The words of RFC 7643, as types and tables.

mod attribute;
mod document;
mod error;
pub mod fold;
mod id;
pub mod json;
pub mod limits;
mod name;
mod resource_type;
mod schemas;
mod shown;
mod standard;
mod timestamp;
pub mod urns;

pub use attribute::{Attribute, Kind, Mutability, Relation, Returned, Uniqueness};
pub use document::{Canonical, Document, Incoming, Mode};
pub use error::{Error, ErrorKind, Result};
pub use id::{ExternalId, ResourceId, Version};
pub use name::{AttrName, Urn};
pub use resource_type::{AttrId, Extension, ResourceType};
pub use schemas::Schemas;
pub use timestamp::Timestamp;
