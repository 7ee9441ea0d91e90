//! Discovery resources (RFC 7643 §5–§7, §8.7.2; RFC 9865 §4; RFC 9967 §4), errata applied.

use super::row::{Row, boolean, complex, integer, reference, string};

/// What the service provider can do.
pub(super) const SERVICE_PROVIDER_CONFIG: &[Row] = &[
    reference(
        "documentationUri",
        "An HTTP-addressable URL pointing to the           service provider's human-consumable help \
        documentation.",
        &["external"],
    ),
    complex(
        "patch",
        "A complex type that specifies PATCH           configuration options.",
        &[
            boolean(
                "supported",
                "A Boolean value specifying whether or not               the operation is \
                supported.",
            )
            .required(),
        ],
    )
    .required(),
    complex(
        "bulk",
        "A complex type that specifies bulk           configuration options.",
        &[
            boolean(
                "supported",
                "A Boolean value specifying whether or not               the operation is \
                supported.",
            )
            .required(),
            integer(
                "maxOperations",
                "An integer value specifying the maximum               number of operations.",
            )
            .required(),
            integer(
                "maxPayloadSize",
                "An integer value specifying the maximum               payload size in bytes.",
            )
            .required(),
        ],
    )
    .required(),
    complex(
        "filter",
        "A complex type that specifies           FILTER options.",
        &[
            boolean(
                "supported",
                "A Boolean value specifying whether or not               the operation is \
                supported.",
            )
            .required(),
            integer(
                "maxResults",
                "An integer value specifying the maximum               number of resources returned \
                in a response.",
            )
            .required(),
        ],
    )
    .required(),
    complex(
        "changePassword",
        "A complex type that specifies configuration           options related to changing a \
        password.",
        &[
            boolean(
                "supported",
                "A Boolean value specifying whether or not               the operation is \
                supported.",
            )
            .required(),
        ],
    )
    .required(),
    complex(
        "sort",
        "A complex type that specifies sort result           options.",
        &[
            boolean(
                "supported",
                "A Boolean value specifying whether or not               the operation is \
                supported.",
            )
            .required(),
        ],
    )
    .required(),
    complex(
        "authenticationSchemes",
        "A complex type that specifies supported           authentication scheme properties.",
        &[
            string(
                "name",
                "The common authentication scheme name,               e.g., HTTP Basic.",
            )
            .required(),
            string(
                "description",
                "A description of the authentication               scheme.",
            )
            .required(),
            reference(
                "specUri",
                "An HTTP-addressable URL pointing to the               authentication scheme's \
                specification.",
                &["external"],
            ),
            reference(
                "documentationUri",
                "An HTTP-addressable URL pointing to the               authentication scheme's \
                usage documentation.",
                &["external"],
            ),
            string(
                "type",
                "The authentication scheme type.",
            )
            .required()
            .suggests(&["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"]),
            boolean(
                "primary",
                "Whether this is the preferred scheme.",
            ),
        ],
    )
    .multi()
    .required(),
    complex(
        "etag",
        "A complex type that specifies ETag configuration options.",
        &[
            boolean(
                "supported",
                "A Boolean value specifying whether or not ETags are supported.",
            )
            .required(),
        ],
    )
    .required(),
    complex(
        "pagination",
        "Pagination configuration options (RFC 9865).",
        &[
            boolean(
                "cursor",
                "Whether cursor-based pagination is supported.",
            )
            .required(),
            boolean(
                "index",
                "Whether index-based pagination is supported.",
            )
            .required(),
            string(
                "defaultPaginationMethod",
                "The pagination method used when the client names none.",
            )
            .suggests(&["cursor", "index"]),
            integer(
                "defaultPageSize",
                "Page size used when count is absent.",
            ),
            integer(
                "maxPageSize",
                "Upper bound of the page size.",
            ),
            integer(
                "cursorTimeout",
                "Minimum seconds a cursor stays valid.",
            ),
        ],
    ),
    complex(
        "securityEvents",
        "Security event capabilities (RFC 9967).",
        &[
            string(
                "asyncRequest",
                "Asynchronous request support: none, long or request.",
            )
            .suggests(&["none", "long", "request"]),
            string(
                "eventUris",
                "Event URIs this provider can issue.",
            )
            .multi(),
        ],
    ),
];

/// A resource type.
pub(super) const RESOURCE_TYPE: &[Row] = &[
    string(
        "name",
        "The resource type name.  When applicable,           service providers MUST specify the \
        name, e.g., 'User'.",
    )
    .required()
    .case_exact()
    .unique(),
    string(
        "description",
        "The resource type's human-readable           description.  When applicable, service \
        providers MUST           specify the description.",
    ),
    reference(
        "endpoint",
        "The resource type's HTTP-addressable           endpoint relative to the Base URL, e.g., \
        '/Users'.",
        &["uri"],
    )
    .required()
    .unique(),
    reference(
        "schema",
        "The resource type's primary/base schema           URI.",
        &["uri"],
    )
    .required(),
    complex(
        "schemaExtensions",
        "A list of URIs of the resource type's schema           extensions.",
        &[
            reference(
                "schema",
                "The URI of a schema extension.",
                &["uri"],
            )
            .required(),
            boolean(
                "required",
                "A Boolean value that specifies whether               or not the schema extension \
                is required for the               resource type.  If true, a resource of this type \
                MUST               include this schema extension and also include any               \
                attributes declared as required in this schema extension.               If false, \
                a resource of this type MAY omit this schema               extension.",
            )
            .required(),
        ],
    )
    .multi(),
];

