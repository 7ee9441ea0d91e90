//! One walk over a request: every place is offered to the rules that are on, in table order.

use enroll_filter::{AttrPath, Expr, Filter, Profile, SEARCH_FILTER_BYTES_MAX, Written};
use enroll_schema::{AttrId, Kind, ResourceType};
use serde_json::Value;

use crate::{
    area::{keys::relocate, operations, values::flag},
    notation::{Named, named, schema},
    rule::{Holds, Members, Place, Rule, Spot, Target, key_of, member_mut},
    switches::Switches,
    told::{self, Part},
};

/// Most keys of an object that are looked at one by one: moving one compares it with the others,
/// which must not cost a hostile body's length squared. Nobody sends half as many.
const KEYS_MAX: usize = 256;

/// Most looks at a body: the last one finds nothing more to move.
const ROUNDS_MAX: usize = 4;

/// The walk over one request of one resource type.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    pub(crate) kind: &'a ResourceType,
    pub(crate) switches: &'a mut Switches,
}

impl Pass<'_> {
    /// Looks at the body of a POST or PUT.
    pub(crate) fn resource(&mut self, body: &mut Members) {
        // A value that was put right may leave a place for one that a key sends there, and what
        // was moved is looked at in turn.
        for _ in 0..ROUNDS_MAX {
            let mut strange = false;
            for (key, value) in body.iter_mut() {
                strange |= !self.keyed(None, key, value, Place::Body);
            }
            if !strange || !self.strange_keys(body) {
                break;
            }
        }
    }

    /// Looks at a PATCH message.
    pub(crate) fn patch(&mut self, body: &mut Members) {
        let Some(Value::Array(operations)) = member_mut(body, "Operations") else {
            return;
        };
        for (index, operation) in operations.iter_mut().enumerate() {
            if let Value::Object(operation) = operation {
                self.switches.at(index);
                self.operation(operation);
            }
        }
    }

    /// Looks at a filter; returns what it should read.
    pub(crate) fn filter(&mut self, text: &str) -> Option<String> {
        let mut exact = None;
        self.switches.each(
            Spot::Filter,
            &mut exact,
            |exact| text_part("filter", exact.as_deref(), text),
            |exact, rule| match rule {
                Rule::Filter(read) => replaced(exact, text, read),
                _ => false,
            },
        );
        let renamed = self.names_in_filter(exact.as_deref().unwrap_or(text));
        renamed.or(exact)
    }

    fn names_in_filter(&mut self, text: &str) -> Option<String> {
        if !self.suspicious(text) {
            return None;
        }
        // How long it may be depends on where it stands, and is for whoever reads it next to say.
        let bytes_max = SEARCH_FILTER_BYTES_MAX;
        let mut filter = Filter::parse_within(text, Profile::Lenient, bytes_max).ok()?;
        self.expression(None, &mut filter)
            .then(|| filter.to_string())
    }

    /// Looks at a name in `sortBy`, or in a path; returns what it should read.
    pub(crate) fn name(&mut self, text: &str) -> Option<String> {
        let kind = self.kind;
        let mut renamed = None;
        self.switches.each(
            Spot::Name,
            &mut renamed,
            |renamed| text_part("name", renamed.as_deref(), text),
            |renamed, rule| match rule {
                Rule::Name(rename) => replaced(renamed, text, |text| rename(kind, text)),
                _ => false,
            },
        );
        renamed
    }

    /// Looks at one entry of `attributes` or `excludedAttributes`.
    pub(crate) fn selection(&mut self, text: &str) -> Option<String> {
        let mut plain = None;
        self.switches.each(
            Spot::Selection,
            &mut plain,
            |plain| text_part("attributes", plain.as_deref(), text),
            |plain, rule| match rule {
                Rule::Selection(select) => replaced(plain, text, select),
                _ => false,
            },
        );
        let renamed = self.name(plain.as_deref().unwrap_or(text));
        renamed.or(plain)
    }

    /// Moves what stands under keys that name no top-level attribute; tells whether it could.
    fn strange_keys(&mut self, body: &mut Members) -> bool {
        let kind = self.kind;
        let known = |key: &str| kind.find(None, key).is_some() || schema(kind, key).is_some();
        if body.len() > KEYS_MAX {
            return false;
        }
        let strange: Vec<String> = body.keys().filter(|key| !known(key)).cloned().collect();
        let moved = strange.iter().filter(|key| self.strange_key(body, key));
        moved.count() > 0
    }

    fn strange_key(&mut self, body: &mut Members, key: &str) -> bool {
        let kind = self.kind;
        let before = self.switches.fired();
        if let Some(meant) = self.name(key) {
            let moved = relocate(kind, body, key, &meant);
            if !moved {
                self.switches.restore(before);
            }
            return moved;
        }
        let mut moved = false;
        self.switches.each(
            Spot::Key,
            body,
            |body| vec![(key.to_owned(), body.get(key).cloned().unwrap_or_default())],
            |body, rule| match rule {
                Rule::Key(settle) => {
                    let fired = settle(kind, body, key);
                    moved |= fired;
                    fired
                }
                _ => false,
            },
        );
        moved
    }

    /// Looks at the value of the attribute that `key` names in the schema `urn`, or at those of a
    /// whole schema; tells whether the key is a plain name or a schema.
    fn keyed(&mut self, urn: Option<&str>, key: &str, value: &mut Value, place: Place) -> bool {
        let kind = self.kind;
        if let Some(id) = kind.find(urn, key) {
            if let Some(target) = Target::whole(kind, id, place) {
                self.value(&target, value);
            }
            return true;
        }
        match named(kind, key, place).filter(|_| urn.is_none()) {
            Some(Named::Attribute(target)) => self.value(&target, value),
            Some(Named::Schema(urn)) => {
                self.container(urn, value, place);
                return true;
            }
            None => {}
        }
        false
    }

    fn container(&mut self, urn: &str, value: &mut Value, place: Place) {
        let Value::Object(members) = value else {
            return;
        };
        for (key, value) in members.iter_mut() {
            self.keyed(Some(urn), key, value, place);
        }
    }

    fn operation(&mut self, operation: &mut Members) {
        let kind = self.kind;
        self.switches.each(
            Spot::Sees,
            operation,
            told::operation,
            |operation, rule| match rule {
                Rule::Sees(sees) => sees(kind, operation),
                _ => false,
            },
        );
        let path = operations::path(operation).map(str::to_owned);
        match path.as_deref().map(|path| self.path(path)) {
            Some(Some(path)) => {
                operations::set(operation, "path", Value::String(path));
            }
            Some(None) => {}
            None => self.keys(operation),
        }
        self.switches.each(
            Spot::Operation,
            operation,
            told::operation,
            |operation, rule| match rule {
                Rule::Operation(rewrite) => rewrite(kind, operation),
                _ => false,
            },
        );
        match operations::path(operation).map(str::to_owned) {
            Some(path) => self.targeted(operation, &path),
            None => self.pathless(operation),
        }
    }

    fn targeted(&mut self, operation: &mut Members, path: &str) {
        let kind = self.kind;
        let removes = operations::is_op(operation, "remove");
        let Some(value) = member_mut(operation, "value") else {
            return;
        };
        match named(kind, path, Place::Operation) {
            Some(Named::Attribute(target)) => {
                let given = !value.is_null();
                self.value(&target, value);
                if given && value.is_null() && target.holds == Holds::Single && !removes {
                    operations::emptied(operation);
                }
            }
            Some(Named::Schema(urn)) => self.container(urn, value, Place::Operation),
            None => {}
        }
    }

    fn pathless(&mut self, operation: &mut Members) {
        if let Some(Value::Object(members)) = member_mut(operation, "value") {
            for (key, value) in members.iter_mut() {
                self.keyed(None, key, value, Place::Operation);
            }
        }
    }

    /// Looks at the keys of an operation without a path, which are paths.
    fn keys(&mut self, operation: &mut Members) {
        let Some(Value::Object(members)) = member_mut(operation, "value") else {
            return;
        };
        if members.len() > KEYS_MAX {
            return;
        }
        for key in members.keys().cloned().collect::<Vec<String>>() {
            let before = self.switches.fired();
            let Some(renamed) = self.path(&key) else {
                continue;
            };
            if key_of(members, &renamed).is_some() {
                self.switches.restore(before);
            } else if let Some(value) = members.remove(&key) {
                members.insert(renamed, value);
            }
        }
    }

    /// Looks at a PATCH path: its names, and the filter inside its brackets.
    fn path(&mut self, text: &str) -> Option<String> {
        let renamed = self.name(text);
        let current = renamed.as_deref().unwrap_or(text);
        let filtered = current.rfind(']').and_then(|close| {
            let (selected, tail) = current.split_at(close + 1);
            self.filter(selected).map(|selected| selected + tail)
        });
        filtered.or(renamed)
    }

    /// Tells, without parsing, whether a rule might act on something in `filter`.
    fn suspicious(&mut self, filter: &str) -> bool {
        let before = self.switches.fired();
        let found = filter.split('"').enumerate().any(|(at, part)| {
            // Every second part is inside quotes; an escaped quote only costs a parse.
            let quoted = at % 2 == 1;
            (quoted && flag(part).is_some()) || (!quoted && self.names_differently(part))
        });
        self.switches.restore(before);
        found
    }

    fn names_differently(&mut self, text: &str) -> bool {
        let inside =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-' | '$');
        let words = text.split(|c| !inside(c)).filter(|word| !word.is_empty());
        words.into_iter().any(|word| self.name(word).is_some())
    }

    fn expression(&mut self, within: Option<AttrId>, filter: &mut Filter) -> bool {
        match filter {
            Expr::All(parts) | Expr::Any(parts) => {
                let changes = parts.iter_mut().map(|part| self.expression(within, part));
                // Every part is looked at: `any` would stop at the first that changed.
                changes.filter(|changed| *changed).count() > 0
            }
            Expr::Not(inner) => self.expression(within, inner),
            Expr::Test(leaf) => self.leaf(within, leaf),
        }
    }

    fn leaf(&mut self, within: Option<AttrId>, leaf: &mut Written) -> bool {
        let kind = self.kind;
        let mut changed = within.is_none() && self.attr_path(leaf);
        if let Written::Element(path, inner) = leaf {
            let attribute = path.find(kind);
            changed |= attribute.is_some() && self.expression(attribute, inner);
        }
        self.switches.each(
            Spot::Leaf,
            leaf,
            |leaf| vec![("filter".to_owned(), leaf.to_string().into())],
            |leaf, rule| match rule {
                Rule::Leaf(rewrite) => {
                    let fired = rewrite(kind, within, leaf);
                    changed |= fired;
                    fired
                }
                _ => false,
            },
        );
        changed
    }

    fn attr_path(&mut self, leaf: &mut Written) -> bool {
        let (Written::Present(path) | Written::Compare(path, ..) | Written::Element(path, _)) =
            leaf;
        let renamed = self.name(&path.to_string());
        let renamed = renamed.and_then(|text| text.parse::<AttrPath>().ok());
        let changed = renamed.is_some();
        if let Some(renamed) = renamed {
            *path = renamed;
        }
        changed
    }

    fn value(&mut self, target: &Target<'_>, value: &mut Value) {
        if plain(target, value) || tidy(target, value) {
            return;
        }
        self.switches.each(
            Spot::Value,
            value,
            |value| vec![(target.kind.path(target.id), value.clone())],
            |value, rule| match rule {
                Rule::Value(rewrite) => rewrite(target, value),
                _ => false,
            },
        );
        match value {
            Value::Array(items) if target.holds == Holds::List => self.list(target, items),
            Value::Object(members) if target.attribute.kind == Kind::Complex => {
                for (key, part) in members.iter_mut() {
                    if let Some(sub) = target.sub(key) {
                        self.value(&sub, part);
                    }
                }
            }
            _ => {}
        }
    }

    fn list(&mut self, target: &Target<'_>, items: &mut Vec<Value>) {
        let element = target.holding(Holds::Element);
        for item in items.iter_mut() {
            self.value(&element, item);
        }
        self.switches.each(
            Spot::List,
            items,
            |items| vec![(target.kind.path(target.id), Value::Array(items.clone()))],
            |items, rule| match rule {
                Rule::List(rewrite) => rewrite(target, items),
                _ => false,
            },
        );
    }
}

