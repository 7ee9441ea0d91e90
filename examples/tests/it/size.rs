//! Embedding is short, or it is not embedding.

#[track_caller]
fn check(source: &str, lines_max: usize) {
    let lines = source.lines().count();
    assert!(lines <= lines_max, "{lines} lines, at most {lines_max}");
}

#[test]
fn examples_stay_small() {
    check(include_str!("../../examples/in_axum.rs"), 44);
    check(include_str!("../../examples/own_store.rs"), 150);
}

/// Who reads an example learns from its first lines how to run it.
#[test]
fn examples_say_how_they_are_run() {
    for (name, source) in [
        ("filter_rows", include_str!("../../examples/filter_rows.rs")),
        ("in_axum", include_str!("../../examples/in_axum.rs")),
        ("normalise", include_str!("../../examples/normalise.rs")),
        ("own_store", include_str!("../../examples/own_store.rs")),
    ] {
        let head: Vec<_> = source
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        let run = format!("cargo run -p enroll-examples --example {name}");
        assert!(head.iter().any(|line| line.contains(&run)), "{name}: {run}");
        assert!(include_str!("../../src/lib.rs").contains(&format!("| `{name}` |")));
    }
}
