//! What holds for every input, not only for the rows of the tables.

use enroll_filter::{Expr, Filter, Patch, Path, Plan, Predicate, Profile, patch::Leniency};
use enroll_schema::{Document, urns};
use proptest::{prelude::*, sample::select};
use serde_json::{Map, Value, json};

use crate::{
    harness::{element, linked},
    kinds::{self, HR},
};

/// Names, whole and bare, of which some are in the schemas and some are keywords.
fn attribute() -> impl Strategy<Value = String> {
    let name = select(vec![
        "userName",
        "TITLE",
        "active",
        "name.givenName",
        "emails",
        "emails.type",
        "meta.created",
        "members",
        "groups.value",
        "not",
        "and",
        "pr",
        "$ref",
        "x-1_$y",
    ]);
    let urn = select(vec![
        "",
        "urn:ietf:params:scim:schemas:core:2.0:User:",
        "urn:a:1.0:",
    ]);
    (urn, name).prop_map(|(urn, name)| format!("{urn}{name}"))
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        any::<i64>().prop_map(|n| n.to_string()),
        select(vec![
            "true",
            "false",
            "null",
            "-0",
            "1.50E+3",
            "0.1",
            "123456789012345678901234567890"
        ])
        .prop_map(str::to_owned),
    ]
}

fn comparison(attribute: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let op = select(vec!["eq", "Ne", "CO", "sw", "ew", "gt", "ge", "lt", "le"]);
    (attribute, prop::option::of((op, literal()))).prop_map(|(attribute, rest)| match rest {
        Some((op, literal)) => format!("{attribute} {op} {literal}"),
        None => format!("{attribute} pr"),
    })
}

/// Joins with `and`, `or`, brackets and `not`, as deep as `levels`.
fn joined(leaf: BoxedStrategy<String>, levels: u32) -> BoxedStrategy<String> {
    leaf.prop_recursive(levels, 24, 3, |inner| {
        let wrap = select(vec![("", ""), ("", ""), ("(", ")"), ("not (", ")")]);
        let wrapped = (inner, wrap).prop_map(|(one, (open, close))| format!("{open}{one}{close}"));
        let list = prop::collection::vec(wrapped, 1..4);
        (list, select(vec![" and ", " or ", " AND ", " Or "]))
            .prop_map(|(list, word)| list.join(word))
    })
    .boxed()
}

fn filter_text() -> BoxedStrategy<String> {
    let bare =
        select(vec!["type", "value", "primary", "display", "nosuch"]).prop_map(str::to_owned);
    let inner = joined(comparison(bare).boxed(), 2);
    let selection =
        (attribute(), inner).prop_map(|(attribute, inner)| format!("{attribute}[{inner}]"));
    joined(
        prop_oneof![3 => comparison(attribute()), 1 => selection].boxed(),
        4,
    )
}

/// Filters that bind to User.
fn user_filter() -> impl Strategy<Value = Predicate> {
    let leaf = select(vec![
        r#"userName eq "A""#,
        r#"userName sw "a""#,
        "title pr",
        r#"title ne "b""#,
        "title eq null",
        "active eq true",
        r#"emails.type eq "work""#,
        r#"emails.type ne "work""#,
        r#"emails[type eq "work" and value co "a"]"#,
        "emails[not (primary eq true)]",
        "emails.primary eq false",
        r#"groups eq "g""#,
        r#"groups.value ne "g""#,
        "groups pr",
        r#"name.givenName gt "b""#,
        "urn:example:params:scim:schemas:extension:hr:2.0:User:level ge 2",
        "urn:example:params:scim:schemas:extension:hr:2.0:User pr",
    ]);
    let text = joined(leaf.prop_map(str::to_owned).boxed(), 4);
    text.prop_map(|text| {
        text.parse::<Filter>()
            .unwrap()
            .bind(&kinds::user())
            .unwrap()
    })
}

fn small_text() -> impl Strategy<Value = Value> {
    select(vec!["a", "A", "b", "work", "home", ""]).prop_map(Value::from)
}

fn mail() -> impl Strategy<Value = Value> {
    let part =
        |name: &'static str| prop::option::of(small_text()).prop_map(move |value| (name, value));
    let primary =
        prop::option::of(any::<bool>()).prop_map(|flag| ("primary", flag.map(Value::from)));
    (part("value"), part("type"), part("display"), primary).prop_map(
        |(value, kind, display, primary)| {
            let parts = [value, kind, display, primary].into_iter();
            parts
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect::<Map<_, _>>()
                .into()
        },
    )
}