/// Puts what `read` makes of the text into `now`; tells whether it made anything.
fn replaced(now: &mut Option<String>, sent: &str, read: impl Fn(&str) -> Option<String>) -> bool {
    let new = read(now.as_deref().unwrap_or(sent));
    let fired = new.is_some();
    *now = new.or(now.take());
    fired
}

fn text_part(name: &str, now: Option<&str>, sent: &str) -> Vec<Part> {
    vec![(name.to_owned(), now.unwrap_or(sent).into())]
}

/// Tells whether the value is what the attribute holds, which most are: then no rule is asked.
fn plain(target: &Target<'_>, value: &Value) -> bool {
    let one = target.holds != Holds::List;
    match (target.attribute.kind, value) {
        (_, Value::Null) => true,
        (Kind::Boolean, Value::Bool(_)) | (Kind::Integer | Kind::Decimal, Value::Number(_)) => one,
        (Kind::Complex | Kind::Boolean | Kind::Integer | Kind::Decimal, _) => false,
        (_, Value::String(text)) => one && !text.is_empty(),
        _ => false,
    }
}

/// Tells whether the value is an object of known parts, all plain and none of them JSON in text:
/// then no rule is asked either. In a group of thousands every member is.
fn tidy(target: &Target<'_>, value: &Value) -> bool {
    let Value::Object(members) = value else {
        return false;
    };
    let json = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text.trim_start().starts_with('{'))
    };
    let known = |(key, value): (&String, &Value)| {
        !json(value) && target.sub(key).is_some_and(|sub| plain(&sub, value))
    };
    target.attribute.kind == Kind::Complex
        && target.holds != Holds::List
        && members.iter().all(known)
}
