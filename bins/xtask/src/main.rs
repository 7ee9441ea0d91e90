//! The project's own commands. `cargo xtask test` is everything that must be green.
//!
//! ```text
//! cargo xtask test [--from STEP | --only STEP]   every check, or from one step on, or one
//! cargo xtask corpus-index                       rewrites the list of corpus cases
//! cargo xtask quirks                             rewrites docs/quirks.md
//! cargo xtask reasons                            rewrites docs/reasons.md
//! cargo xtask rows                               takes each reason's rule out: which tests notice?
//! cargo xtask fuzz-seeds                         writes fuzz/corpus from the corpus of cases
//! ```
//!
//! The conventions it relies on:
//! - an example ends by itself, with status 0, when `ENROLL_EXAMPLE_ONCE=1` is set;
//! - a fenced block of README.md with the info string `sh test` is run; see the module `readme`.
#![allow(clippy::print_stdout, reason = "a command talks to its terminal")]

mod api;
mod command;
mod corpus_index;
mod examples;
mod fuzz_seeds;
mod quirks_page;
mod readme;
mod reasons_page;
mod receivers;
mod rows;
mod scratch;
mod steps;
mod workspace;

use std::process::ExitCode;

use steps::Choice;
use workspace::Workspace;

/// A sentence which tells what to change.
type Failure = String;

const HELP: &str = "\
usage: cargo xtask COMMAND

  test [--from STEP | --only STEP]   run every check; STEP is one of
                                     STEPS
  corpus-index                       rewrite crates/conformance/src/corpus/index.rs
  quirks                             rewrite docs/quirks.md
  reasons                            rewrite docs/reasons.md
  rows                               take each reason's rule out, and say which tests notice
  fuzz-seeds                         write fuzz/corpus/ from the corpus and the tables of cases";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            println!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), Failure> {
    match words {
        ["test", choice @ ..] => steps::run(&Choice::read(choice)?),
        ["corpus-index"] => corpus_index::write(&Workspace::find()?),
        ["quirks"] => quirks_page::write(&Workspace::find()?),
        ["reasons"] => reasons_page::write(&Workspace::find()?),
        ["rows"] => rows::run(&Workspace::find()?),
        ["fuzz-seeds"] => fuzz_seeds::write(&Workspace::find()?),
        [] | ["help" | "--help" | "-h"] => {
            println!("{}", help());
            Ok(())
        }
        [unknown, ..] => Err(format!("there is no command `{unknown}`\n\n{}", help())),
    }
}

fn help() -> String {
    HELP.replace("STEPS", &steps::names())
}