/// A whole user; `groups` too, for filters.
fn user() -> impl Strategy<Value = Map<String, Value>> {
    let mails = prop::collection::vec(mail(), 0..4);
    let groups = prop::collection::vec(select(vec!["g", "h"]).prop_map(element), 0..3);
    (prop::option::of(small_text()), prop::option::of(any::<bool>()), mails, groups, prop::option::of(0..4)).prop_map(
        |(title, active, mails, groups, level)| {
            let whole = json!({
                "userName": "a", "title": title, "active": active, "name": {"givenName": "c"}, "emails": mails,
                "groups": groups, HR: {"level": level},
            });
            whole.as_object().unwrap().clone()
        },
    )
}

/// A user's document as stores keep it: at most one primary, nothing twice, nothing empty.
fn document() -> impl Strategy<Value = Document> {
    (prop::option::of(small_text()), prop::collection::vec(mail(), 0..4), prop::option::of(0..4)).prop_map(
        |(title, mails, level)| {
            let body = json!({
                "schemas": [urns::USER, HR], "userName": "a", "title": title, "emails": mails, HR: {"level": level},
            });
            Document::read(&kinds::user(), body, enroll_schema::Mode::Lenient).unwrap().document
        },
    )
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|f| json!(f)),
        small_text(),
        any::<String>().prop_map(Value::from),
    ];
    let key = prop_oneof![
        select(vec![
            "value",
            "type",
            "primary",
            "emails",
            "title",
            "name",
            "members",
            "schemas",
            "id",
            "meta",
            "groups",
            "userName",
            "$ref",
            HR,
            "emails[type eq \"work\"].value",
            "name.givenName"
        ])
        .prop_map(str::to_owned),
        ".*",
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn path_text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec![
            "title", "active", "name", "name.givenName", "emails", "emails.display", "emails.primary", "emails[type eq \"work\"]",
            "emails[type eq \"work\"].value", "emails[value eq \"a\"].primary", "emails[not (type pr)]", "name[givenName eq \"c\"]",
            "urn:example:params:scim:schemas:extension:hr:2.0:User:badges", "urn:example:params:scim:schemas:extension:hr:2.0:User:badges[value eq \"a\"]",
            HR, urns::USER, "schemas", "schemas[value pr]", "id", "meta", "groups", "members", "password", "userName",
            "members[value eq \"a\"]", "members[type eq \"User\"]", "members.value", "displayName",
        ]).prop_map(str::to_owned),
        1 => filter_text(),
        1 => ".*",
    ]
}

fn operation() -> impl Strategy<Value = Value> {
    let op = select(vec!["add", "remove", "replace"]);
    (
        op,
        prop::option::of(path_text()),
        prop_oneof![
            any_json(),
            small_text(),
            mail(),
            prop::collection::vec(mail(), 0..3).prop_map(Value::from)
        ],
    )
        .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }))
}

