//! The resource types a directory knows, and the schemas they are made of.

use serde_json::{Value, json};

use crate::{
    Attribute, Error, ErrorKind, Extension, ResourceType, Result, Urn, resource_type::Parts,
    standard, urns,
};

/// One schema: what `/Schemas` shows of it.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) urn: Urn,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) attributes: Vec<Attribute>,
}

/// All resource types and schemas of a service provider.
///
/// Cheap enough to build once and share; nothing in it ever changes.
#[derive(Clone, Debug)]
pub struct Schemas {
    types: Vec<ResourceType>,
    definitions: Vec<Definition>,
}

impl Schemas {
    /// Returns User with the enterprise extension, and Group (RFC 7643 §4).
    pub fn standard() -> Self {
        let (user, group, enterprise) =
            (standard::user(), standard::group(), standard::enterprise());
        let types = vec![
            resource_type("/Users", &user, &[(&enterprise, false)]),
            resource_type("/Groups", &group, &[]),
        ];
        let [config, kind, schema] = standard::discovery();
        Self {
            types,
            definitions: vec![user, group, enterprise, config, kind, schema],
        }
    }

    /// Adds an extension with `attributes` to the resource type called `type_name`.
    ///
    /// # Errors
    /// `invalidValue` when there is no such type, the URN is taken or is no `urn:` URI, an attribute
    /// is named twice, or [`Attribute::check`] refuses one.
    pub fn with_extension(
        mut self,
        type_name: &str,
        urn: Urn,
        required: bool,
        attributes: Vec<Attribute>,
    ) -> Result<Self> {
        let bad = |detail: String| Error::new(ErrorKind::InvalidValue, detail);
        if !urn
            .as_str()
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
        {
            return Err(bad(format!(
                "a schema URI starts with urn:, {urn} does not"
            )));
        }
        if self.definitions.iter().any(|known| known.urn == urn) {
            return Err(bad(format!("the schema {urn} is there already")));
        }
        attributes.iter().try_for_each(Attribute::check)?;
        let mut names: Vec<_> = attributes.iter().map(|attribute| &attribute.name).collect();
        names.sort();
        if let Some([twice, _]) = names.array_windows().find(|[one, next]| one == next) {
            return Err(bad(format!("{urn}:{twice} is defined twice")));
        }
        if let Some(related) = attributes.iter().find(|a| a.relation.is_some()) {
            return Err(bad(format!("{urn}:{} cannot be a relation", related.name)));
        }
        let kind = self
            .types
            .iter_mut()
            .find(|kind| kind.name() == type_name)
            .ok_or_else(|| bad(format!("there is no resource type {type_name}")))?;
        let extension = Extension {
            urn: urn.clone(),
            required,
        };
        *kind = kind.extended(extension, attributes.clone())?;
        self.definitions.push(Definition {
            name: urn
                .as_str()
                .rsplit(':')
                .next()
                .unwrap_or_default()
                .to_owned(),
            description: format!("Extension of {type_name}"),
            urn,
            attributes,
        });
        Ok(self)
    }

    /// Leaves out the resource type called `type_name`, and the schemas that only it has: for a service
    /// provider that keeps users alone.
    pub fn without(mut self, type_name: &str) -> Self {
        let (gone, left): (Vec<_>, Vec<_>) = self
            .types
            .into_iter()
            .partition(|kind| kind.name() == type_name);
        let has = |kinds: &[ResourceType], urn: &Urn| kinds.iter().any(|kind| kind.has_schema(urn));
        self.definitions
            .retain(|known| !has(&gone, &known.urn) || has(&left, &known.urn));
        self.types = left;
        self
    }

    /// Returns the resource types in the order of `/ResourceTypes`.
    pub fn types(&self) -> &[ResourceType] {
        &self.types
    }

    /// Finds a type by the first segment of a path, for instance `Users`; letter case counts.
    pub fn endpoint(&self, segment: &str) -> Option<&ResourceType> {
        self.types
            .iter()
            .find(|kind| kind.endpoint().strip_prefix('/') == Some(segment))
    }

    /// Finds a type by name, for instance `User`.
    pub fn named(&self, name: &str) -> Option<&ResourceType> {
        self.types.iter().find(|kind| kind.name() == name)
    }

    /// Returns the documents of `/Schemas`, without `meta`, which names the server (RFC 7643 §7).
    pub fn schema_resources(&self) -> Vec<Value> {
        self.definitions.iter().map(schema_resource).collect()
    }

    /// Returns the documents of `/ResourceTypes`, without `meta` (RFC 7643 §6).
    pub fn resource_type_resources(&self) -> Vec<Value> {
        self.types.iter().map(resource_type_resource).collect()
    }
}

fn resource_type(
    endpoint: &str,
    base: &Definition,
    extensions: &[(&Definition, bool)],
) -> ResourceType {
    let extension = |(definition, required): &(&Definition, bool)| {
        (
            Extension {
                urn: definition.urn.clone(),
                required: *required,
            },
            definition.attributes.clone(),
        )
    };
    ResourceType::build(Parts {
        name: base.name.clone(),
        endpoint: endpoint.to_owned(),
        description: base.description.clone(),
        schema: base.urn.clone(),
        attributes: base.attributes.clone(),
        extensions: extensions.iter().map(extension).collect(),
    })
}

fn schema_resource(definition: &Definition) -> Value {
    json!({
        "schemas": [urns::SCHEMA],
        "id": definition.urn.as_str(),
        "name": definition.name,
        "description": definition.description,
        "attributes": definition.attributes.iter().map(Attribute::to_json).collect::<Vec<_>>(),
    })
}

fn resource_type_resource(kind: &ResourceType) -> Value {
    let extension = |Extension { urn, required }: &Extension| json!({ "schema": urn.as_str(), "required": required });
    let mut resource = json!({
        "schemas": [urns::RESOURCE_TYPE],
        "id": kind.name(),
        "name": kind.name(),
        "description": kind.description(),
        "endpoint": kind.endpoint(),
        "schema": kind.schema().as_str(),
    });
    if let (Some(map), false) = (resource.as_object_mut(), kind.extensions().is_empty()) {
        let list = kind.extensions().iter().map(extension).collect();
        map.insert("schemaExtensions".to_owned(), Value::Array(list));
    }
    resource
}
