//! The grammar of RFC 7644 figures 1 and 7 with their errata (4670, 4690, 7319, 7322, 8924): one
//! function per rule, in the order of the ABNF.
//!
//! ```text
//! filter   = or
//! or       = and *( SP "or" SP and )            ; left-associative
//! and      = unary *( SP "and" SP unary )       ; left-associative
//! unary    = "not" [SP] group / group / atom
//! group    = "(" or ")"
//! atom     = attrPath "[" valOr "]" / attrPath SP "pr" / attrPath SP op SP literal
//! valOr    = or, without "[" inside
//! op       = "eq" / "ne" / "co" / "sw" / "ew" / "gt" / "ge" / "lt" / "le"
//! literal  = string / number / "true" / "false" / "null"
//! attrPath = [ urn ":" ] name [ "." name ]
//! name     = [ "$" ] ALPHA *( ALPHA / DIGIT / "-" / "_" / "$" )
//! path     = attrPath / attrPath "[" valOr "]" [ "." name ]
//! ```
//! Depth and nodes are counted before each descent, so a hostile text ends at the limit and not at
//! the end of the stack (threat C1).

mod filter;
mod literal;
mod path;

use std::mem;

use enroll_schema::limits::{FILTER_DEPTH_MAX, FILTER_NODES_MAX};
use nom::{Err, IResult, error::ErrorKind};

use crate::{AttrPath, Expr, Filter, ParseError, Path, Profile};

/// Reads a whole text as `filter`.
pub(crate) fn filter(text: &str, profile: Profile, bytes_max: usize) -> Result<Filter, ParseError> {
    whole(text, bytes_max, |input| {
        let mut rules = Rules::new(profile);
        let start = rules.gap(input);
        let rest = filter::filter(&mut rules, start)?;
        let filter = rules.take();
        rules.end(rest, filter, "`and`, `or` or the end")
    })
}

/// Reads a whole text as `path`.
pub(crate) fn path(text: &str, profile: Profile, bytes_max: usize) -> Result<Path, ParseError> {
    whole(text, bytes_max, |input| {
        let mut rules = Rules::new(profile);
        let start = rules.gap(input);
        let (rest, path) = path::path(&mut rules, start)?;
        rules.end(rest, path, "the end of the path")
    })
}

/// Reads a whole text as `attrPath`, without a blank anywhere.
pub(crate) fn attr_path(text: &str) -> Result<AttrPath, ParseError> {
    whole(text, enroll_schema::limits::FILTER_BYTES_MAX, |input| {
        let (rest, path) = path::attr_path(input)?;
        Rules::new(Profile::Strict).end(rest, path, "the end of the name")
    })
}

fn whole<'a, T>(
    text: &'a str,
    bytes_max: usize,
    read: impl FnOnce(&'a str) -> Read<'a, T>,
) -> Result<T, ParseError> {
    if text.len() > bytes_max {
        let expected = "the end: the text is longer than the limit";
        return Err(ParseError {
            at: bytes_max,
            expected,
            in_brackets: false,
        });
    }
    read(text)
        .map(|(_, value)| value)
        .map_err(|error| match error {
            Err::Error(fault) | Err::Failure(fault) => ParseError {
                at: text.len() - fault.rest.len(),
                expected: fault.expected,
                in_brackets: fault.in_brackets,
            },
            Err::Incomplete(_) => ParseError {
                at: text.len(),
                expected: "more text",
                in_brackets: false,
            },
        })
}

/// What a rule gives: the rest of the text and its value.
type Read<'a, T> = IResult<&'a str, T, Fault<'a>>;

/// What a rule gives that leaves its value in [`Rules`].
type Rest<'a> = Result<&'a str, Err<Fault<'a>>>;

/// Where and why a rule does not fit; turned into a [`ParseError`] once the whole text is known.
#[derive(Debug)]
struct Fault<'a> {
    rest: &'a str,
    expected: &'static str,
    in_brackets: bool,
}

impl<'a> nom::error::ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self {
            rest,
            expected: "something else",
            in_brackets: false,
        }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Refuses the text at `rest`.
fn fault<'a>(rest: &'a str, what: &'static str) -> Err<Fault<'a>> {
    Err::Error(Fault {
        rest,
        expected: what,
        in_brackets: false,
    })
}

/// Refuses the text at `rest`.
fn expected<'a, T>(rest: &'a str, what: &'static str) -> Read<'a, T> {
    Err(fault(rest, what))
}

/// The profile, what was used up of the limits, and the filter read last.
struct Rules {
    lenient: bool,
    in_brackets: bool,
    depth: usize,
    nodes: usize,
    read: Filter,
}

impl Rules {
    fn new(profile: Profile) -> Self {
        Self {
            lenient: profile == Profile::Lenient,
            in_brackets: false,
            depth: 0,
            nodes: 0,
            read: NOTHING,
        }
    }

