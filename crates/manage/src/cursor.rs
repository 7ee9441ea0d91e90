//! Cursors: where a list goes on, unreadable on purpose.

use crate::{Problem, ProblemKind};

/// The list a cursor belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Tenants,
    Accounts,
    AccessGroups,
    Requests,
    Export,
    Drift,
    Events,
    Desired,
    Plans,
    Items,
    Open,
    History,
    Audit,
}

impl List {
    fn mark(self) -> u8 {
        match self {
            Self::Tenants => b't',
            Self::Accounts => b'a',
            Self::AccessGroups => b'g',
            Self::Requests => b'r',
            Self::Export => b'e',
            Self::Drift => b'f',
            Self::Events => b'v',
            Self::Desired => b'd',
            Self::Plans => b'p',
            Self::Items => b'i',
            Self::Open => b'o',
            Self::History => b'h',
            Self::Audit => b'u',
        }
    }

    /// Writes the cursor that goes on after `key`.
    pub(crate) fn after(self, key: &str) -> String {
        let bytes = key.bytes().chain([check_byte(self, key)]);
        std::iter::once(char::from(self.mark()))
            .chain(bytes.flat_map(digits))
            .collect()
    }

    /// Reads a cursor of this list.
    ///
    /// # Errors
    /// `InvalidCursor` for anything this list did not write.
    pub(crate) fn read(self, cursor: &str) -> Result<String, Problem> {
        let parsed = cursor
            .strip_prefix(char::from(self.mark()))
            .and_then(bytes)
            .and_then(|mut bytes| Some((bytes.pop()?, String::from_utf8(bytes).ok()?)));
        match parsed {
            Some((check, key)) if check == check_byte(self, &key) => Ok(key),
            _ => {
                let detail = "after: send the `next` of the page before, unchanged";
                Err(Problem::new(ProblemKind::InvalidCursor, detail).at("after"))
            }
        }
    }
}

/// Tells a cursor that was cut or typed from one that was given.
fn check_byte(list: List, key: &str) -> u8 {
    key.bytes().fold(list.mark(), |sum, byte| {
        sum.rotate_left(3).wrapping_add(byte)
    })
}

fn digits(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0'))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((digit(high)? << 4) | digit(low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_the_list_that_wrote_it_only() {
        for key in ["", "u_1", "ünï", "7"] {
            let cursor = List::Accounts.after(key);
            assert_eq!(List::Accounts.read(&cursor).unwrap(), key);
            assert!(List::AccessGroups.read(&cursor).is_err());
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let good = List::Accounts.after("u_1234");
        let cut = &good[..good.len() - 2];
        for text in ["", "a", "a0", "azz", "aff", "nonsense", cut, "a%00", "aé"] {
            assert!(List::Accounts.read(text).is_err(), "{text}");
        }
    }
}
