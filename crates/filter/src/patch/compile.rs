//! Operations taken apart: path found, value checked, verb turned into an action
//! (patch-semantics §2, §3).

use enroll_schema::{
    AttrId, Attribute, Error, ErrorKind, Kind, Mode, Mutability, ResourceType, Result, Returned,
    Urn, limits::OPERATIONS_MAX,
};
use serde_json::{Map, Value};

use super::{
    Action, Edit, Leniency, LinkPlan, Operation, Patch, PatchError, Plan, Step, Unknown, Verb,
    choose::choice,
    membership::Membership,
    value::{Values, as_list},
};
use crate::{Path, Predicate, Profile, Selection, path::schema_named};

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
        let mode = if leniency.ignore_unknown {
            Mode::Lenient
        } else {
            Mode::Strict
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

struct Compiler<'a> {
    kind: &'a ResourceType,
    leniency: Leniency,
    values: Values<'a>,
    /// Of the operation at hand.
    steps: Vec<Step>,
    /// How many comparisons the paths held so far.
    comparisons: usize,
    members: Membership<'a>,
}

/// Most comparisons in all paths of one PATCH: each is made with every value of its attribute, and
/// four for every operation is more than any provider sends.
const COMPARISONS_MAX: usize = 4 * OPERATIONS_MAX;

/// Where the name of an attribute stands.
#[derive(Clone, Copy)]
enum Origin<'a> {
    /// In `path`.
    Path,
    /// As a key of a pathless value.
    Key,
    /// As a key of what is set for a whole schema.
    Within(&'a Urn),
}

