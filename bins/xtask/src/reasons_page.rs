//! Writes `docs/reasons.md` from the table of reason codes, and finds it stale.

use std::fmt::Write as _;
use std::fs;

use enroll_sync::{Class, Code, Who};

use crate::Failure;
use crate::command::Tally;
use crate::workspace::Workspace;

const PAGE: &str = "docs/reasons.md";

pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    let path = workspace.root.join(PAGE);
    fs::write(&path, page()).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}: {} reasons", path.display(), Code::ALL.len());
    Ok(())
}

/// Fails when the page is not what the table says today.
pub(crate) fn check(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    let path = workspace.root.join(PAGE);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if text == page() {
        return Ok(());
    }
    Err(format!("{PAGE} is stale: run `cargo xtask reasons`"))
}

const CLASSES: &[(Class, &str)] = &[
    (Class::Held, "Waiting for a clock or for somebody's yes"),
    (Class::Blocked, "Waiting until something is fixed"),
    (Class::Cause, "What led to it"),
    (Class::Drift, "The application differs"),
    (Class::Warning, "It went on, but somebody should look"),
    (Class::Normalised, "Rewritten without loss"),
];

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (class, heading) in CLASSES {
        let _ = writeln!(
            page,
            "\n## {heading}\n\n| code | meaning | who can fix it | how |\n|---|---|---|---|"
        );
        for code in Code::ALL.iter().filter(|code| code.class() == *class) {
            let (who, fix) = (who(code.who()), cell(code.fix()));
            let _ = writeln!(
                page,
                "| `{code}` | {} | {who} | {fix} |",
                cell(code.meaning())
            );
        }
    }
    page
}

fn who(who: Who) -> &'static str {
    match who {
        Who::Nobody => "–",
        Who::Provider => "the provider's administrator",
        Who::Application => "the application's administrator",
        Who::Operator => "the operator",
    }
}

/// A bar outside a table's own would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

const HEAD: &str = "\
<!-- Generated from crates/sync/src/reason.rs by `cargo xtask reasons`. -->

# Reasons: why something happened, or did not

Everything the sync job does, and everything it does not, has at least one of these codes. They are
shown by `enroll user why`, in plans, in the history and in events, and they do not change between
versions. Ids such as E-23 name the product's rules.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_row_for_each_code() {
        let page = page();
        for code in Code::ALL {
            assert_eq!(page.matches(&format!("| `{code}` |")).count(), 1, "{code}");
        }
    }
}
