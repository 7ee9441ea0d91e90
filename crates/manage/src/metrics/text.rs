//! The text format of Prometheus (version 0.0.4).

use std::{fmt::Write as _, time::Duration};

/// Metrics as they are written; every name begins with `enroll_`.
#[derive(Debug, Default)]
pub(crate) struct Text {
    written: String,
    last: &'static str,
}

impl Text {
    /// Writes one series of a gauge; series of one name come one after the other.
    pub(crate) fn gauge(
        &mut self,
        name: &'static str,
        help: &str,
        with: &[(&str, &str)],
        value: f64,
    ) {
        self.head(name, help, "gauge");
        self.line(name, &labels(with), value);
    }

    pub(crate) fn counter(&mut self, name: &'static str, help: &str, series: &[(String, u64)]) {
        self.head(name, help, "counter");
        for (labels, count) in series {
            self.line(name, labels, count);
        }
    }

    pub(crate) fn histogram(
        &mut self,
        name: &'static str,
        help: &str,
        buckets: &[(Option<u64>, u64)],
        sum: Duration,
    ) {
        self.head(name, help, "histogram");
        for (bound, count) in buckets {
            let bound = match bound {
                Some(millis) => Duration::from_millis(*millis).as_secs_f64().to_string(),
                None => "+Inf".to_owned(),
            };
            self.line(&format!("{name}_bucket"), &labels(&[("le", &bound)]), count);
        }
        self.line(&format!("{name}_sum"), "", sum.as_secs_f64());
        let count = buckets.last().map_or(0, |(_, count)| *count);
        self.line(&format!("{name}_count"), "", count);
    }

    /// Returns all that was written.
    pub(crate) fn finish(self) -> String {
        self.written
    }

    fn head(&mut self, name: &'static str, help: &str, kind: &str) {
        if std::mem::replace(&mut self.last, name) != name {
            let head = format!("# HELP enroll_{name} {help}\n# TYPE enroll_{name} {kind}\n");
            self.written.push_str(&head);
        }
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        // Writing to a text never fails.
        let _ = writeln!(self.written, "enroll_{name}{labels} {value}");
    }
}

/// Writes labels; what a value must not hold is escaped.
pub(crate) fn labels(pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let mut text = String::from("{");
    for (at, (name, value)) in pairs.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let _ = write!(text, "{comma}{name}=\"{value}\"");
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_introduced_once_and_values_cannot_break_out() {
        let mut text = Text::default();
        text.gauge("held_items", "Held.", &[], 3.0);
        text.gauge("token_expiry_seconds", "Left.", &[("i", "a\"}\n\\")], 1.5);
        text.gauge("token_expiry_seconds", "Left.", &[("i", "b")], -1.0);
        let wanted = "# HELP enroll_held_items Held.\n# TYPE enroll_held_items gauge\n\
             enroll_held_items 3\n# HELP enroll_token_expiry_seconds Left.\n\
             # TYPE enroll_token_expiry_seconds gauge\n\
             enroll_token_expiry_seconds{i=\"a\\\"}\\n\\\\\"} 1.5\n\
             enroll_token_expiry_seconds{i=\"b\"} -1\n";
        assert_eq!(text.finish(), wanted);
    }
}
