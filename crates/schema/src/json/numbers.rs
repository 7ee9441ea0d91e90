//! Numbers that `f64` would change without a word (decision 57).

use serde_json::Value;

use crate::{Error, ErrorKind, Result, shown::shown};

/// Checks that every number of a text that is known to be JSON means what we will keep.
///
/// # Errors
/// `invalidValue`, with the number, when neither 64 bits nor an `f64` hold it.
pub(super) fn check(json: &[u8]) -> Result<()> {
    let mut rest = json;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'"' => after_string(after),
            b'-' | b'0'..=b'9' => {
                let (number, after) = rest.split_at(number_len(rest));
                survives(&String::from_utf8_lossy(number))?;
                after
            }
            _ => after,
        };
    }
    Ok(())
}

fn after_string(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        rest = match rest {
            [b'"', after @ ..] => return after,
            [b'\\', _, after @ ..] | [_, after @ ..] => after,
            [] => return rest,
        };
    }
}

fn number_len(text: &[u8]) -> usize {
    let part = |b: &u8| b"+-.eE0123456789".contains(b);
    text.iter().position(|b| !part(b)).unwrap_or(text.len())
}

fn survives(number: &str) -> Result<()> {
    let whole = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    let kept = || {
        let sent = decimal(number);
        let is_sent = |spelled: String| decimal(&spelled) == sent;
        // Of two shortest spellings as near, one writer takes the even digit and another the higher.
        number.parse::<f64>().is_ok_and(|kept| {
            is_sent(format!("{kept:e}")) || is_sent(Value::from(kept).to_string())
        })
    };
    if whole || kept() {
        return Ok(());
    }
    let detail = format!(
        "the number {} does not fit 64 bits; send fewer digits",
        shown(number)
    );
    Err(Error::new(ErrorKind::InvalidValue, detail))
}

/// Returns the digits without outer zeros, and the power of ten of the last one.
///
/// The sign is left out: reading a number never changes it.
fn decimal(number: &str) -> Option<(String, i64)> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some((String::new(), 0));
    }
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let power = exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).ok()? + dropped;
    Some((significant.trim_start_matches('0').to_owned(), power))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halfway between two spellings: JavaScript and `serde_json` write the first, Rust the second.
    #[test]
    fn either_shortest_spelling_is_the_number() {
        for number in ["568056367335054.2", "-568056367335054.3"] {
            survives(number).unwrap();
        }
        survives("568056367335054.25").unwrap_err();
    }

    #[test]
    fn decimals_are_compared_by_value() {
        for (number, digits, power) in [
            ("0", "", 0),
            ("-0.00e7", "", 0),
            ("100", "1", 2),
            ("-0.0120", "12", -3),
            ("1.20E+3", "12", 2),
            ("12e-30", "12", -30),
        ] {
            assert_eq!(
                decimal(number),
                Some((digits.to_owned(), power)),
                "{number}"
            );
        }
        assert_eq!(decimal("1e99999999999999999999"), None);
    }
}
