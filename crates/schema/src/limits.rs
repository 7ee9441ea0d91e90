//! Every limit of the protocol's words, one table (design: limits).

/// Most characters of a `userName`.
pub const USER_NAME_CHARS_MAX: usize = 256;
/// Most bytes of any other string.
pub const STRING_BYTES_MAX: usize = 4 << 10;
/// Most bytes of a reference.
pub const REFERENCE_BYTES_MAX: usize = 8 << 10;
/// Most bytes of a binary value, as base64 text.
pub const BINARY_BYTES_MAX: usize = 64 << 10;
/// Most values of a multi-valued attribute other than `members`.
pub const VALUES_MAX: usize = 100;
/// Most levels of JSON nesting in a body.
pub const JSON_DEPTH_MAX: usize = 16;
/// Most values in a body, each member of an object and each element of a list counted.
///
/// Memory, not text, is what a body costs: a small object is some 700 bytes. Fifty thousand members
/// with five sub-attributes each stay below it.
pub const JSON_VALUES_MAX: usize = 400_000;
/// Most links (members) one request may name.
pub const LINKS_PER_REQUEST_MAX: usize = 50_000;
/// Most operations of one PATCH.
pub const OPERATIONS_MAX: usize = 1_000;
/// Most bytes of a body.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Most bytes of a body to `/Groups`.
pub const GROUP_BODY_BYTES_MAX: usize = 8 << 20;
/// Results of a page unless `count` asks for another number.
pub const PAGE_COUNT_DEFAULT: u32 = 100;
/// Most results of a page.
pub const PAGE_COUNT_MAX: u32 = 1_000;
/// Most bytes of a filter in a URL.
pub const FILTER_BYTES_MAX: usize = 8 << 10;
/// Most levels of nesting in a filter.
pub const FILTER_DEPTH_MAX: usize = 32;
/// Most comparisons, connectives and selections in a filter.
pub const FILTER_NODES_MAX: usize = 256;
