//! SCIM filters, attribute paths and PATCH, for your own types and your own storage
//! (RFC 7644 §3.4.2.2, §3.5.2).
//!
//! Three verbs, each giving a value of its own type: **parse** text ([`Filter`], [`Path`]), **bind**
//! it to a resource type ([`Predicate`], [`Selection`]), **evaluate** it on a resource. PATCH is the
//! same with [`Patch`] and [`Plan`] ([`mod@patch`]). Nothing here does I/O.
//!
//! # A filter over JSON
//!
//! ```
//! use enroll_filter::Filter;
//! use enroll_schema::Schemas;
//! use serde_json::json;
//!
//! let schemas = Schemas::standard();
//! let user = schemas.named("User").unwrap();
//! let filter: Filter = r#"emails[type eq "work"].value co "@x.example" and active eq true"#.parse()?;
//! let predicate = filter.bind(user)?;
//!
//! let ada = json!({"userName": "ada", "active": true, "emails": [{"type": "work", "value": "Ada@X.example"}]});
//! assert!(predicate.matches(user, ada.as_object().unwrap()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Any storage can be asked: implement [`Facts`] for your rows. Membership (`members`, `groups`) is
//! asked of [`Facts::linked`], one row, or of [`Facts::links`]; never of the document.
//!
//! # Half of it in the database
//!
//! A store pushes down what it has an index for and decides the rest here; both halves together are
//! the whole. Keys are folded as [`enroll_schema::fold`] does, so an index of those keys fits.
//!
//! ```
//! use enroll_filter::{Bound, Expr, Filter, Op};
//! use enroll_schema::Schemas;
//!
//! let schemas = Schemas::standard();
//! let user = schemas.named("User").unwrap();
//! let text = r#"userName eq "ADA" and (title pr or nickName pr)"#;
//! let predicate = text.parse::<Filter>()?.bind(user)?;
//!
//! let (attribute, key) = predicate.pinned().unwrap();
//! assert_eq!((user.path(attribute).as_str(), key), ("userName", "ada"));
//!
//! let indexed = |part: &_| matches!(part, Expr::Test(Bound::Compare { op: Op::Eq, .. }));
//! let (pushed, residual) = predicate.split(indexed);
//! assert_eq!((pushed.len(), residual.len()), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A PATCH
//!
//! See [`mod@patch`]: a message becomes edits of the document and a set of links to add and drop.
//!
//! # What is refused, and how
//!
//! | fault | error |
//! |---|---|
//! | text that is no filter or path | [`ParseError`]: place, what was expected, a caret |
//! | attribute, literal or operator that does not fit | `invalidFilter`; in a path outside `[…]` `invalidPath` |
//! | attributes that are never returned | `invalidFilter`, or answers would tell them bit by bit |
//! | an operation that cannot be done | [`PatchError`]: its position, kind and reason |
//!
//! Kinds are those of [`enroll_schema::ErrorKind`], which alone decide status and scimType.
//!
//! # Limits
//!
//! A filter or path has at most 8 KiB ([`SEARCH_FILTER_BYTES_MAX`] in `.search`), 32 levels of
//! brackets and 256 comparisons and connectives, counted while it is read: no text can exhaust the
//! stack, in reading or in anything done with the tree afterwards. A PATCH has at most 1,000
//! operations, 4,000 comparisons in its paths, looks at 8 MiB of values, and names 50,000 links. The numbers are those of
//! [`enroll_schema::limits`].
//!
//! Numbers are compared by value, never rounded; a literal that neither 64 bits nor a double hold
//! exactly is refused, as no document can hold it (decision 57). After other changes of `members`
//! in the same PATCH, `members[…]` may choose by `value` only: what else a member is, only the
//! store's transaction knows.

mod bind;
mod error;
mod evaluate;
mod expr;
mod grammar;
mod numeral;
pub mod patch;
mod path;
mod predicate;
mod print;
mod shown;
mod values;

pub use bind::{Bound, Operand, Predicate};
pub use error::ParseError;
pub use evaluate::Facts;
pub use expr::{AttrPath, Expr, Filter, Literal, Op, Profile, SEARCH_FILTER_BYTES_MAX, Written};
pub use numeral::Numeral;
pub use patch::{Leniency, LinkPlan, Patch, PatchError, Plan, Unknown};
pub use path::{Path, Selection};
