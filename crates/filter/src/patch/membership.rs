//! Operations on `members`, run over sets instead of a list nobody has read
//! (patch-semantics §3, decision 9).
//!
//! Each operation changes what the ones before it left: {everything goes, these go, those that
//! match go, these come}. In that order the result does not depend on what the group holds.

use enroll_schema::{
    AttrId, Error, ErrorKind, Mode, Mutability, Relation, Result, limits::LINKS_PER_REQUEST_MAX,
};
use serde_json::Value;

use super::{
    LinkPlan, Verb,
    compile::Change,
    links::Ordered,
    place::{Place, mutability},
    value::{Values, as_list},
};
use crate::{
    Bound, Expr, Op, Operand, Predicate,
    shown::shown,
    values::{is_link, resource_named},
};

/// The links as the operations so far leave them.
pub(super) struct Membership<'a> {
    values: Values<'a>,
    attribute: Option<AttrId>,
    replace_creates: bool,
    /// How many links the request named so far.
    named: usize,
    require: Ordered,
    clear: bool,
    unlink: Ordered,
    unlink_where: Vec<Predicate>,
    /// How many comparisons those hold.
    chosen_nodes: usize,
    link: Ordered,
}

impl<'a> Membership<'a> {
    pub(super) fn of(values: Values<'a>, replace_creates: bool) -> Self {
        Self {
            values,
            attribute: values.kind.related(Relation::Members),
            replace_creates,
            named: 0,
            require: Ordered::default(),
            clear: false,
            unlink: Ordered::default(),
            unlink_where: Vec::new(),
            chosen_nodes: 0,
            link: Ordered::default(),
        }
    }

    pub(super) fn into_plan(self) -> LinkPlan {
        let mut any = self.unlink_where;
        let one = if any.len() == 1 { any.pop() } else { None };
        LinkPlan {
            require: self.require.into_vec(),
            clear: self.clear,
            unlink: self.unlink.into_vec(),
            unlink_where: one.or((!any.is_empty()).then_some(Expr::Any(any))),
            link: self.link.into_vec(),
            ..LinkPlan::default()
        }
    }

    /// `members` and `members.sub`.
    pub(super) fn change(&mut self, id: AttrId, change: Change<'_>) -> Result<()> {
        if Some(id) != self.attribute {
            return Err(whole_members());
        }
        let value = change.value.filter(|value| !value.is_null());
        match (change.op, value) {
            (Verb::Add, None) => {}
            (Verb::Remove | Verb::Replace, None) => self.remove_all(),
            (Verb::Add, Some(value)) => {
                let ids = self.read(value)?;
                self.add_all(&ids);
            }
            (Verb::Replace, Some(value)) => {
                let ids = self.read(value)?;
                self.remove_all();
                self.add_all(&ids);
            }
            (Verb::Remove, Some(value)) => {
                for id in self.read(value)? {
                    self.remove(&id);
                }
            }
        }
        Ok(())
    }

    /// `members[filter]` and `members[filter].sub`.
    pub(super) fn change_chosen(
        &mut self,
        filter: &Predicate,
        sub: Option<Place<'_>>,
        change: Change<'_>,
    ) -> Result<()> {
        if change.op == Verb::Remove {
            return if sub.is_some() {
                Err(whole_members())
            } else {
                self.remove_chosen(filter)
            };
        }
        let Some(id) = named_by(self.values, filter) else {
            return Err(mutability(
                "choose a member by its value: members[value eq \"…\"]",
            ));
        };
        self.count(1)?;
        let Some(value) = change.given() else {
            return match (change.op, sub) {
                (Verb::Add, _) => Ok(()),
                (_, Some(_)) => Err(whole_members()),
                (_, None) => self.require(&id).map(|()| self.remove(&id)),
            };
        };
        let stays = match sub {
            Some(sub) => is_link(sub.kind, sub.id) && value.as_str() == Some(&id),
            None => self.element(value, Some(&id))? == id,
        };
        match (stays, change.op) {
            (false, _) => Err(whole_members()),
            (true, _) if !is_id(&id) => Err(no_id()),
            (true, Verb::Replace) if !self.replace_creates => self.require(&id),
            (true, _) => {
                self.add(&id);
                Ok(())
            }
        }
    }

    fn remove_chosen(&mut self, filter: &Predicate) -> Result<()> {
        if let Some(ids) = ids(self.values, filter) {
            self.count(ids.len())?;
            for id in &ids {
                self.remove(id);
            }
            return Ok(());
        }
        if !self.link.is_empty() {
            return Err(undecided());
        }
        if !self.clear {
            self.chosen_nodes += filter.comparisons();
            self.unlink_where.push(filter.clone());
        }
        if self.chosen_nodes > CHOSEN_NODES_MAX {
            let detail = format!("members are chosen by at most {CHOSEN_NODES_MAX} comparisons");
            return Err(Error::new(ErrorKind::InvalidFilter, detail));
        }
        Ok(())
    }

    fn add(&mut self, id: &str) {
        self.unlink.remove(id);
        self.link.insert(id);
    }

    fn add_all(&mut self, ids: &[String]) {
        for id in ids {
            self.add(id);
        }
    }

