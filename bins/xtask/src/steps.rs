//! `cargo xtask test`: the steps, in order, and which of them to run.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::command::{Tally, cargo_step, run_for, says};
use crate::workspace::Workspace;
use crate::{Failure, api, examples, fuzz_seeds, quirks_page, readme, reasons_page, receivers};

/// One check.
struct Step {
    name: &'static str,
    about: &'static str,
    run: Run,
}

const STEPS: &[Step] = &[
    step("tools", "compilers and components are there", tools),
    step("format", "rustfmt finds nothing", format),
    step(
        "quirks",
        "docs/quirks.md is as the table is",
        quirks_page::check,
    ),
    step(
        "reasons",
        "docs/reasons.md is as the table is",
        reasons_page::check,
    ),
    step("clippy", "no warning in any target", clippy),
    step("tests", "unit and integration tests", tests),
    step("doctests", "examples in the documentation", doctests),
    step("seeds", "the laws of fuzz/ hold for every seed", seeds),
    step("rustdoc", "the documentation has no warning", rustdoc),
    step("examples", "every example ends well", examples::run),
    step(
        "receivers",
        "the receivers in Python, Node and Ruby pass `sink check`",
        receivers::run,
    ),
    step(
        "api",
        "schemathesis finds no answer that /v1/openapi.json does not tell",
        api::run,
    ),
    step("rules", "promtool reads docs/alerts.rules.yml", rules),
    step("readme", "the commands of README.md work", readme::run),
];

const fn step(name: &'static str, about: &'static str, run: Run) -> Step {
    Step { name, about, run }
}

type Run = fn(&Workspace, &mut Tally) -> Result<(), Failure>;

/// Which steps to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    All,
    From(usize),
    Only(usize),
}

impl Choice {
    pub(crate) fn read(words: &[&str]) -> Result<Self, Failure> {
        match words {
            [] => Ok(Self::All),
            ["--from", name] => position(name).map(Self::From),
            ["--only", name] => position(name).map(Self::Only),
            ["--from" | "--only"] => Err(format!("which step? One of {}", names())),
            _ => Err(format!(
                "`test` takes --from STEP or --only STEP, not `{}`",
                words.join(" ")
            )),
        }
    }

    fn includes(&self, index: usize) -> bool {
        match *self {
            Self::All => true,
            Self::From(first) => index >= first,
            Self::Only(only) => index == only,
        }
    }
}

/// Returns the names of the steps for a message.
pub(crate) fn names() -> String {
    STEPS
        .iter()
        .map(|step| step.name)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Runs the chosen steps and stops at the first that fails.
pub(crate) fn run(choice: &Choice) -> Result<(), Failure> {
    let workspace = Workspace::find()?;
    let mut tally = Tally::default();
    let mut report = String::new();
    let started = Instant::now();
    for (_, step) in STEPS
        .iter()
        .enumerate()
        .filter(|&(index, _)| choice.includes(index))
    {
        println!("\n=== {}: {}", step.name, step.about);
        let began = Instant::now();
        let outcome = (step.run)(&workspace, &mut tally);
        let _ = writeln!(report, "{:>10} {:>8}", step.name, seconds(began.elapsed()));
        if let Err(failure) = outcome {
            println!("\n{report}");
            let again = format!("cargo xtask test --from {}", step.name);
            return Err(format!(
                "step `{}` failed: {failure}\ngo on with: {again}",
                step.name
            ));
        }
    }
    println!("\n{report}{:>10} {:>8}", "all", seconds(started.elapsed()));
    if tally != Tally::default() {
        println!("\n{tally}");
    }
    Ok(())
}

fn position(name: &str) -> Result<usize, Failure> {
    let found = STEPS.iter().position(|step| step.name == name);
    found.ok_or_else(|| format!("there is no step `{name}`; there are {}", names()))
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn tools(_workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    for (program, arguments, advice) in TOOLS {
        let version = says(Command::new(program).args(*arguments))
            .ok_or_else(|| format!("`{program} {}` does not run: {advice}", arguments.join(" ")))?;
        println!("{}", version.lines().next().unwrap_or_default());
    }
    LANGUAGES.iter().try_for_each(language)
}

/// An interpreter that tests run.
struct Language {
    /// Prints its version if everything that is needed is there.
    asks: &'static [&'static str],
    /// Debian's packages.
    packages: &'static [&'static str],
    advice: &'static str,
}

/// Tests move in from a stranger's SCIM server and verify signatures with others' libraries, which pip
/// and npm put into folders below `target`; the receivers of examples/ are written in all three.
const LANGUAGES: &[Language] = &[
    Language {
        asks: &[
            "python3",
            "-c",
            "import ensurepip, sys, venv; print('Python', sys.version.split()[0])",
        ],
        packages: &["python3-venv"],
        advice: "python3 cannot make environments: Debian: apt-get install python3-venv; Fedora: dnf install python3",
    },
    Language {
        asks: &["node", "-p", "'Node ' + process.version"],
        packages: &["nodejs"],
        advice: "node does not run: Debian: apt-get install nodejs; Fedora: dnf install nodejs",
    },
    Language {
        asks: &["npm", "--version"],
        packages: &["npm"],
        advice: "npm does not run: Debian: apt-get install npm; Fedora: dnf install nodejs-npm",
    },
    Language {
        asks: &[
            "ruby",
            "-rjson",
            "-ropenssl",
            "-e",
            "puts \"Ruby #{RUBY_VERSION}\"",
        ],
        packages: &["ruby"],
        advice: "ruby does not run: Debian: apt-get install ruby; Fedora: dnf install ruby",
    },
    Language {
        asks: &["promtool", "--version"],
        packages: &["prometheus"],
        advice: "promtool does not run: Debian: apt-get install prometheus; Fedora: dnf install golang-github-prometheus",
    },
];

