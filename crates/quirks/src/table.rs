//! The table: every tolerated behaviour, in the order in which they are looked for.

use std::fmt;

use crate::{
    Dialect,
    area::{elements, keys, operations, path, query, urns, values},
    rule::Rule,
};

/// Whether a quirk keeps the RFC's meaning or overrides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// One sensible reading, and no requirement names its error: always on but for `Strict`.
    Accepts,
    /// A requirement names the error, or what the RFC allows is read otherwise: only in its own
    /// dialects.
    Changes,
}

/// Which part of a request a quirk looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// Path and query.
    Address,
    /// Schema URNs.
    Schemas,
    /// How an attribute is named.
    Names,
    /// The operations of a PATCH.
    Operations,
    /// The form of a value.
    Values,
    /// What is inside a complex value or a list.
    Elements,
}

/// One tolerated behaviour.
#[derive(Clone, Copy)]
pub struct Quirk {
    /// The stable name, shown in the request log.
    pub id: &'static str,
    /// Which part of a request it looks at.
    pub area: Area,
    /// Who sends it; with [`Effect::Changes`] the only dialects it is on in. Empty: anybody might.
    pub dialects: &'static [Dialect],
    /// What it does to the RFC's meaning.
    pub effect: Effect,
    /// What is sent and what it means.
    pub why: &'static str,
    /// Where it was seen: rows of the catalogue of provider behaviour.
    pub source: &'static [&'static str],
    /// What is done about it.
    pub(crate) rules: &'static [Rule],
}

impl Quirk {
    /// Returns of how many rules the quirk is made, for tests that leave one out.
    #[doc(hidden)]
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    /// Tells whether the quirk rewrites anything; else the core reads the request as it was sent, and
    /// the log says that it did.
    pub fn rewrites(&self) -> bool {
        let sees = |rule: &Rule| matches!(rule, Rule::Sees(_));
        !self.rules.iter().all(sees)
    }

    /// Tells whether all the quirk rewrites is the letter case of a message's own words; what was
    /// sent then reads as well as what was meant, and a log need not keep both.
    pub fn only_spells(&self) -> bool {
        SPELLINGS.contains(&self.id)
    }

    /// Tells whether the quirk is looked for in `dialect`.
    ///
    /// ```
    /// use enroll_quirks::{Dialect, QUIRKS};
    ///
    /// let roles = QUIRKS.iter().find(|quirk| quirk.id == "json-in-value").unwrap();
    /// assert!(roles.is_on(Dialect::Entra));
    /// assert!(!roles.is_on(Dialect::Auto));
    /// ```
    pub fn is_on(&self, dialect: Dialect) -> bool {
        match self.effect {
            _ if dialect == Dialect::Strict => false,
            Effect::Accepts => true,
            Effect::Changes => self.dialects.contains(&dialect),
        }
    }
}

/// Quirks are the same when their stable names are.
impl PartialEq for Quirk {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Quirk {}

impl fmt::Debug for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quirk")
            .field("id", &self.id)
            .field("dialects", &self.dialects)
            .field("effect", &self.effect)
            .finish_non_exhaustive()
    }
}

