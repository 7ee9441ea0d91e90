//! Writes `docs/quirks.md` from the table of quirks, and finds it stale.

use std::fmt::Write as _;
use std::fs;

use enroll_quirks::{Area, Dialect, Effect, Policy, QUIRKS, Quirk};

use crate::Failure;
use crate::command::Tally;
use crate::workspace::Workspace;

const PAGE: &str = "docs/quirks.md";

pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    let path = workspace.root.join(PAGE);
    fs::write(&path, page()).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}: {} quirks", path.display(), QUIRKS.len());
    Ok(())
}

/// Fails when the page is not what the table says today.
pub(crate) fn check(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    let path = workspace.root.join(PAGE);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    compare(&text)
}

fn compare(text: &str) -> Result<(), Failure> {
    let page = page();
    if text == page {
        return Ok(());
    }
    let mut lines = page.lines().zip(text.lines());
    let same = lines.by_ref().take_while(|(new, old)| new == old).count();
    Err(format!(
        "{PAGE}:{} is stale: run `cargo xtask quirks`",
        same + 1
    ))
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (area, heading) in AREAS {
        let quirks = QUIRKS.iter().filter(|quirk| quirk.area == *area);
        page += &section(heading, &quirks.collect::<Vec<_>>());
    }
    page + POLICY_HEAD + &policies()
}

const AREAS: &[(Area, &str)] = &[
    (Area::Address, "Path and query"),
    (Area::Schemas, "Schema URNs"),
    (Area::Names, "Names of attributes"),
    (Area::Operations, "Operations of a PATCH"),
    (Area::Values, "The form of a value"),
    (Area::Elements, "Inside complex values and lists"),
];

fn section(heading: &str, quirks: &[&Quirk]) -> String {
    let senders = senders(quirks);
    let names: Vec<&str> = senders.iter().map(|dialect| dialect.name()).collect();
    let mut text = format!("\n## {heading}\n\n| quirk | what is sent and what it means | effect |");
    for name in names.iter().chain(&["others", "seen in"]) {
        let _ = write!(text, " {name} |");
    }
    let _ = writeln!(
        text,
        "\n|---|---|---|{}---|---|",
        ":-:|".repeat(names.len())
    );
    for quirk in quirks {
        let _ = write!(
            text,
            "| `{}` | {} | {} |",
            quirk.id,
            cell(quirk.why),
            effect(quirk)
        );
        for dialect in &senders {
            let _ = write!(text, " {} |", mark(quirk, *dialect));
        }
        let others = mark(quirk, Dialect::Auto);
        let _ = writeln!(text, " {others} | {} |", quirk.source.join(", "));
    }
    text
}

/// The dialects some of these quirks name, in the order of all dialects.
fn senders(quirks: &[&Quirk]) -> Vec<Dialect> {
    let named = |dialect: &&Dialect| quirks.iter().any(|quirk| quirk.dialects.contains(dialect));
    Dialect::ALL.iter().filter(named).copied().collect()
}

fn mark(quirk: &Quirk, dialect: Dialect) -> &'static str {
    match (quirk.dialects.contains(&dialect), quirk.is_on(dialect)) {
        (true, _) => "**sent**",
        (false, true) => "read",
        (false, false) => "–",
    }
}

fn effect(quirk: &Quirk) -> &'static str {
    match quirk.effect {
        Effect::Accepts => "accepts",
        Effect::Changes => "changes",
    }
}

/// A bar outside a table's own would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

type Row = (&'static str, fn(&Policy) -> bool);

const POLICIES: &[Row] = &[
    (
        "a second group of the same displayName is 409 (ENTRA-45)",
        |policy| policy.unique_group_names,
    ),
    (
        "`replace` through a filter that matches nothing makes the element, not 400 (ENTRA-32)",
        |policy| policy.leniency.replace_creates,
    ),
    (
        "`manager` is answered as `{\"value\": …}` alone (ENTRA-63)",
        |policy| policy.manager_value_only,
    ),
    (
        "an unknown attribute in a path is passed over, not 400 (ENTRA-42)",
        |policy| policy.leniency.ignore_unknown,
    ),
    (
        "a PATCH without operations succeeds and changes nothing (MSVAL-04)",
        |policy| policy.empty_patch_is_no_op,
    ),
    (
        "values are kept in any format: telephone numbers, locales, time zones (ENTRA-25)",
        |policy| policy.leniency.any_format,
    ),
    (
        "members nobody knows yet wait as pending references, not 400 (ENTRA-52, OKTA-20)",
        |policy| !policy.leniency.refuse_unknown_links,
    ),
    (
        "a group without members answers `\"members\": []` (AK-05)",
        |policy| policy.members_always,
    ),
];

fn policies() -> String {
    let columns = [Dialect::Strict, Dialect::Entra, Dialect::Auto].map(Dialect::policy);
    let mut text = "| | strict | entra | others |\n|---|:-:|:-:|:-:|\n".to_owned();
    for (what, holds) in POLICIES {
        let _ = write!(text, "| {what} |");
        for policy in &columns {
            let _ = write!(text, " {} |", if holds(policy) { "yes" } else { "–" });
        }
        text.push('\n');
    }
    text
}

const HEAD: &str = "\
<!-- Generated from crates/quirks/src/table.rs by `cargo xtask quirks`. -->

# Quirks: what providers send, and what we read

Identity providers speak SCIM each a little otherwise. A quirk is one such habit and the rule by
which it is read as what its sender meant. Which quirks fired on a request stands in the request log.

- **accepts**: the request has one sensible reading. On in every dialect but `strict`.
- **changes**: the RFC names an error, or has another meaning for it. On only in the dialects marked
  **sent**.

A column is a dialect (`dialect` of the integration). **sent**: this provider was seen to send it.
read: understood from it as well. –: not looked for, so the RFC's answer stands. `others` is every
dialect without a column of its own, `auto` among them. `strict` turns all of them off.

`auto` becomes the provider's own dialect where a header is certain: `Adscimversion` is Entra, the
`User-Agent` of Okta is Okta. Ids such as ENTRA-27 name recorded behaviours; the requests are in
`crates/conformance/corpus`.
";

const POLICY_HEAD: &str = "
## What a dialect decides besides

Some habits are not in the request but in what is expected back, or in what a change means.

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_row_for_each_quirk_and_whole_tables() {
        let page = page();
        for quirk in QUIRKS {
            let row = format!("| `{}` |", quirk.id);
            assert_eq!(page.matches(&row).count(), 1, "{}", quirk.id);
        }
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let mut wanted = 0;
        for line in page.lines() {
            wanted = match (bars(line), wanted) {
                (0, _) => 0,
                (found, 0) => found,
                (found, wanted) => {
                    assert_eq!(found, wanted, "{line}");
                    wanted
                }
            };
        }
    }

    #[test]
    fn dialects_without_a_column_decide_as_auto_does() {
        for dialect in Dialect::ALL {
            if ![Dialect::Strict, Dialect::Entra].contains(dialect) {
                assert_eq!(dialect.policy(), Dialect::Auto.policy(), "{dialect:?}");
            }
        }
    }

    #[test]
    fn a_stale_page_is_named_by_its_first_line() {
        assert_eq!(compare(&page()), Ok(()));
        let stale = page().replacen("# Quirks", "# Habits", 1);
        let wanted = "docs/quirks.md:3 is stale: run `cargo xtask quirks`";
        assert_eq!(compare(&stale), Err(wanted.to_owned()));
        assert!(compare("").is_err());
    }
}
