//! The standard schemas as tables: RFC 7643 with errata applied, one row per attribute.

mod common;
mod config;
mod enterprise;
mod group;
mod row;
mod user;

use row::Row;

use crate::{Attribute, Mutability, Urn, schemas::Definition, urns};

/// Returns the attributes that every resource has.
pub(crate) fn common() -> Vec<Attribute> {
    common::COMMON.iter().map(Row::build).collect()
}

/// Returns core User (RFC 7643 §4.1).
pub(crate) fn user() -> Definition {
    definition(urns::USER, "User", "User Account", user::USER)
}

/// Returns core Group (RFC 7643 §4.2).
pub(crate) fn group() -> Definition {
    definition(urns::GROUP, "Group", "Group", group::GROUP)
}

/// Returns the enterprise extension (RFC 7643 §4.3).
pub(crate) fn enterprise() -> Definition {
    definition(
        urns::ENTERPRISE,
        "EnterpriseUser",
        "Enterprise User",
        enterprise::ENTERPRISE,
    )
}

/// Returns the schemas of the discovery resources (RFC 7643 §5–§7), which nobody writes.
pub(crate) fn discovery() -> [Definition; 3] {
    [
        read_only(definition(
            urns::SERVICE_PROVIDER_CONFIG,
            "Service Provider Configuration",
            "Schema for representing the service provider's       configuration",
            config::SERVICE_PROVIDER_CONFIG,
        )),
        read_only(definition(
            urns::RESOURCE_TYPE,
            "ResourceType",
            "Specifies the schema that describes a SCIM       resource type",
            config::RESOURCE_TYPE,
        )),
        read_only(definition(
            urns::SCHEMA,
            "Schema",
            "Specifies the schema that describes a       SCIM schema",
            config::SCHEMA,
        )),
    ]
}

fn definition(urn: &str, name: &str, description: &str, rows: &[Row]) -> Definition {
    Definition {
        urn: Urn::from(urn),
        name: name.to_owned(),
        description: description.to_owned(),
        attributes: rows.iter().map(Row::build).collect(),
    }
}

fn read_only(mut definition: Definition) -> Definition {
    // Three levels are all there are: Schema.attributes.subAttributes (RFC 7643 §7).
    for top in &mut definition.attributes {
        top.mutability = Mutability::ReadOnly;
        for sub in &mut top.sub {
            sub.mutability = Mutability::ReadOnly;
            sub.sub
                .iter_mut()
                .for_each(|third| third.mutability = Mutability::ReadOnly);
        }
    }
    definition
}
