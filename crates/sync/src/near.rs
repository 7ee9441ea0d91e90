//! The nearest of a list of words, for "did you mean".

/// Returns the word nearest to `text`, if it is near enough to be what was meant.
///
/// Letter case does not count; at most a third of the letters may differ.
pub(crate) fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = text
        .chars()
        .take(CHARS_MAX)
        .flat_map(char::to_lowercase)
        .collect();
    let most = wanted.len().div_ceil(3);
    let scored = words.into_iter().filter_map(|word| {
        let other: Vec<char> = word
            .chars()
            .take(CHARS_MAX)
            .flat_map(char::to_lowercase)
            .collect();
        let steps = distance(&wanted, &other);
        (steps <= most).then_some((steps, word))
    });
    scored.min().map(|(_, word)| word)
}

/// Counts the insertions, deletions and substitutions between two words.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, a) in left.iter().enumerate() {
        let mut corner = at;
        let mut before = at + 1;
        let mut next = vec![before];
        for (b, above) in right.iter().zip(row.iter().skip(1)) {
            let swap = corner + usize::from(a != b);
            before = swap.min(before + 1).min(above + 1);
            corner = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Words are cut here: nothing longer is a name of ours, and the work stays small.
const CHARS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Option<&str>) {
        assert_eq!(nearest(text, ["settle", "auto_sync", "upn_login"]), wanted);
    }

    #[test]
    fn a_slip_of_the_hand_is_recognised() {
        check("setle", Some("settle"));
        check("autosync", Some("auto_sync"));
        check("UPN_LOGIN", Some("upn_login"));
    }

    #[test]
    fn something_else_is_not() {
        check("colour", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }

    #[test]
    fn distances_are_those_of_the_textbook() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
        assert_eq!(distance(&chars("abc"), &chars("abc")), 0);
    }
}
