//! Filters and paths: parse, print, bind, evaluate.

use std::fmt::{Debug, Display};

use enroll_filter::{Expr, Filter, ParseError, Path, Profile};
use enroll_schema::Schemas;

use crate::samples;

/// Parsing never panics; what was read prints to what reads the same, strictly too; `not` negates.
///
/// # Panics
/// When a law is broken.
pub fn filter(text: &str) {
    if let Some(filter) = round_trip(text, Filter::parse) {
        evaluate(filter);
    }
    if let Some(path) = round_trip(text, Path::parse) {
        for (kind, resource) in samples(&Schemas::standard()) {
            // Refusing is as good as reading; only a panic is not.
            let _ = path.bind(kind);
            let _ = resource
                .as_object()
                .map(|resource| path.read(kind, resource));
        }
    }
}

fn round_trip<T: Display + Debug + PartialEq>(
    text: &str,
    parse: impl Fn(&str, Profile) -> Result<T, ParseError>,
) -> Option<T> {
    let lenient = parse(text, Profile::Lenient);
    if let Ok(strict) = parse(text, Profile::Strict) {
        assert_eq!(
            lenient.as_ref(),
            Ok(&strict),
            "strict text reads the same in both: {text:?}"
        );
    }
    let parsed = match lenient {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    let printed = parsed.to_string();
    match parse(&printed, Profile::Strict) {
        Ok(again) => assert_eq!(again, parsed, "{text:?} printed as {printed:?}"),
        // Escapes and blanks can make the strict text longer than the limit.
        Err(error) => assert!(
            printed.len() > text.len(),
            "{text:?} as {printed:?}: {error}"
        ),
    }
    Some(parsed)
}

fn evaluate(filter: Filter) {
    let schemas = Schemas::standard();
    let negated = Expr::Not(Box::new(filter.clone()));
    for (kind, resource) in samples(&schemas) {
        let (Ok(bound), Some(resource)) = (filter.bind(kind), resource.as_object()) else {
            continue;
        };
        let holds = bound.matches(kind, resource);
        let negated = negated
            .bind(kind)
            .expect("because binding looks at the leaves only");
        assert_eq!(negated.matches(kind, resource), !holds, "{filter}");
    }
}
