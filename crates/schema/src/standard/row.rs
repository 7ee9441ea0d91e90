//! The compact row format of the standard tables.

use crate::{AttrName, Attribute, Kind, Mutability, Relation, Returned, Uniqueness};

/// One attribute of a standard schema; what a row does not say is the default of RFC 7643 §2.2.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    name: &'static str,
    description: &'static str,
    kind: Kind,
    multi: bool,
    required: bool,
    case_exact: bool,
    mutability: Mutability,
    returned: Returned,
    uniqueness: Uniqueness,
    reference_types: &'static [&'static str],
    canonical_values: &'static [&'static str],
    sub: &'static [Row],
    relation: Option<Relation>,
}

pub(super) const fn string(name: &'static str, description: &'static str) -> Row {
    Row::new(name, description, Kind::String)
}

pub(super) const fn boolean(name: &'static str, description: &'static str) -> Row {
    Row::new(name, description, Kind::Boolean)
}

pub(super) const fn integer(name: &'static str, description: &'static str) -> Row {
    Row::new(name, description, Kind::Integer)
}

pub(super) const fn date_time(name: &'static str, description: &'static str) -> Row {
    Row::new(name, description, Kind::DateTime)
}

/// Base64 text, which is case exact (RFC 7643 §2.3.6, erratum 6000).
pub(super) const fn binary(name: &'static str, description: &'static str) -> Row {
    Row::new(name, description, Kind::Binary).case_exact()
}

/// A URI, which is case exact (RFC 7643 §2.3.7, erratum 6001).
pub(super) const fn reference(
    name: &'static str,
    description: &'static str,
    reference_types: &'static [&'static str],
) -> Row {
    Row {
        reference_types,
        ..Row::new(name, description, Kind::Reference).case_exact()
    }
}

pub(super) const fn complex(
    name: &'static str,
    description: &'static str,
    sub: &'static [Row],
) -> Row {
    Row {
        sub,
        ..Row::new(name, description, Kind::Complex)
    }
}

impl Row {
    const fn new(name: &'static str, description: &'static str, kind: Kind) -> Self {
        Self {
            name,
            description,
            kind,
            multi: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: &[],
            canonical_values: &[],
            sub: &[],
            relation: None,
        }
    }

    pub(super) const fn multi(self) -> Self {
        Self {
            multi: true,
            ..self
        }
    }

    pub(super) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    pub(super) const fn case_exact(self) -> Self {
        Self {
            case_exact: true,
            ..self
        }
    }

    pub(super) const fn read_only(self) -> Self {
        Self {
            mutability: Mutability::ReadOnly,
            ..self
        }
    }

    pub(super) const fn immutable(self) -> Self {
        Self {
            mutability: Mutability::Immutable,
            ..self
        }
    }

    pub(super) const fn write_only(self) -> Self {
        Self {
            mutability: Mutability::WriteOnly,
            ..self
        }
    }

    pub(super) const fn always_returned(self) -> Self {
        Self {
            returned: Returned::Always,
            ..self
        }
    }

    pub(super) const fn never_returned(self) -> Self {
        Self {
            returned: Returned::Never,
            ..self
        }
    }

    pub(super) const fn unique(self) -> Self {
        Self {
            uniqueness: Uniqueness::Server,
            ..self
        }
    }

    pub(super) const fn suggests(self, canonical_values: &'static [&'static str]) -> Self {
        Self {
            canonical_values,
            ..self
        }
    }

    pub(super) const fn relation(self, relation: Relation) -> Self {
        Self {
            relation: Some(relation),
            ..self
        }
    }

    pub(super) fn build(&self) -> Attribute {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Attribute {
            name: AttrName::from(self.name),
            kind: self.kind,
            multi: self.multi,
            required: self.required,
            case_exact: self.case_exact,
            mutability: self.mutability,
            returned: self.returned,
            uniqueness: self.uniqueness,
            reference_types: texts(self.reference_types),
            canonical_values: texts(self.canonical_values),
            description: self.description.to_owned(),
            sub: self.sub.iter().map(Row::build).collect(),
            relation: self.relation,
        }
    }
}
