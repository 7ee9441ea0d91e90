//! Reading the tables of `tests/data`.

use enroll_filter::patch::Leniency;
use enroll_schema::urns;

use crate::kinds::{HR, LOCK};

/// The rows under the heading, as fields.
pub(crate) fn rows<const FIELDS: usize>(table: &str) -> impl Iterator<Item = [String; FIELDS]> {
    table.lines().skip(1).map(|row| {
        let fields: Vec<String> = row.split('\t').map(spelled).collect();
        fields
            .try_into()
            .unwrap_or_else(|_| panic!("{FIELDS} fields in {row}"))
    })
}

/// The text a field stands for: blanks, controls and long words have names in the tables.
fn spelled(field: &str) -> String {
    let (hr_upper, long) = (HR.to_uppercase(), "x".repeat(256));
    let names = [
        ("{EMPTY}", ""),
        ("{SP}", " "),
        ("{TAB}", "\t"),
        ("{LF}", "\n"),
        ("{NUL}", "\0"),
        ("{NBSP}", "\u{a0}"),
        ("{DEL}", "\u{7f}"),
        ("{USER}", urns::USER),
        ("{GROUP}", urns::GROUP),
        ("{ENT}", urns::ENTERPRISE),
        ("{HR}", HR),
        ("{HR-UPPER}", &hr_upper),
        ("{LOCK}", LOCK),
        ("{X256}", &long),
    ];
    names.iter().fold(field.to_owned(), |text, (name, meant)| {
        text.replace(name, meant)
    })
}

pub(crate) fn leniency(word: &str) -> Leniency {
    match word {
        "-" => Leniency::default(),
        "creates" => Leniency {
            replace_creates: true,
            ..Leniency::default()
        },
        "any-format" => Leniency {
            any_format: true,
            ..Leniency::default()
        },
        "ignores" => Leniency {
            ignore_unknown: true,
            ..Leniency::default()
        },
        other => panic!("no leniency is called {other}"),
    }
}
