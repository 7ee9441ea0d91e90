//! Builds the examples and runs each, as its reader would.

use std::process::Command;
use std::time::Duration;

use crate::Failure;
use crate::command::{Tally, cargo_step, run_for};
use crate::scratch::Scratch;
use crate::workspace::Workspace;

/// Runs every example in an empty folder; `ENROLL_EXAMPLE_ONCE=1` asks it to end by itself.
pub(crate) fn run(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    let names = workspace.examples(PACKAGE);
    if names.is_empty() {
        return Err(format!("the package {PACKAGE} has no examples"));
    }
    cargo_step(
        workspace,
        &["build", "--locked", "--package", PACKAGE, "--examples"],
        &[],
    )?;
    for name in names {
        println!("$ {ONCE}=1 {name}");
        let folder = Scratch::new(&name)?;
        let mut command = Command::new(workspace.debug().join("examples").join(&name));
        run_for(command.current_dir(folder.path()).env(ONCE, "1"), DEADLINE)?;
    }
    Ok(())
}

const PACKAGE: &str = "enroll-examples";
const ONCE: &str = "ENROLL_EXAMPLE_ONCE";
const DEADLINE: Duration = Duration::from_mins(1);