    /// Counts a comparison, a connective or a selection.
    fn node<'a>(&mut self, at: &'a str) -> Result<(), Err<Fault<'a>>> {
        self.nodes += 1;
        if self.nodes > FILTER_NODES_MAX {
            return Err(fault(at, "no more than 256 comparisons and connectives"));
        }
        Ok(())
    }

    /// Counts an opening bracket before anything inside it is read.
    fn enter<'a>(&mut self, at: &'a str) -> Result<(), Err<Fault<'a>>> {
        self.depth += 1;
        if self.depth > FILTER_DEPTH_MAX {
            return Err(fault(at, "no more than 32 levels of brackets"));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn give(&mut self, filter: Filter) {
        self.read = filter;
    }

    fn take(&mut self) -> Filter {
        mem::replace(&mut self.read, NOTHING)
    }

    /// Adds the filter read last to a list.
    fn list(&mut self, list: &mut Vec<Filter>) {
        list.push(self.take());
    }

    /// Joins a list, the filter read last at its end; alone it stays what it is.
    fn join(&mut self, mut list: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) {
        if !list.is_empty() {
            self.list(&mut list);
            self.give(join(list));
        }
    }

    fn negate(&mut self) {
        let inner = Box::new(self.take());
        self.give(Expr::Not(inner));
    }

    /// Skips blanks where the RFC has none.
    fn gap<'a>(&self, input: &'a str) -> &'a str {
        if self.lenient {
            input.trim_start_matches(BLANKS)
        } else {
            input
        }
    }

    /// `SP`: one space; in the lenient profile any run of spaces and tabs.
    fn space<'a>(&self, input: &'a str) -> Read<'a, ()> {
        match input.strip_prefix(BLANKS) {
            Some(rest) if self.lenient => Ok((self.gap(rest), ())),
            Some(rest) if input.starts_with(' ') => Ok((rest, ())),
            _ => expected(input, "a space"),
        }
    }

    fn end<'a, T>(&self, rest: &'a str, value: T, otherwise: &'static str) -> Read<'a, T> {
        let rest = self.gap(rest);
        if rest.is_empty() {
            Ok((rest, value))
        } else {
            expected(rest, otherwise)
        }
    }
}

/// Where no filter was read yet.
const NOTHING: Filter = Expr::All(Vec::new());

/// `SP` and, for the lenient profile, HTAB; nothing else is a blank, U+00A0 least of all.
const BLANKS: [char; 2] = [' ', '\t'];

const _: () = assert!(
    FILTER_NODES_MAX == 256 && FILTER_DEPTH_MAX == 32,
    "the texts above say so"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, at: usize, expected: &str) {
        let error = filter(text, Profile::Lenient, 1_000_000).unwrap_err();
        assert_eq!((error.at, error.expected), (at, expected), "{text:.40}");
    }

    #[test]
    fn a_fault_names_its_place() {
        check("", 0, "an attribute name");
        check("title", 5, "a space and an operator");
        check("title pr and", 9, "`and`, `or` or the end");
        check("title pr and ", 13, "an attribute name");
        check(
            "title eq ",
            9,
            "a string in double quotes, a number, true, false or null",
        );
        check(r#"a eq "x"#, 5, "a closing double quote");
        check(r#"a eq "x\q""#, 7, "a JSON escape");
        check(
            r#"emails[type "work"]"#,
            12,
            "one of eq, ne, co, sw, ew, gt, ge, lt, le and pr",
        );
        for half in [
            r"\ud800",
            r"\ud800\u0041",
            r"\ud800x",
            r"\udc00\ud800",
            r"\ud800\ud800",
        ] {
            check(&format!("a eq \"{half}\""), 6, "a JSON escape");
        }
        check("emails[type pr", 14, "`]`");
        check("(a pr", 5, "`)`");
        check("urn:a::b pr", 0, "a schema URI like urn:a:b");
        check("a:b pr", 0, "a schema URI like urn:a:b");
        check("name.a.b pr", 6, "one sub-attribute only");
    }

    #[test]
    fn limits_hold_while_reading() {
        check(
            &"(".repeat(10_000),
            33,
            "no more than 32 levels of brackets",
        );
        check(
            &"not (".repeat(10_000),
            165,
            "no more than 32 levels of brackets",
        );
        let many = vec!["a pr"; 200].join(" or ");
        check(&many, 1025, "no more than 256 comparisons and connectives");
        let long = filter("a pr", Profile::Strict, 3).unwrap_err();
        assert_eq!((long.at, long.in_brackets), (3, false));
    }

    #[test]
    fn the_limit_itself_is_read() {
        // 128 comparisons, 127 connectives and one `not` are 256 nodes; the brackets are none.
        let most = format!("not ({})", vec!["a pr"; 128].join(" or "));
        filter(&most, Profile::Strict, 2_000).unwrap();
        let more = format!("not ({most})");
        check(&more, 1_027, "no more than 256 comparisons and connectives");
        let text = format!("{}a pr{}", "(".repeat(32), ")".repeat(32));
        filter(&text, Profile::Strict, 100).unwrap();
        filter(&vec!["a pr"; 128].join(" or "), Profile::Strict, 1_200).unwrap();
    }
}
