//! Core Group (RFC 7643 §4.2, §8.7.1), errata applied.

use super::row::{Row, complex, reference, string};
use crate::Relation;

/// The attributes of a group.
pub(super) const GROUP: &[Row] = &[
    string(
        "displayName",
        "A human-readable name for the Group. REQUIRED.",
    )
    .required(),
    complex(
        "members",
        "A list of members of the Group.",
        &[
            string("value", "Identifier of the member of this Group.").immutable(),
            reference(
                "$ref",
                "The URI corresponding to a SCIM resource that is a member of this Group.",
                &["User", "Group"],
            )
            .immutable(),
            string(
                "type",
                "A label indicating the type of resource, e.g., 'User' or 'Group'.",
            )
            .immutable()
            .suggests(&["User", "Group"]),
            string(
                "display",
                "A human-readable name of the member, computed by the service provider.",
            )
            .read_only(),
        ],
    )
    .multi()
    .relation(Relation::Members),
];