/// Every quirk, in the order in which they are applied.
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        id: "path-in-query",
        area: Area::Address,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`?aadOptscim062020/Users?filter=…`: the resource path was glued onto a base URL that \
              ends in a query; path and query are put back in their order",
        source: &["ENTRA-13", "ENTRA-59"],
        rules: &[Rule::Request(path::path_in_query)],
    },
    Quirk {
        id: "endpoint-letter-case",
        area: Area::Address,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`/users`: Microsoft's Postman collection writes endpoints in lower case; no two \
              endpoints differ in letter case only, ids stay exact",
        source: &["MSVAL-09"],
        rules: &[Rule::Request(path::letter_case)],
    },
    Quirk {
        id: "compat-flag-in-query",
        area: Area::Address,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`?aadOptscim062020&…`: a flag of Microsoft's own side that stands in the tenant URL and \
              may reach us with each call; both of its PATCH styles are read, so it says nothing here",
        source: &["ENTRA-13", "ENTRA-59"],
        rules: &[Rule::Request(query::compat_flag)],
    },
    Quirk {
        id: "doubly-encoded-query",
        area: Area::Address,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`%2540` for `%40`: the query was percent-encoded twice; the second layer is removed \
              where all it hides are characters that need encoding",
        source: &["MSVAL-05"],
        rules: &[Rule::Request(query::doubly_encoded)],
    },
    Quirk {
        id: "filter-in-attributes",
        area: Area::Address,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`attributes=emails[type eq \"work\"]`: attributes are asked for by name, a filter has no \
              meaning there; the whole attribute is returned",
        source: &["GEN-03"],
        rules: &[Rule::Selection(query::filter_in_attributes)],
    },
    Quirk {
        id: "loose-filter",
        area: Area::Address,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`emails[type eq \"work\"].value eq \"x\"`, blanks more or fewer than the grammar has, \
              `True` for `true`: a filter with one reading that RFC 7644 would write otherwise; the \
              condition behind the brackets is one more inside them",
        source: &["ENTRA-01", "ENTRA-05"],
        rules: &[Rule::Filter(query::loose)],
    },
    Quirk {
        id: "draft-schema-urn",
        area: Area::Schemas,
        dialects: &[Dialect::OneLogin],
        effect: Effect::Accepts,
        why: "`urn:scim:schemas:core:2.0`: a schema URN in the spelling of an old draft, in `schemas`, \
              as a key, in paths and filters; it is read as the one schema of the resource type that \
              it can mean. SCIM 1.1 is not read so",
        source: &["OL-04", "OL-09"],
        rules: &[
            Rule::Request(urns::in_message),
            Rule::Name(urns::draft_in_name),
            Rule::List(urns::draft_in_schemas),
        ],
    },
    Quirk {
        id: "schema-urn-colon",
        area: Area::Schemas,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`…:enterprise:2.0User`: a registered schema URN with a colon missing or one too many, in \
              `schemas`, as a key, in paths and filters; it is read as the one schema of the resource \
              type that it can mean",
        source: &["ENTRA-15"],
        rules: &[
            Rule::Name(urns::colon_in_name),
            Rule::List(urns::colon_in_schemas),
        ],
    },
    Quirk {
        id: "patch-without-schemas",
        area: Area::Schemas,
        dialects: &[Dialect::JumpCloud],
        effect: Effect::Accepts,
        why: "a PATCH with `Operations` and no `schemas` at all: method and members say what it is. \
              Another message's URN stays an error",
        source: &["JC-02"],
        rules: &[Rule::Request(urns::missing_in_patch)],
    },
    Quirk {
        id: "unknown-schema-urn",
        area: Area::Schemas,
        dialects: &[Dialect::Entra, Dialect::OneLogin],
        effect: Effect::Changes,
        why: "`schemas` names a schema that is none of the resource type's, such as Microsoft's second \
              group URN or one from an administrator's template; it is dropped if a known one is left",
        source: &["ENTRA-15", "ENTRA-22", "ENTRA-44", "OL-14"],
        rules: &[Rule::List(urns::unknown)],
    },
    Quirk {
        id: "unqualified-extension-attribute",
        area: Area::Names,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`manager` or `department` without their schema URN, in a body, path, filter or \
              parameter; they are found when exactly one extension and not the base schema defines them",
        source: &["ENTRA-08", "ENTRA-15", "ENTRA-35", "ENTRA-36"],
        rules: &[Rule::Name(keys::unqualified)],
    },
    Quirk {
        id: "path-as-key",
        area: Area::Names,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`\"name.givenName\"`, `\"urn:…:User:department\"` or `\"emails[type eq \\\"work\\\"].value\"` \
              as a key of a POST or PUT body; the value goes where the path points, unless one is there",
        source: &["ENTRA-27", "MSVAL-03"],
        rules: &[Rule::Key(keys::compound)],
    },
    Quirk {
        id: "member-letter-case",
        area: Area::Operations,
        dialects: &[],
        effect: Effect::Accepts,
        why: "`operations`, `OP`, `Path`: the members of a PATCH message in another letter case than \
              RFC 7644 gives them, as the names of attributes may be",
        source: &["GEN-05"],
        rules: &[
            Rule::Request(operations::message_names),
            Rule::Operation(operations::member_names),
        ],
    },
    Quirk {
        id: "op-letter-case",
        area: Area::Operations,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`Replace` for `replace`: the verb of an operation in another letter case than RFC 7644 \
              §3.5.2 has",
        source: &["ENTRA-26", "GEN-05"],
        rules: &[Rule::Operation(operations::verb)],
    },
    Quirk {
        id: "remove-with-value",
        area: Area::Operations,
        dialects: &[
            Dialect::Entra,
            Dialect::OneLogin,
            Dialect::JumpCloud,
            Dialect::Authentik,
            Dialect::Rauthy,
        ],
        effect: Effect::Accepts,
        why: "`{\"op\":\"remove\",\"path\":\"members\",\"value\":[…]}`: RFC 7644 §3.5.2.2 has no value there; \
              those listed go and nobody else. Told, not rewritten",
        source: &["ENTRA-49", "OL-12", "JC-04", "AK-05", "RY-04"],
        rules: &[Rule::Sees(operations::remove_with_value)],
    },
    Quirk {
        id: "path-as-key-in-patch",
        area: Area::Operations,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`{\"op\":\"add\",\"value\":{\"name.givenName\":…}}`: the keys of an operation without a path are \
              read as paths. Told, not rewritten",
        source: &["ENTRA-27"],
        rules: &[Rule::Sees(operations::path_as_key)],
    },
    Quirk {
        id: "value-repeats-path",
        area: Area::Operations,
        dialects: &[],
        effect: Effect::Accepts,
        why: "`{\"path\":\"members\",\"value\":{\"members\":[…]}}`: the value names the attribute of the \
              path again; what is inside is the value. Without this a removal would name nobody",
        source: &["GEN-05"],
        rules: &[Rule::Operation(operations::value_repeats_path)],
    },
    Quirk {
        id: "read-only-key",
        area: Area::Operations,
        dialects: &[Dialect::Okta],
        effect: Effect::Changes,
        why: "`replace` without a path repeats `id` (also a stale one) beside what it changes; \
              attributes that only the server writes are left out",
        source: &["OKTA-16"],
        rules: &[Rule::Operation(operations::read_only_keys)],
    },
    Quirk {
        id: "read-only-part",
        area: Area::Operations,
        dialects: &[Dialect::Wso2],
        effect: Effect::Changes,
        why: "`replace …:manager.displayName`: one operation per leaf, also for a part that only the \
              server writes; that operation does nothing",
        source: &["WSO2-01"],
        rules: &[Rule::Operation(operations::read_only_part)],
    },
    Quirk {
        id: "list-of-one",
        area: Area::Values,
        dialects: &[Dialect::Entra, Dialect::Keycloak, Dialect::Oci],
        effect: Effect::Accepts,
        why: "`[\"Igor\"]` for an attribute with a single value; a list of one is that one",
        source: &["ENTRA-30", "ENTRA-35", "KC-02", "OCI-01"],
        rules: &[Rule::Value(values::list_of_one)],
    },
    Quirk {
        id: "boxed-value",
        area: Area::Values,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`{\"$ref\":null,\"value\":\"Nes\"}` for plain text, a number or a flag; the value in the box \
              is meant",
        source: &["ENTRA-30"],
        rules: &[Rule::Value(values::boxed)],
    },
    Quirk {
        id: "one-for-list",
        area: Area::Values,
        dialects: &[Dialect::OneLogin],
        effect: Effect::Accepts,
        why: "`\"emails\":{…}` in a POST or PUT; one value for a multi-valued attribute is a list of it",
        source: &["OL-06"],
        rules: &[Rule::Value(values::one_for_list)],
    },
    Quirk {
        id: "bare-reference",
        area: Area::Values,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`\"manager\":\"id\"`: the id alone for a complex attribute that has a `value`",
        source: &["ENTRA-16", "ENTRA-35"],
        rules: &[Rule::Value(values::bare_reference)],
    },
    Quirk {
        id: "bare-element",
        area: Area::Values,
        dialects: &[],
        effect: Effect::Accepts,
        why: "`[\"id\"]` or `\"id\"` for `[{\"value\":\"id\"}]`, in templates that an administrator wrote",
        source: &["OL-14"],
        rules: &[Rule::Value(values::bare_element)],
    },
    Quirk {
        id: "json-in-value",
        area: Area::Elements,
        dialects: &[Dialect::Entra],
        effect: Effect::Changes,
        why: "`{\"value\":\"{\\\"value\\\":\\\"25\\\",\\\"displayName\\\":\\\"Pilot\\\"}\"}`: an app role as a JSON object \
              inside the text of `value`; the object's parts are the element's",
        source: &["ENTRA-38"],
        rules: &[Rule::Value(elements::json_in_value)],
    },
    Quirk {
        id: "scim1-reference",
        area: Area::Elements,
        dialects: &[Dialect::OneLogin],
        effect: Effect::Accepts,
        why: "`\"manager\":{\"managerId\":\"boss\"}`: SCIM 1.1's name for `value`",
        source: &["OL-05"],
        rules: &[Rule::Value(elements::scim1_reference)],
    },
    Quirk {
        id: "display-name-for-display",
        area: Area::Elements,
        dialects: &[Dialect::Entra],
        effect: Effect::Accepts,
        why: "`displayName` inside an element of roles, emails or members whose label is `display`",
        source: &["ENTRA-21", "ENTRA-38", "ENTRA-54"],
        rules: &[Rule::Value(elements::display_name)],
    },
    Quirk {
        id: "unknown-key",
        area: Area::Operations,
        dialects: &[],
        effect: Effect::Accepts,
        why: "the value of an operation also names what the schemas do not know, beside attributes \
              or inside a complex one; that is ignored as it is in a create. A path that names it \
              stays an error",
        source: &["ENTRA-42", "OL-08", "RY-02"],
        rules: &[
            Rule::Operation(operations::unknown_keys),
            Rule::Value(elements::unknown_parts),
        ],
    },
    Quirk {
        id: "unknown-attribute",
        area: Area::Operations,
        dialects: &[Dialect::Entra],
        effect: Effect::Changes,
        why: "the path of an operation names an attribute the schemas do not know; that operation \
              does nothing, so that one custom mapping does not stop every change of a user",
        source: &["ENTRA-42", "ENTRA-22"],
        rules: &[Rule::Operation(operations::unknown_attribute)],
    },
    Quirk {
        id: "empty-text-for-nothing",
        area: Area::Elements,
        dialects: &[Dialect::OneLogin, Dialect::Entra],
        effect: Effect::Accepts,
        why: "`\"externalId\":\"\"`, `\"manager\":\"\"`, `{\"value\":\"\",\"type\":\"work\"}`: a template's macro had no \
              value; an empty externalId or reference is unassigned, an element that holds nothing goes",
        source: &["OL-07", "ENTRA-36"],
        rules: &[
            Rule::Value(elements::empty_value),
            Rule::List(elements::empty_elements),
        ],
    },
    Quirk {
        id: "text-boolean",
        area: Area::Values,
        dialects: &[
            Dialect::Entra,
            Dialect::OneLogin,
            Dialect::Keycloak,
            Dialect::Oci,
        ],
        effect: Effect::Accepts,
        why: "`\"active\":\"False\"`, `roles[primary eq \"True\"]`: true and false as text in any letter \
              case, in values, paths and filters; other text stays an error",
        source: &[
            "ENTRA-18", "ENTRA-29", "ENTRA-40", "MSVAL-01", "MSVAL-03", "OL-05", "KC-02", "OCI-01",
        ],
        rules: &[
            Rule::Value(values::text_boolean),
            Rule::Leaf(values::text_boolean_in_filter),
        ],
    },
    Quirk {
        id: "text-number",
        area: Area::Values,
        dialects: &[Dialect::OneLogin],
        effect: Effect::Accepts,
        why: "`\"42\"` for an integer or decimal attribute: templates expand to text",
        source: &["OL-14"],
        rules: &[Rule::Value(values::text_number)],
    },
    Quirk {
        id: "two-primaries",
        area: Area::Elements,
        dialects: &[Dialect::Ping],
        effect: Effect::Accepts,
        why: "two values of one attribute are primary; the first one is",
        source: &["PING-04"],
        rules: &[Rule::List(elements::two_primaries)],
    },
];

/// The quirks that rewrite nothing but letter case.
const SPELLINGS: &[&str] = &["member-letter-case", "op-letter-case"];

const _: () = assert!(
    QUIRKS.len() <= 64,
    "which quirks fired is kept as one bit each"
);