impl Compiler<'_> {
    fn operation(&mut self, operation: &Operation) -> Result<()> {
        let value = operation.value.as_ref();
        match (operation.path.as_deref(), operation.op) {
            (None | Some(""), Verb::Remove) => {
                Err(Error::new(ErrorKind::NoTarget, "remove must have a path"))
            }
            (None, op) => self.each_member(op, value.unwrap_or(&Value::Null), Origin::Key),
            (Some(path), op) => self.at(path, op, value, Origin::Path),
        }
    }

    /// Takes each member of `value` as an operation of its own, with its key as path.
    fn each_member(&mut self, op: Verb, value: &Value, origin: Origin<'_>) -> Result<()> {
        let Value::Object(members) = value else {
            let detail =
                "without a path to an attribute, the value must be an object of attributes";
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        };
        members.iter().try_for_each(|(key, value)| match origin {
            Origin::Within(urn) => self.at(&format!("{urn}:{key}"), op, Some(value), origin),
            _ => self.at(key, op, Some(value), origin),
        })
    }

    fn at(
        &mut self,
        text: &str,
        op: Verb,
        value: Option<&Value>,
        origin: Origin<'_>,
    ) -> Result<()> {
        let path = match Path::parse_for(self.kind, text, Profile::Lenient) {
            Ok(path) => path,
            Err(fault) if fault.in_brackets => {
                return Err(Error::new(
                    ErrorKind::InvalidFilter,
                    format!("path: {fault}"),
                ));
            }
            // A key that is no path names no attribute either.
            Err(_) if self.leniency.ignore_unknown && !matches!(origin, Origin::Path) => {
                return Ok(());
            }
            Err(fault) => return Err(Error::new(ErrorKind::InvalidPath, format!("path: {fault}"))),
        };
        if self.leniency.ignore_unknown && self.is_unknown(&path) {
            return Ok(());
        }
        match (path.bind(self.kind)?, origin) {
            (Selection::Base | Selection::Extension(_), Origin::Within(_)) => Err(Error::new(
                ErrorKind::InvalidPath,
                format!("{text} is no attribute of its schema"),
            )),
            (Selection::Base, _) => self.base(op, value),
            (Selection::Extension(urn), _) => self.extension(&urn, op, value),
            (Selection::Attribute(id), _) => self.attribute(id, op, value, origin),
            (
                Selection::Chosen {
                    attribute,
                    filter,
                    sub,
                },
                _,
            ) => self.chosen(attribute, filter, sub, op, value),
        }
    }

    fn is_unknown(&self, path: &Path) -> bool {
        let known = |urn: &Urn| schema_named(self.kind, urn.as_str()).is_some();
        match path {
            Path::Schema(urn) => !known(urn),
            Path::Attribute(path) => {
                path.find(self.kind).is_none() && !known(&path.to_string().as_str().into())
            }
            Path::Selected(path, _, sub) => path.find(self.kind).is_none_or(|id| {
                sub.as_ref()
                    .is_some_and(|sub| self.kind.find_sub(id, sub.as_str()).is_none())
            }),
        }
    }

    /// K8, the base schema.
    fn base(&mut self, op: Verb, value: Option<&Value>) -> Result<()> {
        match value.filter(|value| op != Verb::Remove && !value.is_null()) {
            Some(value) => {
                let urn = self.kind.schema().clone();
                self.each_member(op, value, Origin::Within(&urn))
            }
            None => Err(mutability("the base schema cannot be removed")),
        }
    }

    /// K8, an extension.
    fn extension(&mut self, urn: &Urn, op: Verb, value: Option<&Value>) -> Result<()> {
        match (op, value) {
            (Verb::Add, Some(Value::Null)) => Ok(()),
            (Verb::Remove, _) | (_, None | Some(Value::Null)) => {
                self.steps.push(Step::Clear(urn.clone()));
                Ok(())
            }
            (_, Some(value)) => self.each_member(op, value, Origin::Within(urn)),
        }
    }

    /// K1 to K5.
    fn attribute(
        &mut self,
        id: AttrId,
        op: Verb,
        value: Option<&Value>,
        origin: Origin<'_>,
    ) -> Result<()> {
        let top = self.kind.parent(id).unwrap_or(id);
        let (Some(attribute), Some(holder)) = (self.kind.attribute(id), self.kind.attribute(top))
        else {
            return Ok(());
        };
        if attribute.mutability == Mutability::ReadOnly || holder.mutability == Mutability::ReadOnly
        {
            return self.read_only(id, op, value);
        }
        if holder.relation.is_some() {
            return self.members.change(id, op, value);
        }
        if id == top && is_schemas(self.kind, id) {
            return self.schemas(op, value, origin);
        }
        let action = if id != top {
            self.sub(id, attribute, op, value)?
        } else if attribute.multi {
            self.multi(id, op, value)?
        } else {
            self.single(id, attribute, op, value)?
        };
        // What is never returned is never kept (decision 55); its value was checked.
        let kept = action.filter(|_| holder.returned != Returned::Never);
        self.steps
            .extend(kept.map(|action| Step::Attribute(top, action)));
        Ok(())
    }

    /// K1, K2.
    fn single(
        &self,
        id: AttrId,
        attribute: &Attribute,
        op: Verb,
        value: Option<&Value>,
    ) -> Result<Option<Action>> {
        let Some(value) = value.filter(|value| op != Verb::Remove && !value.is_null()) else {
            return Ok(Some(Action::Unassign));
        };
        if attribute.kind == Kind::Complex {
            let fields = self.values.fields(id, value)?;
            return Ok((!fields.is_empty()).then_some(Action::Merge(fields)));
        }
        if attribute.required && value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Err(mutability(&format!("{} is required", self.kind.path(id))));
        }
        self.values
            .whole(id, value)
            .map(|value| Some(Action::Set(value)))
    }

    /// K3.
    fn multi(&self, id: AttrId, op: Verb, value: Option<&Value>) -> Result<Option<Action>> {
        let value = value.filter(|value| !value.is_null());
        Ok(match (op, value) {
            (Verb::Add, None) => None,
            (Verb::Add, Some(value)) => {
                let values = self.values.list(id, value)?;
                (!values.is_empty()).then_some(Action::Append(values))
            }
            (Verb::Replace, Some(value)) => match self.values.list(id, value)? {
                values if values.is_empty() => Some(Action::Unassign),
                values => Some(Action::Assign(values)),
            },
            (Verb::Remove | Verb::Replace, None) => Some(Action::Unassign),
            // Only the listed values go, never all (decision 9).
            (Verb::Remove, Some(value)) => Some(Action::Withdraw(self.values.listed(id, value)?)),
        })
    }

    /// K4, K5.
    fn sub(
        &self,
        id: AttrId,
        attribute: &Attribute,
        op: Verb,
        value: Option<&Value>,
    ) -> Result<Option<Action>> {
        let value = match value {
            Some(value) if op != Verb::Remove => self.values.whole(id, value)?,
            _ => Value::Null,
        };
        if attribute.required && value.is_null() {
            return Err(mutability(&format!("{} is required", self.kind.path(id))));
        }
        Ok(Some(Action::SetSub(id, value)))
    }

    /// K6, K7.
    fn chosen(
        &mut self,
        id: AttrId,
        filter: Predicate,
        sub: Option<AttrId>,
        op: Verb,
        value: Option<&Value>,
    ) -> Result<()> {
        let Some(attribute) = self.kind.attribute(id) else {
            return Ok(());
        };
        let read_only = |id| {
            self.kind
                .attribute(id)
                .is_some_and(|a| a.mutability == Mutability::ReadOnly)
        };
        if read_only(id) || sub.is_some_and(read_only) {
            return Err(mutability(&format!(
                "{} is readOnly",
                self.kind.path(sub.unwrap_or(id))
            )));
        }
        if attribute.relation.is_some() {
            return self.members.change_chosen(&filter, sub, op, value);
        }
        self.comparisons += filter.comparisons();
        if self.comparisons > COMPARISONS_MAX {
            let detail = format!("the paths of a PATCH hold at most {COMPARISONS_MAX} comparisons");
            return Err(Error::new(ErrorKind::PayloadTooLarge, detail));
        }
        let emptied = op == Verb::Remove || value.is_none_or(Value::is_null);
        let required = |id| self.kind.attribute(id).is_some_and(|a| a.required);
        if let Some(sub) = sub.filter(|sub| emptied && required(*sub)) {
            return Err(mutability(&format!("{} is required", self.kind.path(sub))));
        }
        if is_schemas(self.kind, id) {
            if op == Verb::Remove {
                self.steps.push(Step::Drop(filter));
                return Ok(());
            }
            let detail = "a schema URI cannot be changed into another";
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        }
        let creates = op == Verb::Add || self.leniency.replace_creates;
        let choice = choice(self.values, id, filter, sub, (op, creates), value)?;
        self.steps
            .extend(choice.map(|choice| Step::Attribute(id, Action::Choose(choice))));
        Ok(())
    }

    /// An echo of what the server knows is no fault; anything else is (decision 11).
    fn read_only(&mut self, id: AttrId, op: Verb, value: Option<&Value>) -> Result<()> {
        let top = self.kind.parent(id).unwrap_or(id);
        let refused = || mutability(&format!("{} is readOnly", self.kind.path(id)));
        let Some(value) = value.filter(|_| op != Verb::Remove) else {
            return Err(refused());
        };
        let common = |name: &str| self.kind.find(None, name) == Some(top);
        if common("id") {
            self.steps.push(Step::Id(value.clone()));
            return Ok(());
        }
        let elsewhere = common("meta")
            || self
                .kind
                .attribute(top)
                .is_some_and(|a| a.relation.is_some());
        if elsewhere && !value.is_null() {
            return Err(refused());
        }
        let sub = (top != id).then_some(id);
        self.steps
            .push(Step::Attribute(top, Action::Same(sub, value.clone())));
        Ok(())
    }

    /// `schemas` follows from the data (patch-semantics §6): naming a schema adds nothing, leaving
    /// an extension out removes its data.
    ///
    /// Not so as a key of a pathless value: there it is the heading of a resource that is sent
    /// back, and a client that knows no extension must not empty it.
    fn schemas(&mut self, op: Verb, value: Option<&Value>, origin: Origin<'_>) -> Result<()> {
        let value = value.filter(|value| !value.is_null());
        let Some(value) = value else {
            return if op == Verb::Add {
                Ok(())
            } else {
                Err(mutability("schemas is required"))
            };
        };
        let named = as_list(value).iter().map(|urn| {
            let known = urn.as_str().and_then(|urn| schema_named(self.kind, urn));
            let detail = || format!("{urn} is no schema of {}", self.kind.name());
            known
                .cloned()
                .ok_or_else(|| Error::new(ErrorKind::InvalidValue, detail()))
        });
        let named = named.collect::<Result<Vec<Urn>>>()?;
        let has_base = named.contains(self.kind.schema());
        match op {
            Verb::Add => {}
            Verb::Replace if named.is_empty() => return Err(mutability("schemas is required")),
            // Neither may the base be removed, nor what replaces the list lack it.
            _ if has_base == (op == Verb::Remove) => return Err(keeps_base(self.kind)),
            Verb::Remove => self.steps.extend(named.into_iter().map(Step::Clear)),
            Verb::Replace => {
                let asked = matches!(origin, Origin::Path);
                self.steps.extend(asked.then_some(Step::Keep(named)));
            }
        }
        Ok(())
    }
}

pub(super) fn keeps_base(kind: &ResourceType) -> Error {
    let detail = format!("schemas must keep {}", kind.schema());
    Error::new(ErrorKind::InvalidValue, detail)
}

pub(super) fn mutability(detail: &str) -> Error {
    Error::new(ErrorKind::Mutability, detail)
}

pub(super) fn is_schemas(kind: &ResourceType, id: AttrId) -> bool {
    kind.find(None, "schemas") == Some(id)
}

/// An object with one member.
pub(super) fn object_of(name: &str, value: Value) -> Map<String, Value> {
    std::iter::once((name.to_owned(), value)).collect()
}