    fn remove(&mut self, id: &str) {
        self.link.remove(id);
        // What is no id names no row: a filter may hold texts that no column can.
        if !self.clear && is_id(id) {
            self.unlink.insert(id);
        }
    }

    fn remove_all(&mut self) {
        self.clear = true;
        self.unlink.clear();
        self.unlink_where.clear();
        self.chosen_nodes = 0;
        self.link.clear();
    }

    fn require(&mut self, id: &str) -> Result<()> {
        if self.link.contains(id) {
            return Ok(());
        }
        if self.clear || self.unlink.contains(id) {
            return Err(Error::new(
                ErrorKind::NoTarget,
                "no value of members matches",
            ));
        }
        if !self.unlink_where.is_empty() {
            return Err(undecided());
        }
        self.require.insert(id);
        Ok(())
    }

    fn count(&mut self, more: usize) -> Result<()> {
        self.named += more;
        if self.named > LINKS_PER_REQUEST_MAX {
            let detail =
                format!("a request names at most {LINKS_PER_REQUEST_MAX} members; send several");
            return Err(Error::new(ErrorKind::PayloadTooLarge, detail));
        }
        Ok(())
    }

    fn read(&mut self, value: &Value) -> Result<Vec<String>> {
        let list = as_list(value);
        self.count(list.len())?;
        list.iter()
            .map(|element| self.element(element, None))
            .collect()
    }

    /// Returns the id that a member names; `chosen` is the one that the path named already.
    fn element(&self, element: &Value, chosen: Option<&str>) -> Result<String> {
        let Value::Object(members) = element else {
            return Err(invalid("a member is an object with a value, the id"));
        };
        let (mut id, mut reference) = (chosen, None);
        for (name, value) in members {
            let Some(name) = self.sub(name)?.filter(|_| !value.is_null()) else {
                continue;
            };
            let Some(text) = value.as_str() else {
                return Err(invalid(&format!("members.{name} is a text")));
            };
            match name {
                "value" => id = Some(text),
                "$ref" => reference = Some(text),
                _ => {}
            }
        }
        let Some(id) = id.filter(|id| is_id(id)) else {
            return Err(no_id());
        };
        // A `$ref` is derived; one that names another resource is a contradiction (decision 13).
        let named =
            reference.map(|text| resource_named(text).rsplit('/').next().unwrap_or_default());
        if named.is_some_and(|named| !named.is_empty() && named != id) {
            return Err(invalid(
                "members.$ref names another resource than value; leave it out",
            ));
        }
        Ok(id.to_owned())
    }

    /// Returns the schema's name of a sub-attribute that is looked at; readOnly ones are not.
    fn sub(&self, name: &str) -> Result<Option<&'a str>> {
        let kind = self.values.kind;
        let sub = self
            .attribute
            .and_then(|attribute| kind.find_sub(attribute, name));
        match sub.and_then(|sub| kind.attribute(sub)) {
            Some(sub) if sub.mutability == Mutability::ReadOnly => Ok(None),
            Some(sub) => Ok(Some(sub.name.as_str())),
            None if self.values.mode == Mode::Lenient => Ok(None),
            None => Err(invalid(&format!(
                "members has no sub-attribute {}",
                shown(name)
            ))),
        }
    }
}

/// What any id could be; what is none here is kept as a pending reference.
fn is_id(text: &str) -> bool {
    text.len() <= LINK_BYTES_MAX && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// Most bytes of a link, as of any id it could name.
const LINK_BYTES_MAX: usize = 255;

/// Returns the ids that `value eq "a" or value eq "b"` lists; nothing for any other filter.
fn ids(values: Values<'_>, filter: &Predicate) -> Option<Vec<String>> {
    let list = match filter {
        Expr::Any(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter()
        .map(|one| id_of(values, one).map(str::to_owned))
        .collect()
}

/// Returns the id in `value eq "a"`, alone or among other conditions on the same member.
fn named_by(values: Values<'_>, filter: &Predicate) -> Option<String> {
    let list = match filter {
        Expr::All(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut ids = list.iter().filter_map(|one| id_of(values, one));
    let id = ids.next()?;
    ids.all(|other| other == id).then(|| id.to_owned())
}

fn id_of<'a>(values: Values<'_>, filter: &'a Predicate) -> Option<&'a str> {
    match filter {
        Expr::Test(Bound::Compare {
            attribute,
            op: Op::Eq,
            operand: Operand::Text { raw, .. },
        }) if is_link(values.kind, *attribute) => Some(raw),
        _ => None,
    }
}

/// Most comparisons that a store makes with each member of a group that may have a million.
const CHOSEN_NODES_MAX: usize = 32;

/// Which members a filter on anything but `value` means is known inside the transaction only.
fn undecided() -> Error {
    let detail = "after other changes of members in the same request, choose members by value";
    Error::new(ErrorKind::InvalidFilter, detail)
}

fn invalid(detail: &str) -> Error {
    Error::new(ErrorKind::InvalidValue, detail)
}

fn no_id() -> Error {
    invalid("a member has a value, the id of a resource")
}

/// Members come and go as a whole: their sub-attributes are immutable (RFC 7643 §4.2).
fn whole_members() -> Error {
    mutability("a member cannot be changed, only added or removed as a whole")
}
