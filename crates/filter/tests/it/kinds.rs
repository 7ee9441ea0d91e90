//! The resource types the tables are written for.

use enroll_schema::{Attribute, Kind, ResourceType, Schemas, Urn};

pub(crate) const HR: &str = "urn:example:params:scim:schemas:extension:hr:2.0:User";

/// User with the enterprise extension and the tables' own `hr` extension, and Group.
pub(crate) fn schemas() -> Schemas {
    let badges = Attribute {
        multi: true,
        case_exact: true,
        ..Attribute::new("badges", Kind::String)
    };
    let attributes = vec![
        Attribute::new("level", Kind::Integer),
        Attribute::new("score", Kind::Decimal),
        badges,
        Attribute {
            case_exact: true,
            ..Attribute::new("tag", Kind::String)
        },
        Attribute::new("startDate", Kind::DateTime),
    ];
    Schemas::standard()
        .with_extension("User", Urn::from(HR), false, attributes)
        .unwrap()
}

pub(crate) fn user() -> ResourceType {
    schemas().named("User").unwrap().clone()
}

pub(crate) fn group() -> ResourceType {
    schemas().named("Group").unwrap().clone()
}
