//! "Did you mean": the nearest of the words that are known.

use crate::{Problem, ProblemKind, problem::quoted};

/// Returns the word nearest to `text`, if at most a third of its letters differ.
pub(crate) fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text: String = text
        .chars()
        .take(CHARS_MAX)
        .flat_map(char::to_lowercase)
        .collect();
    let most = text.chars().count().div_ceil(3);
    let scored = words
        .into_iter()
        .map(|word| (strsim::osa_distance(&text, word), word));
    scored
        .filter(|(steps, _)| *steps <= most)
        .min()
        .map(|(_, word)| word)
}

/// Makes the refusal of a word that is not among `known`.
pub(crate) fn unknown(kind: ProblemKind, what: &str, word: &str, known: &[&str]) -> Problem {
    let advice = match (nearest(word, known.iter().copied()), known) {
        (Some(near), _) => format!("did you mean {near}?"),
        (None, []) => "none is known here".to_owned(),
        (None, known) => format!("known here: {}", known.join(", ")),
    };
    Problem::new(
        kind,
        format!("there is no {what} {}; {advice}", quoted(word)),
    )
}

/// Words are cut here: nothing longer is a name of ours, and the work stays small.
const CHARS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, wanted: &str) {
        let problem = unknown(ProblemKind::UnknownKey, "key", word, &["name", "idp"]);
        assert_eq!(problem.detail(), wanted);
    }

    #[test]
    fn a_slip_is_recognised_and_anything_else_is_told_what_is_known() {
        check("nmae", r#"there is no key "nmae"; did you mean name?"#);
        check("NAME", r#"there is no key "NAME"; did you mean name?"#);
        check(
            "colour",
            r#"there is no key "colour"; known here: name, idp"#,
        );
        check("", r#"there is no key ""; known here: name, idp"#);
    }
}
