//! Attributes of every resource (RFC 7643 §3, §3.1); no schema lists them (errata 8418, 8419).

use super::row::{Row, complex, date_time, reference, string};

/// The common attributes, in front of the attributes of every resource type.
pub(super) const COMMON: &[Row] = &[
    reference(
        "schemas",
        "The URIs of the schemas whose attributes the resource holds.",
        &["uri"],
    )
    .multi()
    .required()
    .always_returned(),
    string("id", "The service provider's identifier of the resource.")
        .required()
        .case_exact()
        .read_only()
        .always_returned()
        .unique(),
    string(
        "externalId",
        "The provisioning client's identifier of the resource.",
    )
    .case_exact(),
    complex(
        "meta",
        "What the service provider knows about the resource.",
        &[
            string("resourceType", "The name of the resource type.")
                .case_exact()
                .read_only(),
            date_time("created", "When the resource was created.").read_only(),
            date_time("lastModified", "When the resource was last changed.").read_only(),
            reference("location", "The URI of the resource.", &["uri"]).read_only(),
            string("version", "The version of the resource, an entity tag.")
                .case_exact()
                .read_only(),
        ],
    )
    .read_only(),
];
