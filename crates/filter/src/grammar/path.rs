//! `attrPath`, `name` and, for PATCH, `path` (RFC 7644 figure 7).

use enroll_schema::{AttrName, Urn};
use nom::bytes::complete::{tag, take_while, take_while1};

use super::{Fault, Read, Rules, expected, filter::selector};
use crate::{AttrPath, Path};

/// `attrPath = [ urn ":" ] name [ "." name ]`
///
/// The whole token is taken first, since a URN holds colons and dots itself (`…:core:2.0:User`):
/// the last colon ends it, and after it there is one dot at most.
pub(super) fn attr_path(input: &str) -> Read<'_, AttrPath> {
    let Ok((rest, token)) = take_while1::<_, _, Fault>(in_token)(input) else {
        return expected(input, "an attribute name");
    };
    let (urn, tail) = match token.rsplit_once(':') {
        Some((urn, tail)) => (Some(urn), tail),
        None => (None, token),
    };
    if urn.is_some_and(|urn| !is_urn(urn)) {
        return expected(input, "a schema URI like urn:a:b");
    }
    let after_urn = after(input, token.len() - tail.len());
    let (end, name) = name(after_urn)?;
    let (end, sub) = match end.strip_prefix('.') {
        Some(_) => sub_attribute(end).map(|(end, sub)| (end, Some(sub)))?,
        None => (end, None),
    };
    if end.len() > rest.len() {
        return expected(end, "one sub-attribute only");
    }
    Ok((
        rest,
        AttrPath {
            urn: urn.map(Urn::new),
            name,
            sub,
        },
    ))
}

/// `"." name`
pub(super) fn sub_attribute(input: &str) -> Read<'_, AttrName> {
    let (rest, _) = tag(".")(input)?;
    name(rest)
}

/// `name = [ "$" ] ALPHA *( ALPHA / DIGIT / "-" / "_" / "$" )`
///
/// `$` in front for `$ref` (errata 8924).
fn name(input: &str) -> Read<'_, AttrName> {
    let letters = input.strip_prefix('$').unwrap_or(input);
    if !letters.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return expected(input, "an attribute name");
    }
    let (rest, _) = take_while(in_name)(letters)?;
    let (name, rest) = input.split_at(input.len() - rest.len());
    Ok((rest, AttrName::new(name)))
}

/// `path = attrPath / attrPath "[" valOr "]" [ "." name ]`
pub(super) fn path<'a>(rules: &mut Rules, input: &'a str) -> Read<'a, Path> {
    let (rest, attribute) = attr_path(input)?;
    if !rest.starts_with('[') {
        return Ok((rest, Path::Attribute(attribute)));
    }
    rules.node(rest)?;
    let rest = selector(rules, rest)?;
    let filter = rules.take();
    let (rest, sub) = match rest.strip_prefix('.') {
        Some(_) => sub_attribute(rest).map(|(rest, sub)| (rest, Some(sub)))?,
        None => (rest, None),
    };
    Ok((rest, Path::Selected(attribute, Box::new(filter), sub)))
}

fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')
}

fn in_token(c: char) -> bool {
    in_name(c) || matches!(c, ':' | '.')
}

/// Only `urn:` URIs name schemas here: others would clash with `/`, `?` and `[`.
fn is_urn(text: &str) -> bool {
    let scheme = text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    scheme && text.len() > 4 && !text.ends_with(':')
}

fn after(input: &str, bytes: usize) -> &str {
    input.get(bytes..).unwrap_or_default()
}
