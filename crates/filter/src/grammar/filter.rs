//! The rules of RFC 7644 figure 1 down to `op`.

use nom::{
    Parser,
    bytes::complete::{tag, tag_no_case},
    character::complete::alpha1,
    combinator::opt,
};

use super::{
    Fault, Read, Rest, Rules, expected, fault,
    literal::literal,
    path::{attr_path, sub_attribute},
};
use crate::{AttrPath, Expr, Filter, Literal, Op, Written, expr::OPERATORS};

/// `filter = or`
///
/// Rules leave what they read in [`Rules`] and return the rest of the text: a filter passed up
/// through every level would make each level's stack frame several times as large.
pub(super) fn filter<'a>(rules: &mut Rules, input: &'a str) -> Rest<'a> {
    or(rules, input)
}

/// `or = and *( SP "or" SP and )`
fn or<'a>(rules: &mut Rules, input: &'a str) -> Rest<'a> {
    let mut rest = and(rules, input)?;
    let mut list = Vec::new();
    while let Some(after) = connective(rules, "or", rest) {
        rules.list(&mut list);
        rules.node(after)?;
        rest = and(rules, after)?;
    }
    rules.join(list, Expr::Any);
    Ok(rest)
}

/// `and = unary *( SP "and" SP unary )`
fn and<'a>(rules: &mut Rules, input: &'a str) -> Rest<'a> {
    let mut rest = unary(rules, input)?;
    let mut list = Vec::new();
    while let Some(after) = connective(rules, "and", rest) {
        rules.list(&mut list);
        rules.node(after)?;
        rest = unary(rules, after)?;
    }
    rules.join(list, Expr::All);
    Ok(rest)
}

/// `unary = "not" [SP] group / group / atom`
fn unary<'a>(rules: &mut Rules, input: &'a str) -> Rest<'a> {
    let Some(after) = negation(rules, input) else {
        return if input.starts_with('(') {
            group(rules, input)
        } else {
            atom(rules, input)
        };
    };
    rules.node(after)?;
    let rest = group(rules, after)?;
    rules.negate();
    Ok(rest)
}

/// `group = "(" or ")"`
fn group<'a>(rules: &mut Rules, input: &'a str) -> Rest<'a> {
    let rest = symbol("(", input)?;
    rules.enter(rest)?;
    let rest = or(rules, rules.gap(rest))?;
    rules.leave();
    symbol(")", rules.gap(rest))
}

/// `atom = attrPath "[" valOr "]" / attrPath SP "pr" / attrPath SP op SP literal`
fn atom<'a>(rules: &mut Rules, input: &'a str) -> Rest<'a> {
    let (rest, path) = attr_path(input)?;
    if rules.in_brackets || !rest.starts_with('[') {
        return comparison(rules, path, rest);
    }
    rules.node(rest)?;
    let mut rest = selector(rules, rest)?;
    if rules.lenient && rest.starts_with('.') {
        // `emails[type eq "work"].value eq "x"`, as Entra asks (A164): one more condition inside.
        let (after, name) = sub_attribute(rest)?;
        rules.node(after)?;
        let inner = rules.take();
        rest = comparison(rules, AttrPath::bare(name), after)?;
        let both = conjoined(inner, rules.take());
        rules.give(both);
    }
    let inner = Box::new(rules.take());
    rules.give(Expr::Test(Written::Element(path, inner)));
    Ok(rest)
}

/// `"[" valOr "]"`, where `valOr` is `or` without `[`
pub(super) fn selector<'a>(rules: &mut Rules, input: &'a str) -> Rest<'a> {
    let rest = symbol("[", input)?;
    rules.enter(rest)?;
    rules.in_brackets = true;
    let read = or(rules, rules.gap(rest));
    rules.in_brackets = false;
    let rest = rules.gap(read.map_err(inside)?);
    rules.leave();
    // An unbalanced bracket is a fault of the path around it (patch-cases P106).
    let what = if rest.is_empty() {
        "`]`"
    } else {
        "`and`, `or` or `]`"
    };
    match rest.strip_prefix(']') {
        Some(rest) => Ok(rest),
        None if rest.is_empty() => Err(fault(rest, what)),
        None => Err(inside(fault(rest, what))),
    }
}

fn inside(error: nom::Err<Fault<'_>>) -> nom::Err<Fault<'_>> {
    error.map(|fault| Fault {
        in_brackets: true,
        ..fault
    })
}

fn symbol<'a>(symbol: &'static str, input: &'a str) -> Rest<'a> {
    match tag::<_, _, Fault>(symbol)(input) {
        Ok((rest, _)) => Ok(rest),
        Err(_) if symbol == ")" => Err(fault(input, "`)`")),
        Err(error) => Err(error),
    }
}

/// `SP "pr" / SP op SP literal`
fn comparison<'a>(rules: &mut Rules, path: AttrPath, input: &'a str) -> Rest<'a> {
    rules.node(input)?;
    let Ok((word, ())) = rules.space(input) else {
        return Err(fault(input, "a space and an operator"));
    };
    let (rest, op) = op(word)?;
    let Some(op) = op else {
        rules.give(Expr::Test(Written::Present(path)));
        return Ok(rest);
    };
    let (rest, literal) = operand(rules, rest)?;
    rules.give(Expr::Test(Written::Compare(path, op, literal)));
    Ok(rest)
}

/// `op = "eq" / … / "le"`, or `"pr"`, which is no operator: `None`
fn op(input: &str) -> Read<'_, Option<Op>> {
    const WANTED: &str = "one of eq, ne, co, sw, ew, gt, ge, lt, le and pr";
    let Ok((rest, word)) = alpha1::<_, Fault>(input) else {
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
    let (rest, _) = tag_no_case::<_, _, Fault>(word)(rest).ok()?;
    rules.space(rest).ok().map(|(rest, ())| rest)
}

/// `"not" [SP]` before `(`: elsewhere `not` is an attribute (filter-accept A137).
fn negation<'a>(rules: &Rules, input: &'a str) -> Option<&'a str> {
    let (rest, _) = tag_no_case::<_, _, Fault>("not")(input).ok()?;
    let (rest, _) = opt(|input| rules.space(input)).parse(rest).ok()?;
    rest.starts_with('(').then_some(rest)
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
