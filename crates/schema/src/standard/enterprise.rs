//! Enterprise User extension (RFC 7643 §4.3, §8.7.1), errata applied.

use super::row::{Row, complex, reference, string};

/// The attributes of the extension.
pub(super) const ENTERPRISE: &[Row] = &[
    string(
        "employeeNumber",
        "Numeric or alphanumeric identifier assigned to a person, typically based on order of hire \
        or association with an organization.",
    ),
    string("costCenter", "Identifies the name of a cost center."),
    string("organization", "Identifies the name of an organization."),
    string("division", "Identifies the name of a division."),
    string("department", "Identifies the name of a department."),
    complex(
        "manager",
        "The User's manager.  A complex type that optionally allows service providers to represent \
        organizational hierarchy by referencing the 'id' attribute of another User.",
        &[
            string(
                "value",
                "The id of the SCIM resource representing the User's manager.  REQUIRED.",
            )
            .case_exact(),
            reference(
                "$ref",
                "The URI of the SCIM resource representing the User's manager.  REQUIRED.",
                &["User"],
            ),
            string(
                "displayName",
                "The displayName of the User's manager. OPTIONAL and READ-ONLY.",
            )
            .read_only(),
        ],
    ),
];
