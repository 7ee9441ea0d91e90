//! Random steps over a few ids, names and values, so that they meet.

use enroll_conformance::store::Ground;
use enroll_filter::{Expr, LinkPlan, Predicate, Unknown};
use enroll_schema::{ResourceType, Version};
use enroll_store::{Draft, Expected, Store};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

pub(crate) const USERS: &[&str] = &["u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"];
pub(crate) const GROUPS: &[&str] = &["g0", "g1", "g2", "g3", "g4", "g5"];
const NAMES: &[&str] = &[
    "ada", "ADA", "Straße", "strasse", "bob", "cyd", "dan", "Eve", "fay", "gus", "hal", "ivy",
];
const EXTERNAL: &[&str] = &["e0", "e1", "u3", "g1"];
const VALUES: &[&str] = &[
    "u0", "u1", "u2", "u3", "u4", "u5", "g0", "g1", "g2", "e0", "e1", "g3", "u6", "x",
];
const ELEMENTS: &[&str] = &[
    r#"type eq "User""#,
    r#"value sw "e""#,
    r#"display sw "a""#,
    "value pr",
];

/// One thing that is done.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Create(Body),
    Put(Body, Expect),
    Patch(&'static str, Vec<Value>, Expect),
    Link(&'static str, Links),
    Delete(&'static str, Expect),
    Wait(i64),
    Batch(Vec<Vec<(bool, Body)>>, Option<u32>),
}

/// A resource as it is sent; its id says which type.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) id: &'static str,
    name: &'static str,
    external: Option<&'static str>,
    active: Option<bool>,
    email: Option<&'static str>,
    manager: Option<&'static str>,
    members: Vec<&'static str>,
}

/// A link plan.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    require: Vec<&'static str>,
    clear: bool,
    unlink: Vec<&'static str>,
    unlink_where: Option<&'static str>,
    link: Vec<&'static str>,
    refuse: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Expect {
    Any,
    First,
}

fn any_of(all: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    select(all)
}

fn some_of(all: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> + Clone {
    vec(select(all), 0..4)
}

fn ids() -> impl Strategy<Value = &'static str> + Clone {
    prop_oneof![any_of(USERS), any_of(GROUPS)]
}

fn body() -> impl Strategy<Value = Body> + Clone {
    let external = option::of(any_of(EXTERNAL));
    let email = option::of(any_of(NAMES));
    let manager = option::weighted(0.3, ids());
    let rest = (
        external,
        option::of(any::<bool>()),
        email,
        manager,
        some_of(VALUES),
    );
    (ids(), any_of(NAMES), rest).prop_map(|(id, name, rest)| {
        let (external, active, email, manager, members) = rest;
        Body {
            id,
            name,
            external,
            active,
            email,
            manager,
            members,
        }
    })
}

fn links() -> impl Strategy<Value = Links> {
    let unlink_where = option::weighted(0.3, any_of(ELEMENTS));
    let require = prop_oneof![3 => Just(Vec::new()), 1 => vec(select(VALUES), 1..2)];
    let refuse = prop::bool::weighted(0.2);
    (
        require,
        any::<bool>(),
        some_of(VALUES),
        unlink_where,
        some_of(VALUES),
        refuse,
    )
        .prop_map(
            |(require, clear, unlink, unlink_where, link, refuse)| Links {
                require,
                clear,
                unlink,
                unlink_where,
                link,
                refuse,
            },
        )
}

fn operation() -> impl Strategy<Value = Value> + Clone {
    let members =
        (select(&["add", "remove", "replace"][..]), some_of(VALUES)).prop_map(|(op, values)| {
            let values: Vec<_> = values
                .iter()
                .map(|value| json!({ "value": value }))
                .collect();
            json!({"op": op, "path": "members", "value": values})
        });
    let set = |path: &'static str, values: &'static [&'static str]| {
        select(values).prop_map(move |value| json!({"op": "replace", "path": path, "value": value}))
    };
    prop_oneof![
        3 => members,
        1 => set("userName", NAMES),
        1 => set("externalId", EXTERNAL),
        1 => set("displayName", NAMES),
        1 => any::<bool>().prop_map(|on| json!({"op": "add", "path": "active", "value": on})),
        1 => Just(json!({"op": "remove", "path": "externalId"})),
        1 => Just(json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x"})),
    ]
}

fn expect() -> impl Strategy<Value = Expect> + Clone {
    prop_oneof![4 => Just(Expect::Any), 1 => Just(Expect::First)]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        7 => body().prop_map(Step::Create),
        3 => (body(), expect()).prop_map(|(body, expect)| Step::Put(body, expect)),
        4 => (ids(), vec(operation(), 1..3), expect()).prop_map(|(id, ops, e)| Step::Patch(id, ops, e)),
        3 => (any_of(GROUPS), links()).prop_map(|(id, links)| Step::Link(id, links)),
        1 => (ids(), expect()).prop_map(|(id, expect)| Step::Delete(id, expect)),
        1 => (-5..20_i64).prop_map(Step::Wait),
        1 => (vec(vec((prop::bool::weighted(0.2), body()), 1..3), 1..4), option::of(1..3_u32))
            .prop_map(|(units, most)| Step::Batch(units, most)),
    ]
}

pub(crate) fn kind_of(id: &str) -> &'static str {
    if id.starts_with('g') { "Group" } else { "User" }
}

impl Expect {
    pub(crate) fn expected(self) -> Expected {
        match self {
            Self::Any => Expected::Any,
            Self::First => Expected::OneOf(vec![Version(1)]),
        }
    }
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

impl Body {
    pub(crate) fn draft<S: Store>(&self, on: &Ground<S>) -> Draft {
        let mut more = json!({});
        if let Some(external) = self.external {
            more["externalId"] = external.into();
        }
        if kind_of(self.id) == "Group" {
            let members: Vec<_> = self
                .members
                .iter()
                .map(|value| json!({ "value": value }))
                .collect();
            more["schemas"] = json!([on.kind("Group").schema().as_str()]);
            more["displayName"] = self.name.into();
            more["members"] = members.into();
            return on.draft("Group", self.id, more);
        }
        if let Some(active) = self.active {
            more["active"] = active.into();
        }
        if let Some(email) = self.email {
            more["displayName"] = email.into();
            more["emails"] =
                json!([{"value": "a@x", "type": "work"}, {"value": email, "type": "home"}]);
        }
        if let Some(manager) = self.manager {
            more[enroll_schema::urns::ENTERPRISE] = json!({"manager": {"value": manager}});
        }
        on.user_called(self.id, self.name, more)
    }
}

impl Links {
    pub(crate) fn plan<S: Store>(&self, on: &Ground<S>) -> LinkPlan {
        LinkPlan {
            require: texts(&self.require),
            clear: self.clear,
            unlink: texts(&self.unlink),
            unlink_where: self
                .unlink_where
                .map(|filter| inside(&on.kind("Group"), filter)),
            link: texts(&self.link),
            unknown: if self.refuse {
                Unknown::Refuse
            } else {
                Unknown::Keep
            },
        }
    }
}

fn inside(kind: &ResourceType, filter: &str) -> Predicate {
    let whole: enroll_filter::Filter = format!("members[{filter}]").parse().unwrap();
    match whole.bind(kind).unwrap() {
        Expr::Test(enroll_filter::Bound::Related { test, .. }) => match *test {
            enroll_filter::Bound::Element { inner, .. } => *inner,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}