/// A schema.
pub(super) const SCHEMA: &[Row] = &[
    string(
        "name",
        "The schema's human-readable name.  When           applicable, service providers MUST \
        specify the name,           e.g., 'User'.",
    )
    .required(),
    string(
        "description",
        "The schema's human-readable name.  When           applicable, service providers MUST \
        specify the name,           e.g., 'User'.",
    ),
    complex(
        "attributes",
        "A complex attribute that includes the           attributes of a schema.",
        &[
            string(
                "name",
                "The attribute's name.",
            )
            .required()
            .case_exact(),
            string(
                "type",
                "The attribute's data type.               Valid values include 'string', 'complex', \
                'boolean',               'decimal', 'integer', 'dateTime', 'reference'.",
            )
            .required()
            .suggests(&["string", "complex", "boolean", "decimal", "integer", "dateTime", "reference", "binary"]),
            boolean(
                "multiValued",
                "A Boolean value indicating an               attribute's plurality.",
            )
            .required(),
            string(
                "description",
                "A human-readable description of the               attribute.",
            )
            .case_exact(),
            boolean(
                "required",
                "A boolean value indicating whether or               not the attribute is required.",
            ),
            string(
                "canonicalValues",
                "A collection of canonical values.  When               applicable, service \
                providers MUST specify the               canonical types, e.g., 'work', 'home'.",
            )
            .multi()
            .case_exact(),
            boolean(
                "caseExact",
                "A Boolean value indicating whether or               not a string attribute is case \
                sensitive.",
            ),
            string(
                "mutability",
                "Indicates whether or not an attribute               is modifiable.",
            )
            .case_exact()
            .suggests(&["readOnly", "readWrite", "immutable", "writeOnly"]),
            string(
                "returned",
                "Indicates when an attribute is returned               in a response (e.g., to a \
                query).",
            )
            .case_exact()
            .suggests(&["always", "never", "default", "request"]),
            string(
                "uniqueness",
                "Indicates how unique a value must be.",
            )
            .case_exact()
            .suggests(&["none", "server", "global"]),
            string(
                "referenceTypes",
                "Used only with an attribute of type               'reference'.  Specifies a SCIM \
                resourceType that a               reference attribute MAY refer to, e.g., 'User'.",
            )
            .multi()
            .case_exact(),
            complex(
                "subAttributes",
                "Used to define the sub-attributes of a               complex attribute.",
                &[
                    string(
                        "name",
                        "The attribute's name.",
                    )
                    .required()
                    .case_exact(),
                    string(
                        "type",
                        "The attribute's data type.                   Valid values include \
                        'string', 'complex', 'boolean',                   'decimal', 'integer', \
                        'dateTime', 'reference'.",
                    )
                    .required()
                    .suggests(&["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary"]),
                    boolean(
                        "multiValued",
                        "A Boolean value indicating an                   attribute's plurality.",
                    )
                    .required(),
                    string(
                        "description",
                        "A human-readable description of the                   attribute.",
                    )
                    .case_exact(),
                    boolean(
                        "required",
                        "A boolean value indicating whether or                   not the attribute \
                        is required.",
                    ),
                    string(
                        "canonicalValues",
                        "A collection of canonical values.  When                   applicable, \
                        service providers MUST specify the                   canonical types, \
                        e.g., 'work', 'home'.",
                    )
                    .multi()
                    .case_exact(),
                    boolean(
                        "caseExact",
                        "A Boolean value indicating whether or                   not a string \
                        attribute is case sensitive.",
                    ),
                    string(
                        "mutability",
                        "Indicates whether or not an                   attribute is modifiable.",
                    )
                    .case_exact()
                    .suggests(&["readOnly", "readWrite", "immutable", "writeOnly"]),
                    string(
                        "returned",
                        "Indicates when an attribute is                   returned in a response \
                        (e.g., to a query).",
                    )
                    .case_exact()
                    .suggests(&["always", "never", "default", "request"]),
                    string(
                        "uniqueness",
                        "Indicates how unique a value must be.",
                    )
                    .case_exact()
                    .suggests(&["none", "server", "global"]),
                    string(
                        "referenceTypes",
                        "Used only with an attribute of type                   'reference'.  \
                        Specifies a SCIM resourceType that a                   reference attribute \
                        MAY refer to, e.g., 'User'.",
                    )
                    .multi()
                    .case_exact(),
                ],
            )
            .multi(),
        ],
    )
    .multi()
    .required(),
];
