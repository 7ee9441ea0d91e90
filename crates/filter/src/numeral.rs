//! JSON numbers as spelled, and their exact value.

use std::{cmp::Ordering, fmt};

use serde_json::Number;

/// A JSON number in the spelling of the input, so that nothing is rounded before it must be.
///
/// Equality is of spelling: `1.0` and `1` are different numerals of one number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Numeral(Box<str>);

impl Numeral {
    /// Keeps what the grammar recognised.
    pub(crate) fn spelled(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the number, if 64 bits or a double hold exactly this one (decision 57: no document
    /// holds another).
    ///
    /// A whole number becomes an integer however it is spelled: `1e3` is 1000.
    pub fn exact(&self) -> Option<Number> {
        let wanted = Decimal::read(&self.0)?;
        wanted.integer().or_else(|| {
            let float: f64 = self.0.parse().ok()?;
            let number = Number::from_f64(float)?;
            // Both write the shortest digits that mean this double; of two as near, not the same.
            let spelled = [format!("{float:e}"), number.to_string()];
            let same = |text: &String| Decimal::read(text).as_ref() == Some(&wanted);
            spelled.iter().any(same).then_some(number)
        })
    }
}

impl fmt::Display for Numeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&Number> for Numeral {
    fn from(number: &Number) -> Self {
        Self::spelled(&number.to_string())
    }
}

impl From<i64> for Numeral {
    fn from(number: i64) -> Self {
        Self::spelled(&number.to_string())
    }
}

/// `±digits × 10^exponent` with no zero at either end of the digits; zero has no digits.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (negative, text) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_end_matches('0');
        let dropped = i64::try_from(all.len() - digits.len()).ok()?;
        let digits = digits.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                digits,
                exponent: 0,
            });
        }
        let power: i64 = power.parse().ok()?;
        let exponent = power
            .checked_add(dropped)?
            .checked_sub(i64::try_from(fraction.len()).ok()?)?;
        Some(Self {
            negative,
            digits,
            exponent,
        })
    }

    fn integer(&self) -> Option<Number> {
        let zeros = usize::try_from(self.exponent)
            .ok()
            .filter(|zeros| *zeros <= INTEGER_DIGITS_MAX)?;
        let sign = if self.negative { "-" } else { "" };
        let text = format!(
            "{sign}{}{}",
            if self.digits.is_empty() {
                "0"
            } else {
                &self.digits
            },
            "0".repeat(zeros)
        );
        let unsigned = || text.parse::<u64>().ok().map(Number::from);
        text.parse::<i64>().ok().map(Number::from).or_else(unsigned)
    }
}

/// How many digits `u64::MAX` has.
const INTEGER_DIGITS_MAX: usize = 20;

/// Tells whether `number` is whole, however it is spelled.
pub(crate) fn is_whole(number: &Number) -> bool {
    number.as_i128().is_some() || number.as_f64().is_some_and(|float| float.fract() == 0.0)
}

/// Compares by value without rounding either side.
pub(crate) fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (Some(left), None) => compare_mixed(left, right.as_f64()?),
        (None, Some(right)) => compare_mixed(right, left.as_f64()?).map(Ordering::reverse),
        (None, None) => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn compare_mixed(integer: i128, float: f64) -> Option<Ordering> {
    if float.abs() >= BEYOND_64_BITS {
        return 0.0_f64.partial_cmp(&float);
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "below 2^65, a truncated double is an i128"
    )]
    let whole = float.trunc() as i128;
    let fraction = 0.0_f64.partial_cmp(&float.fract())?;
    Some(integer.cmp(&whole).then(fraction))
}

/// 2^65: larger than any integer that JSON numbers hold here.
const BEYOND_64_BITS: f64 = 36_893_488_147_419_103_232.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_or_nothing() {
        let rows = [
            ("0", Some("0")),
            ("-0", Some("0")),
            ("0e999999999999999999999", Some("0")),
            ("1.50", Some("1.5")),
            ("15e-1", Some("1.5")),
            ("1e3", Some("1000")),
            ("-3", Some("-3")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("9007199254740993.0", Some("9007199254740993")),
            ("18446744073709551616", None),
            ("1e20", Some("1e20")),
            ("6.02e+23", Some("6.02e23")),
            ("0.1", Some("0.1")),
            ("568056367335054.2", Some("568056367335054.2")),
            ("568056367335054.3", Some("568056367335054.2")),
            ("568056367335054.25", None),
            ("0.1000000000000000055511151231257827", None),
            ("123456789012345678901234567890", None),
            ("1e400", None),
            ("1e99999999999999999999", None),
        ];
        for (text, wanted) in rows {
            let found = Numeral::spelled(text)
                .exact()
                .map(|n| n.to_string().replace("e+", "e"));
            assert_eq!(found.as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn integers_and_doubles_compare_by_value() {
        let rows = [
            ("5", "5.0", Ordering::Equal),
            ("5", "5.5", Ordering::Less),
            ("-5", "-5.5", Ordering::Greater),
            ("9007199254740993", "9007199254740992.0", Ordering::Greater),
            ("18446744073709551615", "1e300", Ordering::Less),
            ("0", "-1e300", Ordering::Greater),
            ("0", "-0.0", Ordering::Equal),
            (
                "-9223372036854775808",
                "18446744073709551615",
                Ordering::Less,
            ),
            ("1.5", "1.25", Ordering::Greater),
        ];
        for (left, right, wanted) in rows {
            let number = |text: &str| serde_json::from_str::<Number>(text).unwrap();
            assert_eq!(
                compare(&number(left), &number(right)),
                Some(wanted),
                "{left} {right}"
            );
            let back = compare(&number(right), &number(left));
            assert_eq!(back, Some(wanted.reverse()), "{right} {left}");
        }
    }
}