fn compiled(operations: &[Value], leniency: Leniency) -> Option<Plan> {
    let message = json!({ "schemas": [urns::PATCH_OP], "Operations": operations });
    Plan::compile(&kinds::user(), &Patch::read(message, false).ok()?, leniency).ok()
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_what_was_read(text in filter_text()) {
        let filter: Filter = text.parse().unwrap();
        let printed = filter.to_string();
        prop_assert_eq!(Filter::parse(&printed, Profile::Strict), Ok(filter), "{}", printed);
    }

    #[test]
    fn a_printed_path_reads_as_what_was_read(attribute in attribute(), inner in filter_text(), sub in prop::option::of("[a-z]{1,4}")) {
        let sub = sub.map(|sub| format!(".{sub}")).unwrap_or_default();
        for text in [attribute.clone(), format!("{attribute}[{inner}]{sub}")] {
            if let Ok(path) = text.parse::<Path>() {
                let printed = path.to_string();
                prop_assert_eq!(Path::parse(&printed, Profile::Strict), Ok(path), "{}", printed);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in prop_oneof![any::<String>(), "[a-z0-9.:$ \\[\\]()\"\\\\-]{0,40}"]) {
        for profile in [Profile::Strict, Profile::Lenient] {
            if let Err(error) = Filter::parse(&text, profile) {
                prop_assert!(error.at <= text.len() && text.is_char_boundary(error.at));
                prop_assert!(error.caret(&text).lines().count() >= 1);
            }
            let _ = Path::parse_for(&kinds::user(), &text, profile).map(|path| path.bind(&kinds::user()));
        }
    }

    #[test]
    fn not_is_the_opposite(predicate in user_filter(), user in user()) {
        let kind = kinds::user();
        let opposite = Expr::Not(Box::new(predicate.clone()));
        prop_assert_ne!(predicate.matches(&kind, &user), opposite.matches(&kind, &user));
    }

    #[test]
    fn pushed_and_residual_are_the_whole(predicate in user_filter(), user in user(), choice in any::<u64>()) {
        let kind = kinds::user();
        let asked = std::cell::Cell::new(0_u32);
        let can = |_: &Predicate| { asked.set(asked.get() + 1); choice >> (asked.get() % 64) & 1 == 1 };
        let (pushed, residual) = predicate.clone().split(can);
        let parts = pushed.iter().chain(&residual).all(|part| part.matches(&kind, &user));
        prop_assert_eq!(parts, predicate.matches(&kind, &user));
    }

    #[test]
    fn what_is_pinned_is_there(predicate in user_filter(), user in user()) {
        let kind = kinds::user();
        if predicate.matches(&kind, &user) {
            for (id, key) in predicate.pins() {
                let path: Path = kind.path(id).parse().unwrap();
                let values = path.read(&kind, &user).unwrap();
                let mut keys = values.iter().filter_map(|v| v.as_str()).map(|v| enroll_schema::fold::key(&kind, id, v));
                prop_assert!(keys.any(|found| found == key));
            }
        }
    }

    #[test]
    fn no_patch_of_anything_panics(
        before in any_json(), document in document(), operations in prop::collection::vec(operation(), 1..4), ignore in any::<bool>(),
    ) {
        let leniency = Leniency { ignore_unknown: ignore, replace_creates: ignore, ..Leniency::default() };
        for kind in [kinds::user(), kinds::group()] {
            let message = json!({ "schemas": [urns::PATCH_OP], "Operations": operations });
            if let Ok(plan) = Plan::compile(&kind, &Patch::read(message, false).unwrap(), leniency) {
                let odd = Document::from_canonical(before.as_object().cloned().unwrap_or_default());
                let _ = plan.apply(&kind, "u1", &odd);
                let _ = plan.apply(&kind, "u1", &document);
            }
        }
        let _ = Patch::read(before, true);
    }

    #[test]
    fn what_comes_out_is_canonical(document in document(), operations in prop::collection::vec(operation(), 1..4)) {
        let kind = kinds::user();
        let plan = compiled(&operations, Leniency::default());
        if let Some(Ok(after)) = plan.map(|plan| plan.apply(&kind, "u1", &document)) {
            let body = Value::Object(after.as_map().clone());
            let again = Document::read(&kind, body, enroll_schema::Mode::Strict);
            let again = again.map(|incoming| incoming.document.as_map()["schemas"].clone());
            prop_assert_eq!(again.ok(), Some(after.as_map()["schemas"].clone()), "{:?}", after);
            let mails = after.as_map().get("emails").and_then(Value::as_array).cloned().unwrap_or_default();
            prop_assert!(mails.iter().filter(|mail| mail["primary"] == true).count() <= 1);
            prop_assert!(mails.iter().all(|mail| mail.as_object().is_some_and(|mail| !mail.is_empty())));
        }
    }

    #[test]
    fn add_never_removes(document in document(), path in path_text(), value in prop_oneof![mail(), prop::collection::vec(mail(), 0..4).prop_map(Value::from), small_text()]) {
        // Threat D2. A sub-attribute set to null is the client's own word, and no value here holds one.
        let kind = kinds::user();
        let operation = json!({ "op": "add", "path": path, "value": value });
        if let Some(plan) = compiled(&[operation], Leniency::default()) {
            prop_assert!(!plan.links().clear && plan.links().unlink.is_empty() && plan.links().unlink_where.is_none());
            if let Ok(after) = plan.apply(&kind, "u1", &document) {
                for (name, before) in document.as_map() {
                    let now = after.as_map().get(name);
                    prop_assert!(now.is_some(), "{} is gone", name);
                    let count = |value: &Value| value.as_array().map_or(1, Vec::len);
                    prop_assert!(now.map_or(0, count) >= count(before), "{} has fewer values", name);
                }
            }
        }
    }

    #[test]
    fn what_is_done_twice_is_done_once(
        document in document(), op in select(vec!["add", "replace", "remove"]),
        path in select(vec!["title", "name", "name.givenName", "emails", "emails.display", "emails[type eq \"work\"].display", HR]),
        value in prop_oneof![mail(), prop::collection::vec(mail(), 0..4).prop_map(Value::from), small_text()],
    ) {
        let kind = kinds::user();
        let operation = json!({ "op": op, "path": path, "value": value });
        if let Some(Ok((plan, once))) = compiled(&[operation], Leniency::default()).map(|plan| plan.apply(&kind, "u1", &document).map(|after| (plan, after))) {
            prop_assert_eq!(plan.apply(&kind, "u1", &once), Ok(once));
        }
    }

    #[test]
    fn links_end_as_if_done_one_by_one(before in ids(), steps in prop::collection::vec(step(), 1..8)) {
        let kind = kinds::group();
        let operations: Vec<Value> = steps.iter().map(Step::operation).collect();
        let message = json!({ "schemas": [urns::PATCH_OP], "Operations": operations });
        let plan = Plan::compile(&kind, &Patch::read(message, false).unwrap(), Leniency::default());
        let naive = steps.iter().try_fold(before.clone(), |rows, step| step.run(rows));
        match plan {
            Ok(plan) => {
                let found = linked(&kind, plan.links(), before).ok();
                prop_assert_eq!(found.map(sorted), naive.map(sorted), "{:?}", operations);
            }
            // Refused: either the naive way ends without target too, or the store alone could know.
            Err(error) => prop_assert!(naive.is_none() || error.kind.scim_type() == Some("invalidFilter")),
        }
    }
}

fn ids() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(vec!["a", "b", "c", "g1", "g2"], 0..5)
        .prop_map(|ids| ids.into_iter().map(str::to_owned).collect())
}

/// One operation on members, and what it does to a list one has read.
#[derive(Clone, Debug)]
enum Step {
    Add(Vec<String>),
    Replace(Vec<String>),
    Remove(Vec<String>),
    Clear,
    Where(&'static str),
    Echo(String),
}

fn step() -> impl Strategy<Value = Step> {
    let filters = vec![
        r#"type eq "Group""#,
        r#"value sw "g""#,
        r#"value eq "a" or value eq "g1""#,
        r#"not (value eq "b")"#,
    ];
    prop_oneof![
        4 => ids().prop_map(Step::Add),
        1 => ids().prop_map(Step::Replace),
        4 => ids().prop_map(Step::Remove),
        1 => Just(Step::Clear),
        2 => select(filters).prop_map(Step::Where),
        1 => select(vec!["a", "g1"]).prop_map(|id| Step::Echo(id.to_owned())),
    ]
}

impl Step {
    fn operation(&self) -> Value {
        let list = |ids: &[String]| {
            ids.iter()
                .map(|id| json!({ "value": id }))
                .collect::<Value>()
        };
        match self {
            Self::Add(ids) => json!({ "op": "add", "path": "members", "value": list(ids) }),
            Self::Replace(ids) => json!({ "op": "replace", "path": "members", "value": list(ids) }),
            Self::Remove(ids) => json!({ "op": "remove", "path": "members", "value": list(ids) }),
            Self::Clear => json!({ "op": "remove", "path": "members" }),
            Self::Where(filter) => json!({ "op": "remove", "path": format!("members[{filter}]") }),
            Self::Echo(id) => {
                json!({ "op": "replace", "path": format!("members[value eq \"{id}\"]"), "value": { "value": id } })
            }
        }
    }

    fn run(&self, mut rows: Vec<String>) -> Option<Vec<String>> {
        let kind = kinds::group();
        match self {
            Self::Add(ids) => rows.extend(
                ids.iter()
                    .filter(|id| !rows.contains(id))
                    .cloned()
                    .collect::<Vec<_>>(),
            ),
            Self::Replace(ids) => rows.clone_from(ids),
            Self::Remove(ids) => rows.retain(|id| !ids.contains(id)),
            Self::Clear => rows.clear(),
            Self::Where(filter) => {
                let path: Path = format!("members[{filter}]").parse().unwrap();
                let members: Vec<Value> = rows.iter().map(|id| element(id)).collect();
                let resource = json!({ "members": members });
                let found = path.read(&kind, resource.as_object().unwrap()).unwrap();
                rows.retain(|id| !found.contains(&&element(id)));
            }
            Self::Echo(id) => return rows.contains(id).then_some(rows),
        }
        Some(rows)
    }
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}
