//! Runs the commands of README.md.
//!
//! Every fenced block with the info string `sh test` is run, all of them in one shell and one folder
//! that holds nothing but `examples`, in order. The debug build of `enroll` is on the `PATH`, and `cargo run --release -- …`
//! means it, so that a reader's command is tried without a release build. A line that ends in `&`
//! stays in the background: the next line waits until it has printed something (a server prints when
//! it is ready), and it gets a TERM at the end and must then end well.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Failure;
use crate::command::{Tally, cargo_step, run_for};
use crate::scratch::Scratch;
use crate::workspace::{Workspace, cargo};

pub(crate) fn run(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    let path = workspace.root.join("README.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let blocks = blocks(&text)?;
    if blocks.is_empty() {
        return Err("README.md has no block with the info string `sh test`".to_owned());
    }
    cargo_step(
        workspace,
        &["build", "--locked", "--package", "enroll-server"],
        &[],
    )?;
    play(&blocks, &workspace.debug(), &workspace.root)
}

fn play(blocks: &[String], programs: &Path, root: &Path) -> Result<(), Failure> {
    let folder = Scratch::new("readme")?;
    let tools = folder.path().join(".tools");
    fs::create_dir(&tools).map_err(|error| error.to_string())?;
    let work = folder.path().join("work");
    fs::create_dir(&work).map_err(|error| error.to_string())?;
    std::os::unix::fs::symlink(root.join(EXAMPLES), work.join(EXAMPLES))
        .map_err(|error| error.to_string())?;
    write_program(&tools.join("cargo"), &cargo_stand_in())?;
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{path}", tools.display(), programs.display());
    let mut command = Command::new("sh");
    command
        .args(["-c", &script(blocks, &tools)])
        .current_dir(&work)
        .env("PATH", path);
    run_for(&mut command, DEADLINE).map_err(|_| {
        "a command of README.md, the last one shown above, failed or never ended".to_owned()
    })
}

/// Returns the text of every block to run.
fn blocks(markdown: &str) -> Result<Vec<String>, Failure> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().enumerate();
    while let Some((opened, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix(FENCE) else {
            continue;
        };
        let mut block = String::new();
        loop {
            match lines.next() {
                Some((_, line)) if line.trim() == FENCE => break,
                Some((_, line)) => block.extend([line, "\n"]),
                None => return Err(format!("README.md:{}: the block never ends", opened + 1)),
            }
        }
        if info.trim() == INFO {
            blocks.push(block);
        }
    }
    Ok(blocks)
}

/// Writes one shell script of all blocks: it shows each command and stops at the first that fails.
fn script(blocks: &[String], tools: &Path) -> String {
    let mut script = PRELUDE.replace("TOOLS", &tools.display().to_string());
    for (number, line) in blocks.iter().flat_map(|block| block.lines()).enumerate() {
        match line
            .trim_end()
            .strip_suffix('&')
            .filter(|line| !line.ends_with('&'))
        {
            None => script.extend([line, "\n"]),
            Some(command) => script += &background(number, command.trim_end(), tools),
        }
    }
    script
}

fn background(number: usize, command: &str, tools: &Path) -> String {
    let log = tools.join(format!("{number}.log"));
    format!(
        "{command} >'{0}' 2>&1 &\n{{ in_background $! '{0}'; }} 2>/dev/null\n",
        log.display()
    )
}

/// `cargo run --release -- dev` of a reader is `enroll dev` here; anything else is cargo's.
fn cargo_stand_in() -> String {
    format!(
        "#!/bin/sh\ncase \"$1 $2 $3\" in\n\
         'run --release --') shift 3; exec enroll \"$@\" ;;\nesac\nexec '{}' \"$@\"\n",
        cargo()
    )
}

fn write_program(path: &Path, text: &str) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let write = || {
        fs::write(path, text)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
    };
    write().map_err(|error: std::io::Error| format!("{}: {error}", path.display()))
}

/// `in_background PID LOG` waits for the first output; the trap ends what still runs.
const PRELUDE: &str = r#"
jobs=
in_background() {
    jobs="$jobs $1"
    tries=0
    until [ -s "$2" ]; do
        tries=$((tries + 1))
        kill -0 "$1" || { echo "the background command ended and printed nothing" >&3; exit 1; }
        [ "$tries" -lt 600 ] || { echo "the background command printed nothing in 60 s" >&3; exit 1; }
        sleep 0.1
    done
}
finish() {
    trap - EXIT
    for job in $jobs; do
        kill -TERM "$job"
        wait "$job" || { echo "a background command ended with status $?" >&3; status=1; }
    done 2>/dev/null
    [ "$status" -eq 0 ] || for log in 'TOOLS'/*.log; do
        [ -f "$log" ] && { echo "--- output of a background command"; cat "$log"; }
    done >&3
    exit "$status"
}
exec 3>&2
trap '{ status=$?; set +ex; } 2>/dev/null; finish' EXIT
set -eux
"#;

const FENCE: &str = "```";
const INFO: &str = "sh test";
/// A folder of the workspace that commands of a reader use.
const EXAMPLES: &str = "examples";
const DEADLINE: Duration = Duration::from_mins(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_marked_so_are_run() {
        let markdown = "\
            text\n```sh\nnot this\n```\n```sh test\necho one\necho two\n```\n\
            ~~~\n```rust\nlet test = 1;\n```\n1. in a list\n   ```sh test\n   echo three\n   ```\n";
        let wanted = ["echo one\necho two\n", "   echo three\n"];
        assert_eq!(blocks(markdown).unwrap(), wanted);
    }

    #[test]
    fn a_block_without_an_end_is_named_by_its_line() {
        let failure = blocks("one\n```sh test\necho\n").unwrap_err();
        assert_eq!(failure, "README.md:2: the block never ends");
    }

    /// Plays blocks where `enroll` is a stand-in that writes its arguments into `said`.
    fn check(blocks: &[&str], good: bool) {
        let programs = Scratch::new("programs").unwrap();
        write_program(&programs.path().join("enroll"), ENROLL).unwrap();
        let blocks: Vec<String> = blocks.iter().map(|&block| block.to_owned()).collect();
        let played = play(&blocks, programs.path(), programs.path());
        assert_eq!(played.is_ok(), good, "{blocks:?}: {played:?}");
    }

    #[test]
    fn commands_share_one_shell_and_stop_at_the_first_failure() {
        check(&["greeting=hello\n", "test \"$greeting\" = hello\n"], true);
        check(
            &["true && true\n", "for i in 1 2; do\n  echo \"$i\"\ndone\n"],
            true,
        );
        check(&["false\n", "true\n"], false);
        check(&["no-such-command\n"], false);
        check(&["test -L examples\n"], true);
        check(&["echo \"$unset\"\n"], false);
    }

    #[test]
    fn a_release_run_means_the_debug_build() {
        check(
            &["cargo run --release -- simulate okta --users 3 | grep 'simulate okta --users 3'\n"],
            true,
        );
        check(&["cargo run --release -- fail\n"], false);
    }

    #[test]
    fn a_background_line_is_ready_when_it_prints_and_must_end_well() {
        check(
            &["cargo run --release -- serve &\n", "test -f ready\n"],
            true,
        );
        check(&["enroll fail &\n", "true\n"], false);
        check(&["enroll serve-badly &\n", "true\n"], false);
    }

    const ENROLL: &str = r#"#!/bin/sh
case "$1" in
serve) trap 'exit 0' TERM; : >ready; echo ready; while :; do sleep 0.1; done ;;
serve-badly) trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done ;;
fail) exit 1 ;;
*) echo "$@" ;;
esac
"#;
}
