//! `literal`: strings, numbers and words as JSON has them (RFC 8259).

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag, take_while, take_while_m_n},
    character::complete::{alpha1, anychar, char, digit1, one_of, satisfy},
    combinator::{opt, recognize},
    sequence::preceded,
};

use super::{Fault, Read, Rules, expected};
use crate::{Literal, Numeral};

/// `literal = string / number / "true" / "false" / "null"`
pub(super) fn literal<'a>(rules: &Rules, input: &'a str) -> Read<'a, Literal> {
    match input.chars().next() {
        Some('"') => string(input).map(|(rest, text)| (rest, Literal::String(text))),
        Some('-' | '0'..='9') => number(input).map(|(rest, n)| (rest, Literal::Number(n))),
        _ => word(rules, input),
    }
}

/// `string = %x22 *char %x22`
fn string(input: &str) -> Read<'_, String> {
    let (mut rest, _) = char('"')(input)?;
    let mut text = String::new();
    loop {
        let (after, plain) = take_while(|c| !matches!(c, '"' | '\\' | '\0'..='\x1f'))(rest)?;
        let closed = after.strip_prefix('"');
        if text.is_empty() && closed.is_some() {
            return Ok((closed.unwrap_or(after), plain.to_owned()));
        }
        text.push_str(plain);
        if let Some(rest) = closed {
            return Ok((rest, text));
        }
        if after.is_empty() {
            return expected(input, "a closing double quote");
        }
        let Ok((after_escape, c)) = escape(after) else {
            return expected(after, wanted(after));
        };
        text.push(c);
        rest = after_escape;
    }
}

fn wanted(rest: &str) -> &'static str {
    if rest.starts_with('\\') {
        "a JSON escape"
    } else {
        "no control character in a string"
    }
}

/// `%x5C ( %x22 / "\" / "/" / "b" / "f" / "n" / "r" / "t" / "u" 4HEXDIG )`
fn escape(input: &str) -> Read<'_, char> {
    let (rest, c) = preceded(char('\\'), anychar).parse(input)?;
    let plain = match c {
        '"' | '\\' | '/' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return code_point(rest),
        _ => return expected(input, "a JSON escape"),
    };
    Ok((rest, plain))
}

/// `4HEXDIG`, or two of them that are a surrogate pair; half a pair is no character
fn code_point(input: &str) -> Read<'_, char> {
    let (rest, first) = hex(input)?;
    if let Some(c) = char::from_u32(first) {
        return Ok((rest, c));
    }
    let (rest, second) = preceded(tag("\\u"), hex).parse(rest)?;
    let pair = match (first, second) {
        (0xd800..=0xdbff, 0xdc00..=0xdfff) => {
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        }
        _ => return expected(input, "a pair of surrogates"),
    };
    match char::from_u32(pair) {
        Some(c) => Ok((rest, c)),
        None => expected(input, "a code point"),
    }
}

fn hex(input: &str) -> Read<'_, u32> {
    let (rest, digits) = take_while_m_n(4, 4, |c: char| c.is_ascii_hexdigit())(input)?;
    match u32::from_str_radix(digits, 16) {
        Ok(code) => Ok((rest, code)),
        Err(_) => expected(input, "four hexadecimal digits"),
    }
}

/// `number = [ "-" ] ( "0" / digit1-9 *DIGIT ) [ "." 1*DIGIT ] [ ( "e" / "E" ) [ sign ] 1*DIGIT ]`
fn number(input: &str) -> Read<'_, Numeral> {
    let first = satisfy(|c| matches!(c, '1'..='9'));
    // Not `digit0`: at the end of the text its rest points to the start (nom 8.0.0), which
    // `recognize` measures by.
    let digits = take_while(|c: char| c.is_ascii_digit());
    let whole = alt((tag("0"), recognize((first, digits))));
    let fraction = opt((char('.'), digit1));
    let exponent = opt((one_of("eE"), opt(one_of("+-")), digit1));
    match recognize((opt(char('-')), whole, fraction, exponent)).parse(input) {
        Ok((rest, text)) => Ok((rest, Numeral::spelled(text))),
        Err(nom::Err::Error(Fault { rest, .. })) => expected(rest, "a digit"),
        Err(other) => Err(other),
    }
}

/// `"true" / "false" / "null"`, in any letter case in the lenient profile
fn word<'a>(rules: &Rules, input: &'a str) -> Read<'a, Literal> {
    const WANTED: &str = "a string in double quotes, a number, true, false or null";
    let Ok((rest, word)) = alpha1::<_, Fault>(input) else {
        return expected(input, WANTED);
    };
    let is = |known: &str| word == known || rules.lenient && word.eq_ignore_ascii_case(known);
    let found = WORDS.iter().find(|(known, _)| is(known));
    match found {
        Some((_, literal)) => Ok((rest, literal.clone())),
        None => expected(input, WANTED),
    }
}

const WORDS: [(&str, Literal); 3] = [
    ("true", Literal::Bool(true)),
    ("false", Literal::Bool(false)),
    ("null", Literal::Null),
];
