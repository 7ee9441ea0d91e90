//! A filter bound to a resource type: attributes resolved, literals typed and folded.

use enroll_schema::{AttrId, Relation, ResourceType, Result};
use serde_json::Number;

use crate::{Expr, Filter, Op};

/// A filter ready to evaluate or to push down.
pub type Predicate = Expr<Bound>;

/// A leaf with its attribute resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// The attribute has a non-empty value.
    Present(AttrId),
    /// Some value compares so.
    Compare {
        /// The attribute, already the sub-attribute (`emails` is bound as `emails.value`).
        attribute: AttrId,
        /// The operator.
        op: Op,
        /// The literal in the attribute's type.
        operand: Operand,
    },
    /// Some element of the complex multi-valued attribute satisfies the whole predicate.
    Element {
        /// The multi-valued attribute.
        attribute: AttrId,
        /// Leaves inside name sub-attributes of `attribute`.
        inner: Box<Predicate>,
    },
    /// Membership: this resource is linked to `id` (`members.value eq "id"`, `members[value eq "id"]`, `groups.value eq "id"`).
    Linked {
        /// Which way the row is seen.
        relation: Relation,
        /// The other end, compared by bytes.
        id: String,
    },
}

/// A literal in the type of its attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// String or reference.
    Text {
        /// As written.
        raw: String,
        /// The comparison key of [`enroll_schema::fold`].
        key: String,
    },
    /// Integer or decimal.
    Number(Number),
    /// Boolean.
    Bool(bool),
    /// dateTime, in milliseconds since 1970.
    Instant(i64),
    /// Binary, compared exactly.
    Binary(String),
    /// `null`: equal to what is absent.
    Null,
}

impl Filter {
    /// Resolves every attribute and types every literal.
    ///
    /// # Errors
    /// `invalidFilter` for unknown attributes, literals of another type, operators a type does not have (filter-grammar §5),
    /// and attributes that are never returned (threat B6).
    pub fn bind(&self, kind: &ResourceType) -> Result<Predicate> {
        let _ = kind;
        todo!("owner: filter")
    }
}

impl Predicate {
    /// Splits a conjunction: what the backend `can` decide by itself, and the rest; pushed ∧ residual ≡ whole.
    pub fn split(self, can: impl Fn(&Predicate) -> bool) -> (Vec<Predicate>, Vec<Predicate>) {
        let _ = can;
        todo!("owner: filter")
    }

    /// Returns the attribute and key that every match must have: the one index look-up a simple store needs.
    ///
    /// Only top-level conjuncts `attr eq "text"` on string attributes count.
    pub fn pinned(&self) -> Option<(AttrId, &str)> {
        todo!("owner: filter")
    }

    /// Returns the relations that deciding this predicate needs (threat B6: never silently false).
    pub fn relations(&self) -> Vec<Relation> {
        todo!("owner: filter")
    }
}