/// Installs an interpreter where that may be done unasked, and else says how.
fn language(language: &Language) -> Result<(), Failure> {
    let (program, words) = language.asks.split_first().unwrap_or((&"", &[]));
    let ready = || says(Command::new(program).args(words));
    let is_root = says(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if ready().is_none() && is_root {
        let install = [&["install", "-qqy"][..], language.packages].concat();
        for words in [&["update", "-qq"][..], &install] {
            // What it could not do, the next look tells.
            says(
                Command::new("apt-get")
                    .args(words)
                    .env("DEBIAN_FRONTEND", "noninteractive"),
            );
        }
    }
    let version = ready().ok_or(language.advice)?;
    println!("{}", version.trim());
    Ok(())
}

/// SQLite is C, so a C compiler is needed even where Rust links without `cc`.
const TOOLS: &[(&str, &[&str], &str)] = &[
    (
        "cc",
        &["--version"],
        "a C compiler builds SQLite. Debian: apt-get install build-essential; \
         Fedora: dnf install gcc; macOS: xcode-select --install",
    ),
    (
        "cargo",
        &["--version"],
        "install Rust from https://rustup.rs",
    ),
    (
        "cargo",
        &["fmt", "--version"],
        "rustup component add rustfmt",
    ),
    (
        "cargo",
        &["clippy", "--version"],
        "rustup component add clippy",
    ),
    (
        "sh",
        &["-c", "echo sh"],
        "the commands of README.md are written for a POSIX shell",
    ),
];

fn rules(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    let rules = workspace.root.join("docs/alerts.rules.yml");
    run_for(
        Command::new("promtool").args(["check", "rules"]).arg(rules),
        Duration::from_mins(1),
    )
}

fn format(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    for arguments in [
        &["fmt", "--all", "--check"][..],
        &["fmt", "--check", IN_FUZZ],
    ] {
        cargo_step(workspace, arguments, &[])
            .map_err(|failure| format!("{failure}; the same without --check mends it"))?;
    }
    Ok(())
}

fn clippy(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    let strictly = ["--all-targets", "--locked", "--", "-D", "warnings"];
    cargo_step(
        workspace,
        &[&["clippy", "--workspace"][..], &strictly].concat(),
        &[],
    )?;
    let target = target_dir(workspace);
    cargo_step(
        workspace,
        &[&["clippy", IN_FUZZ, &target][..], &strictly].concat(),
        &[],
    )
}

fn tests(workspace: &Workspace, tally: &mut Tally) -> Result<(), Failure> {
    // Tests start the examples as programs, and `--tests` builds only those which are tests too.
    cargo_step(
        workspace,
        &["build", "--workspace", "--examples", "--locked"],
        &[],
    )?;
    tally.cargo_test(workspace, &["test", "--workspace", "--tests", "--locked"])
}

fn doctests(workspace: &Workspace, tally: &mut Tally) -> Result<(), Failure> {
    tally.cargo_test(workspace, &["test", "--workspace", "--doc", "--locked"])
}

fn seeds(workspace: &Workspace, tally: &mut Tally) -> Result<(), Failure> {
    fuzz_seeds::write(workspace)?;
    let target = target_dir(workspace);
    tally.cargo_test(
        workspace,
        &[
            "test", IN_FUZZ, &target, "--locked", "--lib", "--test", "seeds",
        ],
    )
}

fn rustdoc(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    let arguments = ["doc", "--workspace", "--no-deps", "--locked"];
    cargo_step(workspace, &arguments, &[("RUSTDOCFLAGS", "-D warnings")])
}

/// `fuzz/` is a workspace of its own, because its programs link with libFuzzer.
const IN_FUZZ: &str = "--manifest-path=fuzz/Cargo.toml";

/// What both workspaces build, they build once.
fn target_dir(workspace: &Workspace) -> String {
    format!("--target-dir={}", workspace.target.display())
}

#[cfg(test)]
mod tests_of_choice {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], wanted: Result<&[&str], &str>) {
        let run = Choice::read(words).map(|choice| {
            let steps = STEPS.iter().enumerate();
            let chosen = steps.filter(|&(index, _)| choice.includes(index));
            chosen.map(|(_, step)| step.name).collect::<Vec<_>>()
        });
        match (run, wanted) {
            (Ok(names), Ok(wanted)) => assert_eq!(names, wanted),
            (Err(failure), Err(wanted)) => assert!(failure.contains(wanted), "{failure}"),
            (run, wanted) => panic!("{run:?}, wanted {wanted:?}"),
        }
    }

    #[test]
    fn steps_are_chosen_by_name() {
        check(&["--only", "clippy"], Ok(&["clippy"]));
        check(
            &["--from", "examples"],
            Ok(&["examples", "receivers", "api", "rules", "readme"]),
        );
        check(
            &["--from", "tools"],
            Ok(&STEPS.iter().map(|step| step.name).collect::<Vec<_>>()),
        );
        assert_eq!(Choice::read(&[]), Ok(Choice::All));
    }

    #[test]
    fn a_wrong_choice_names_the_steps() {
        check(
            &["--only", "lint"],
            Err("there is no step `lint`; there are tools, format, quirks"),
        );
        check(&["--from"], Err("which step? One of tools"));
        check(&["clippy"], Err("not `clippy`"));
        check(
            &["--only", "tests", "--from", "clippy"],
            Err("takes --from STEP or --only STEP"),
        );
    }
}
