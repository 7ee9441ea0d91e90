//! The laws over the seeds, on stable: what once broke stays mended.

use std::fs;
use std::path::{Path, PathBuf};

/// Runs a law over every seed of a target.
fn check(target: &str, law: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let seeds = fs::read_dir(&folder).expect("run `cargo xtask fuzz-seeds` first");
    let mut seen = 0;
    for seed in seeds {
        let seed = Seed(seed.unwrap().path());
        law(&fs::read(&seed.0).unwrap());
        seen += 1;
    }
    assert!(seen > 50, "only {seen} seeds in {}", folder.display());
}

/// Says which seed it was when a law panics.
struct Seed(PathBuf);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the seed is {}", self.0.display());
        }
    }
}

#[test]
fn filter_seeds_keep_the_laws() {
    check("filter", |seed| {
        enroll_fuzz::filter(&String::from_utf8_lossy(seed))
    });
}

#[test]
fn patch_seeds_keep_the_laws() {
    check("patch", enroll_fuzz::patch);
}

#[test]
fn quirks_seeds_keep_the_laws() {
    check("quirks", enroll_fuzz::quirks);
}
