//! The examples as their readers run them: small, and doing what they promise.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod in_axum;
mod size;
mod told;

use std::{env, path::PathBuf, process::Command};

/// Returns a command of the built example; cargo builds those that have no tests of their own.
fn example(name: &str) -> Command {
    let test = env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples").join(name);
    let built: PathBuf = built.with_extension(env::consts::EXE_EXTENSION);
    assert!(
        built.is_file(),
        "{} is missing; `cargo test -p enroll-examples` builds it",
        built.display()
    );
    Command::new(built)
}
