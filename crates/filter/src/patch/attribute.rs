//! Operations on attributes: the verb and the kind of path make an action
//! (patch-semantics §3, K1 to K7).

use enroll_schema::{AttrId, Error, ErrorKind, Kind, Mutability, Result};
use serde_json::Value;

use super::{
    Action, Step, Verb,
    choose::choice,
    compile::{Change, Compiler, Origin},
    place::Place,
};
use crate::Predicate;

impl Compiler<'_> {
    /// K1 to K5.
    pub(super) fn attribute(
        &mut self,
        id: AttrId,
        change: Change<'_>,
        origin: Origin<'_>,
    ) -> Result<()> {
        let top = self.kind.parent(id).unwrap_or(id);
        let (Some(place), Some(holder)) = (Place::of(self.kind, id), Place::of(self.kind, top))
        else {
            return Ok(());
        };
        if place.is(Mutability::ReadOnly) || holder.is(Mutability::ReadOnly) {
            return self.read_only(place, holder, change);
        }
        if holder.attribute.relation.is_some() {
            return self.members.change(id, change);
        }
        if place.is_common("schemas") {
            return self.schemas(change, origin);
        }
        let action = if id != top {
            Some(self.sub(place, change)?)
        } else if place.attribute.multi {
            self.multi(place, change)?
        } else {
            self.single(place, change)?
        };
        // What is never returned is never kept (decision 55); its value was checked.
        let is_kept = holder.attribute.is_kept() && place.attribute.is_kept();
        let kept = action.filter(|_| is_kept);
        self.steps
            .extend(kept.map(|action| Step::Attribute(top, action)));
        Ok(())
    }

    /// K1, K2.
    fn single(&self, place: Place<'_>, change: Change<'_>) -> Result<Option<Action>> {
        let Some(value) = change.given() else {
            return Ok(Some(Action::Unassign));
        };
        if place.attribute.kind == Kind::Complex {
            let fields = self.values.fields(place, value)?;
            return Ok((!fields.is_empty()).then_some(Action::Merge(fields)));
        }
        let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
        if place.attribute.required && blank {
            return Err(place.is_fixed("required"));
        }
        self.values
            .whole(place.id, value)
            .map(|value| Some(Action::Set(value)))
    }

    /// K3.
    fn multi(&self, place: Place<'_>, change: Change<'_>) -> Result<Option<Action>> {
        let value = change.value.filter(|value| !value.is_null());
        Ok(match (change.op, value) {
            (Verb::Add, None) => None,
            (Verb::Add, Some(value)) => {
                let values = self.values.list(place, value)?;
                (!values.is_empty()).then_some(Action::Append(values))
            }
            (Verb::Replace, Some(value)) => match self.values.list(place, value)? {
                values if values.is_empty() => Some(Action::Unassign),
                values => Some(Action::Assign(values)),
            },
            (Verb::Remove | Verb::Replace, None) => Some(Action::Unassign),
            // Only the listed values go, never all (decision 9).
            (Verb::Remove, Some(value)) => {
                Some(Action::Withdraw(self.values.listed(place, value)?))
            }
        })
    }

    /// K4, K5.
    fn sub(&self, place: Place<'_>, change: Change<'_>) -> Result<Action> {
        let value = match change.given() {
            Some(value) => self.values.whole(place.id, value)?,
            None => Value::Null,
        };
        if place.attribute.required && value.is_null() {
            return Err(place.is_fixed("required"));
        }
        Ok(Action::SetSub(place.id, value))
    }

    /// K6, K7: the values of an attribute that a filter chooses, or a sub-attribute of them.
    pub(super) fn chosen(
        &mut self,
        (id, sub): (AttrId, Option<AttrId>),
        filter: Predicate,
        change: Change<'_>,
    ) -> Result<()> {
        let Some(place) = Place::of(self.kind, id) else {
            return Ok(());
        };
        let sub = sub.and_then(|sub| Place::of(self.kind, sub));
        if let Some(fixed) = sub
            .into_iter()
            .chain([place])
            .find(|p| p.is(Mutability::ReadOnly))
        {
            return Err(fixed.is_fixed("readOnly"));
        }
        if place.attribute.relation.is_some() {
            return self.members.change_chosen(&filter, sub, change);
        }
        if place.is_common("schemas") {
            if change.op == Verb::Remove {
                self.steps.push(Step::Drop(filter));
                return Ok(());
            }
            let detail = "a schema URI cannot be changed into another";
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        }
        if let Some(sub) = sub.filter(|sub| sub.attribute.required && change.given().is_none()) {
            return Err(sub.is_fixed("required"));
        }
        let creates = change.op == Verb::Add || self.leniency.replace_creates;
        let choice = choice(self.values, (place, sub), (filter, creates), change)?;
        let is_kept = sub.unwrap_or(place).attribute.is_kept();
        let kept = choice.filter(|_| is_kept);
        self.steps
            .extend(kept.map(|choice| Step::Attribute(id, Action::Choose(choice))));
        Ok(())
    }

    /// An echo of what the server knows is no fault; anything else is (decision 11).
    fn read_only(&mut self, place: Place<'_>, holder: Place<'_>, change: Change<'_>) -> Result<()> {
        let Some(value) = change.value.filter(|_| change.op != Verb::Remove) else {
            return Err(place.is_fixed("readOnly"));
        };
        if place.is_common("id") {
            self.steps.push(Step::Id(value.clone()));
            return Ok(());
        }
        let elsewhere = holder.is_common("meta") || holder.attribute.relation.is_some();
        if elsewhere && !value.is_null() {
            return Err(place.is_fixed("readOnly"));
        }
        let sub = (place.id != holder.id).then_some(place.id);
        self.steps
            .push(Step::Attribute(holder.id, Action::Same(sub, value.clone())));
        Ok(())
    }
}
