//! The resource types a directory knows.

use crate::{Attribute, ResourceType, Urn};

/// All resource types and schemas of a service provider.
#[derive(Clone, Debug)]
pub struct Schemas {
    types: Vec<ResourceType>,
}

impl Schemas {
    /// Returns User with the enterprise extension, and Group (RFC 7643 §4).
    pub fn standard() -> Self {
        todo!("owner: schema")
    }

    /// Adds an extension with `attributes` to the resource type called `type_name`.
    ///
    /// # Errors
    /// `invalidValue` when there is no such type or the URN is taken.
    pub fn with_extension(self, type_name: &str, urn: Urn, required: bool, attributes: Vec<Attribute>) -> crate::Result<Self> {
        let _ = (type_name, urn, required, attributes);
        todo!("owner: schema")
    }

    /// Returns the resource types in the order of `/ResourceTypes`.
    pub fn types(&self) -> &[ResourceType] {
        &self.types
    }

    /// Finds a type by the first segment of a path, for instance `Users`; letter case counts.
    pub fn endpoint(&self, segment: &str) -> Option<&ResourceType> {
        self.types.iter().find(|t| t.endpoint().strip_prefix('/') == Some(segment))
    }

    /// Finds a type by name, for instance `User`.
    pub fn named(&self, name: &str) -> Option<&ResourceType> {
        self.types.iter().find(|t| t.name() == name)
    }
}
