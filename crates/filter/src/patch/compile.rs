//! Operations taken apart: the path found, the keys of a pathless value taken as paths
//! (patch-semantics §2, §3).

use enroll_schema::{Error, ErrorKind, Mode, ResourceType, Result, Urn, limits::OPERATIONS_MAX};
use serde_json::Value;

use super::{
    Edit, Leniency, LinkPlan, Operation, Patch, PatchError, Plan, Step, Unknown, Verb,
    membership::Membership,
    place::{keeps_base, mutability},
    value::{Values, as_list},
};
use crate::{ParseError, Path, Predicate, Profile, Selection, path::schema_named, shown::shown};

impl Plan {
    /// Compiles every operation before anything is touched: paths, values, mutability as far as it
    /// needs no document.
    ///
    /// # Errors
    /// The first refusal with the index of its operation.
    pub fn compile(
        kind: &ResourceType,
        patch: &Patch,
        leniency: Leniency,
    ) -> Result<Self, PatchError> {
        let mode = match leniency {
            Leniency {
                ignore_unknown: true,
                ..
            } => Mode::Lenient,
            Leniency {
                any_format: true, ..
            } => Mode::Known,
            _ => Mode::Strict,
        };
        let values = Values { kind, mode };
        let members = Membership::of(values, leniency.replace_creates);
        let mut compiler = Compiler {
            kind,
            leniency,
            values,
            steps: Vec::new(),
            comparisons: 0,
            members,
        };
        let mut edits = Vec::new();
        for (index, operation) in patch.operations.iter().enumerate() {
            compiler
                .operation(operation)
                .map_err(|error| PatchError::at(index, &error))?;
            edits.extend(compiler.steps.drain(..).map(|step| Edit { index, step }));
        }
        let unknown = if leniency.refuse_unknown_links {
            Unknown::Refuse
        } else {
            Unknown::Keep
        };
        let links = LinkPlan {
            unknown,
            ..compiler.members.into_plan()
        };
        Ok(Self { edits, links })
    }
}

pub(super) struct Compiler<'a> {
    pub(super) kind: &'a ResourceType,
    pub(super) leniency: Leniency,
    pub(super) values: Values<'a>,
    /// Of the operation at hand.
    pub(super) steps: Vec<Step>,
    pub(super) members: Membership<'a>,
    /// How many comparisons the paths held so far.
    comparisons: usize,
}

/// Most comparisons in all paths of one PATCH: each is made with every value of its attribute, and
/// four for every operation is more than any provider sends.
const COMPARISONS_MAX: usize = 4 * OPERATIONS_MAX;

/// What an operation asks for at its path.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) op: Verb,
    pub(super) value: Option<&'a Value>,
}

impl<'a> Change<'a> {
    /// Returns what is to be set; `null` and `remove` set nothing (RFC 7643 §2.5).
    pub(super) fn given(self) -> Option<&'a Value> {
        self.value
            .filter(|value| self.op != Verb::Remove && !value.is_null())
    }
}

/// Where the name of an attribute stands.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// In `path`.
    Path,
    /// As a key of a pathless value.
    Key,
    /// As a key of what is set for a whole schema.
    Within(&'a Urn),
}

