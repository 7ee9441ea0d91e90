//! Hostile nesting on a small stack, in whatever profile the tests are built (threat C1).

use std::thread;

use enroll_filter::{Filter, Path, Profile};

use crate::kinds;

/// Levels of nesting in the hostile texts.
const LEVELS: usize = 10_000;

/// A quarter of a megabyte: an eighth of what a thread gets.
const STACK_BYTES: usize = 256 << 10;

#[track_caller]
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn ten_thousand_levels_are_an_error() {
    on_a_small_stack(|| {
        let broken = "(title pr and not(emails[";
        for unit in [
            "(",
            "not (",
            "not(",
            "a[",
            "a pr and (",
            "a pr or not (",
            "a[not (",
            broken,
        ] {
            for end in ["", "a pr", ")", "x", "\""] {
                let text = unit.repeat(LEVELS) + end;
                for profile in [Profile::Strict, Profile::Lenient] {
                    assert!(
                        Filter::parse_within(&text, profile, usize::MAX).is_err(),
                        "{unit}"
                    );
                    assert!(Filter::parse(&text, profile).is_err(), "{unit}");
                    assert!(
                        Path::parse(&format!("emails[{text}]"), profile).is_err(),
                        "{unit}"
                    );
                }
            }
        }
    });
}

#[test]
fn the_deepest_that_is_taken_can_be_used() {
    on_a_small_stack(|| {
        let (title, mail) = ("title pr", r#"title pr or emails[type eq "work"]"#);
        for (open, levels, inner) in [
            ("not (", 31, mail),
            ("title pr and (title pr or (", 16, title),
        ] {
            let depth = open.matches('(').count() * levels;
            let text = format!("{}{inner}{}", open.repeat(levels), ")".repeat(depth));
            let filter: Filter = text.parse().unwrap();
            assert_eq!(filter.to_string().parse(), Ok(filter.clone()));
            let user = kinds::user();
            let predicate = filter.bind(&user).unwrap();
            let resource = serde_json::json!({ "title": "x" });
            let negated = open.starts_with("not");
            assert_eq!(
                predicate.matches(&user, resource.as_object().unwrap()),
                !negated
            );
            assert!(predicate.relations().is_empty());
            assert!(!predicate.split(|_| true).0.is_empty());
        }
    });
}

#[test]
fn the_widest_that_is_taken_can_be_used() {
    let text = vec!["(title pr and nickName pr)"; 64].join(" or ");
    let filter: Filter = text.parse().unwrap();
    assert_eq!(filter.to_string(), text.replace(['(', ')'], ""));
    let too_wide = format!("{text} or title pr");
    assert!(too_wide.parse::<Filter>().is_err());
}
