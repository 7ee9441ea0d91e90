//! The rules of RFC 7644 figure 1 down to `op`.

use nom::{
    Parser,
    bytes::complete::{tag, tag_no_case},
    character::complete::alpha1,
    combinator::opt,
};

use super::{
    Read, Rules, expected,
    literal::literal,
    path::{attr_path, sub_attribute},
};
use crate::{AttrPath, Expr, Filter, Literal, Op, Written, expr::OPERATORS};

/// `filter = or`
pub(super) fn filter<'a>(rules: &mut Rules, input: &'a str) -> Read<'a, Filter> {
    or(rules, input)
}

/// `or = and *( SP "or" SP and )`
fn or<'a>(rules: &mut Rules, input: &'a str) -> Read<'a, Filter> {
    let (mut rest, first) = and(rules, input)?;
    let mut more = Vec::new();
    while let Some(after) = connective(rules, "or", rest) {
        rules.node(after)?;
        let (next_rest, next) = and(rules, after)?;
        more.push(next);
        rest = next_rest;
    }
    Ok((rest, joined(first, more, Expr::Any)))
}

/// `and = unary *( SP "and" SP unary )`
fn and<'a>(rules: &mut Rules, input: &'a str) -> Read<'a, Filter> {
    let (mut rest, first) = unary(rules, input)?;
    let mut more = Vec::new();
    while let Some(after) = connective(rules, "and", rest) {
        rules.node(after)?;
        let (next_rest, next) = unary(rules, after)?;
        more.push(next);
        rest = next_rest;
    }
    Ok((rest, joined(first, more, Expr::All)))
}

/// `unary = "not" [SP] group / group / atom`
fn unary<'a>(rules: &mut Rules, input: &'a str) -> Read<'a, Filter> {
    if let Some(after) = negation(rules, input) {
        rules.node(after)?;
        let (rest, inner) = group(rules, after)?;
        return Ok((rest, Expr::Not(Box::new(inner))));
    }
    if input.starts_with('(') {
        group(rules, input)
    } else {
        atom(rules, input)
    }
}

/// `group = "(" or ")"`
fn group<'a>(rules: &mut Rules, input: &'a str) -> Read<'a, Filter> {
    let (rest, _) = tag("(")(input)?;
    rules.enter(rest)?;
    let (rest, inner) = or(rules, rules.gap(rest))?;
    rules.leave();
    match rules.gap(rest).strip_prefix(')') {
        Some(rest) => Ok((rest, inner)),
        None => expected(rules.gap(rest), "`)`"),
    }
}

/// `atom = attrPath "[" valOr "]" / attrPath SP "pr" / attrPath SP op SP literal`
fn atom<'a>(rules: &mut Rules, input: &'a str) -> Read<'a, Filter> {
    let (rest, path) = attr_path(input)?;
    if rules.in_brackets || !rest.starts_with('[') {
        let (rest, leaf) = comparison(rules, path, rest)?;
        return Ok((rest, Expr::Test(leaf)));
    }
    rules.node(rest)?;
    let (mut rest, mut inner) = selector(rules, rest)?;
    if rules.lenient && rest.starts_with('.') {
        // `emails[type eq "work"].value eq "x"`, as Entra asks (A164): one more condition inside.
        let (after, name) = sub_attribute(rest)?;
        rules.node(after)?;
        let (after, last) = comparison(rules, AttrPath::bare(name), after)?;
        inner = conjoined(inner, Expr::Test(last));
        rest = after;
    }
    Ok((rest, Expr::Test(Written::Element(path, Box::new(inner)))))
}

/// `"[" valOr "]"`, where `valOr` is `or` without `[`
pub(super) fn selector<'a>(rules: &mut Rules, input: &'a str) -> Read<'a, Filter> {
    let (rest, _) = tag("[")(input)?;
    rules.enter(rest)?;
    rules.in_brackets = true;
    let read = or(rules, rules.gap(rest));
    rules.in_brackets = false;
    let (rest, inner) = read.map_err(inside)?;
    rules.leave();
    match rules.gap(rest) {
        // An unbalanced bracket is a fault of the path around it (patch-cases P106).
        "" => expected("", "`]`"),
        rest => match rest.strip_prefix(']') {
            Some(rest) => Ok((rest, inner)),
            None => expected(rest, "`and`, `or` or `]`").map_err(inside),
        },
    }
}

fn inside(error: nom::Err<super::Fault<'_>>) -> nom::Err<super::Fault<'_>> {
    error.map(|fault| super::Fault {
        in_brackets: true,
        ..fault
    })
}

/// `SP "pr" / SP op SP literal`
fn comparison<'a>(rules: &mut Rules, path: AttrPath, input: &'a str) -> Read<'a, Written> {
    rules.node(input)?;
    let Ok((word, ())) = rules.space(input) else {
        return expected(input, "a space and an operator");
    };
    let (rest, op) = op(word)?;
    let Some(op) = op else {
        return Ok((rest, Written::Present(path)));
    };
    let (rest, literal) = operand(rules, rest)?;
    Ok((rest, Written::Compare(path, op, literal)))
}

/// `op = "eq" / … / "le"`, or `"pr"`, which is no operator: `None`
fn op(input: &str) -> Read<'_, Option<Op>> {
    const WANTED: &str = "one of eq, ne, co, sw, ew, gt, ge, lt, le and pr";
    let Ok((rest, word)) = alpha1::<_, super::Fault>(input) else {
        return expected(input, WANTED);
    };
    if word.eq_ignore_ascii_case("pr") {
        return Ok((rest, None));
    }
    match OPERATORS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word))
    {
        Some((_, op)) => Ok((rest, Some(*op))),
        None => expected(input, WANTED),
    }
}

/// `SP literal`; in the lenient profile a string may follow at once (RFC 7644 §3.5.2, example)
fn operand<'a>(rules: &Rules, input: &'a str) -> Read<'a, Literal> {
    if rules.lenient && input.starts_with('"') {
        return literal(rules, input);
    }
    let (rest, ()) = rules.space(input)?;
    literal(rules, rest)
}

/// `SP word SP`: what follows it, or nothing if the word is not next.
fn connective<'a>(rules: &Rules, word: &'static str, input: &'a str) -> Option<&'a str> {
    let (rest, ()) = rules.space(input).ok()?;
    let (rest, _) = tag_no_case::<_, _, super::Fault>(word)(rest).ok()?;
    rules.space(rest).ok().map(|(rest, ())| rest)
}

/// `"not" [SP]` before `(`: elsewhere `not` is an attribute (filter-accept A137).
fn negation<'a>(rules: &Rules, input: &'a str) -> Option<&'a str> {
    let (rest, _) = tag_no_case::<_, _, super::Fault>("not")(input).ok()?;
    let (rest, _) = opt(|input| rules.space(input)).parse(rest).ok()?;
    rest.starts_with('(').then_some(rest)
}

fn joined(first: Filter, mut more: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    if more.is_empty() {
        return first;
    }
    more.insert(0, first);
    join(more)
}

fn conjoined(left: Filter, right: Filter) -> Filter {
    match left {
        Expr::All(mut all) => {
            all.push(right);
            Expr::All(all)
        }
        other => Expr::All(vec![other, right]),
    }
}