impl Compiler<'_> {
    fn operation(&mut self, operation: &Operation) -> Result<()> {
        let change = Change {
            op: operation.op,
            value: operation.value.as_ref(),
        };
        match (operation.path.as_deref(), operation.op) {
            (None | Some(""), Verb::Remove) => {
                Err(Error::new(ErrorKind::NoTarget, "remove must have a path"))
            }
            (None, _) => self.each_member(change, Origin::Key),
            (Some(path), _) => self.at(path, change, Origin::Path),
        }
    }

    /// Takes each member of the value as an operation of its own, with its key as path.
    fn each_member(&mut self, change: Change<'_>, origin: Origin<'_>) -> Result<()> {
        let Some(Value::Object(members)) = change.value else {
            let detail = "without a path to an attribute, a value is an object of attributes";
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        };
        members.iter().try_for_each(|(key, value)| {
            let change = Change {
                value: Some(value),
                ..change
            };
            match origin {
                Origin::Within(urn) => self.at(&format!("{urn}:{key}"), change, origin),
                _ => self.at(key, change, origin),
            }
        })
    }

    fn at(&mut self, text: &str, change: Change<'_>, origin: Origin<'_>) -> Result<()> {
        let path = match Path::parse_for(self.kind, text, Profile::Lenient) {
            Ok(path) => path,
            // A key that is no path names no attribute either.
            Err(fault) if self.is_ignored(origin) && !fault.in_brackets => return Ok(()),
            Err(fault) => return Err(refused(text, &fault)),
        };
        if self.leniency.ignore_unknown && self.is_unknown(&path) {
            return Ok(());
        }
        match path.bind(self.kind)? {
            Selection::Base | Selection::Extension(_) if matches!(origin, Origin::Within(_)) => {
                let detail = format!("{} is no attribute of its schema", shown(text));
                Err(Error::new(ErrorKind::InvalidPath, detail))
            }
            Selection::Base => self.base(change),
            Selection::Extension(urn) => self.extension(&urn, change),
            Selection::Attribute(id) => self.attribute(id, change, origin),
            Selection::Chosen {
                attribute,
                filter,
                sub,
            } => {
                self.count(&filter)?;
                self.chosen((attribute, sub), filter, change)
            }
        }
    }

    fn is_ignored(&self, origin: Origin<'_>) -> bool {
        self.leniency.ignore_unknown && !matches!(origin, Origin::Path)
    }

    /// Tells whether the schemas do not know what the path names.
    fn is_unknown(&self, path: &Path) -> bool {
        let schema = |urn: &str| schema_named(self.kind, urn).is_some();
        match path {
            Path::Schema(urn) => !schema(urn.as_str()),
            Path::Attribute(path) => path.find(self.kind).is_none() && !schema(&path.to_string()),
            Path::Selected(path, _, sub) => path.find(self.kind).is_none_or(|id| {
                sub.as_ref()
                    .is_some_and(|sub| self.kind.find_sub(id, sub.as_str()).is_none())
            }),
        }
    }

    fn count(&mut self, filter: &Predicate) -> Result<()> {
        self.comparisons += filter.comparisons();
        if self.comparisons > COMPARISONS_MAX {
            let detail = format!("the paths of a PATCH hold at most {COMPARISONS_MAX} comparisons");
            return Err(Error::new(ErrorKind::PayloadTooLarge, detail));
        }
        Ok(())
    }

    /// K8, the base schema.
    fn base(&mut self, change: Change<'_>) -> Result<()> {
        if change.given().is_none() {
            return Err(mutability("the base schema cannot be removed"));
        }
        let urn = self.kind.schema().clone();
        self.each_member(change, Origin::Within(&urn))
    }

    /// K8, an extension.
    fn extension(&mut self, urn: &Urn, change: Change<'_>) -> Result<()> {
        match change.given() {
            Some(_) => self.each_member(change, Origin::Within(urn)),
            None if change.op == Verb::Add => Ok(()),
            None => {
                self.steps.push(Step::Clear(urn.clone()));
                Ok(())
            }
        }
    }

    /// `schemas` follows from the data (patch-semantics §6): naming a schema adds nothing, leaving
    /// an extension out removes its data.
    ///
    /// Not so as a key of a pathless value: there it is the heading of a resource that is sent
    /// back, and a client that knows no extension must not empty it.
    pub(super) fn schemas(&mut self, change: Change<'_>, origin: Origin<'_>) -> Result<()> {
        let Some(value) = change.value.filter(|value| !value.is_null()) else {
            let required = || mutability("schemas is required");
            return if change.op == Verb::Add {
                Ok(())
            } else {
                Err(required())
            };
        };
        let named = as_list(value).iter().map(|urn| {
            let known = urn.as_str().and_then(|urn| schema_named(self.kind, urn));
            known.cloned().ok_or_else(|| {
                let detail = format!("{} is no schema of {}", shown(urn), self.kind.name());
                Error::new(ErrorKind::InvalidValue, detail)
            })
        });
        let named = named.collect::<Result<Vec<Urn>>>()?;
        let has_base = named.contains(self.kind.schema());
        match change.op {
            Verb::Add => {}
            Verb::Replace if named.is_empty() => return Err(mutability("schemas is required")),
            // Neither may the base be removed, nor what replaces the list lack it.
            op if has_base == (op == Verb::Remove) => return Err(keeps_base(self.kind)),
            Verb::Remove => self.steps.extend(named.into_iter().map(Step::Clear)),
            Verb::Replace => {
                let asked = matches!(origin, Origin::Path);
                self.steps.extend(asked.then_some(Step::Keep(named)));
            }
        }
        Ok(())
    }
}

/// Says whether the path or the filter in it is wrong; brackets that never close are the path's fault.
fn refused(text: &str, fault: &ParseError) -> Error {
    let kind = if fault.in_brackets && text.contains(']') {
        ErrorKind::InvalidFilter
    } else {
        ErrorKind::InvalidPath
    };
    Error::new(kind, format!("path: {fault}"))
}
