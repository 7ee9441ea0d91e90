//! The expression that maps time zones in Microsoft Entra, written from the values seen (S-24).

use enroll_sync::SentZone;

/// Most characters of a sent time zone that can be a key of the expression.
const KEY_CHARS_MAX: usize = 128;

/// Writes Entra's `Switch(source, default, key, value, …)` over every time zone that was sent.
///
/// An IANA name stays, and so does a Windows name that means different zones in different countries:
/// it is read here by the country of each person (E-06). What is no time zone becomes the one name
/// that can have been meant; where there is none, or several, it becomes nothing, which is no time
/// zone. `None` where nothing would change.
///
/// ```
/// use enroll_manage::doctor::timezone_expression;
/// use enroll_sync::SentZone;
///
/// let sydney = SentZone {
///     sent: "Sydney".to_owned(),
///     people: 3,
///     near: vec!["Australia/Sydney"],
///     ..SentZone::default()
/// };
/// let expression = timezone_expression(&[sydney]);
/// let wanted = r#"Switch([timezone], "", "Sydney", "Australia/Sydney")"#;
/// assert_eq!(expression.as_deref(), Some(wanted));
/// ```
pub fn timezone_expression(zones: &[SentZone]) -> Option<String> {
    let mapped: Vec<_> = zones.iter().filter_map(arm).collect();
    let changes = mapped.iter().any(|(sent, zone)| sent != zone);
    let arms = mapped
        .iter()
        .map(|(sent, zone)| format!(", {}, {}", literal(sent), literal(zone)));
    changes.then(|| format!("Switch([timezone], \"\"{})", arms.collect::<String>()))
}

/// Returns what a spelling becomes; the default does for what becomes nothing.
fn arm(zone: &SentZone) -> Option<(&str, &str)> {
    let sent = zone.sent.as_str();
    if sent.chars().count() > KEY_CHARS_MAX || sent.chars().any(char::is_control) {
        return None;
    }
    let mut read = zone.zones.iter().copied();
    match (read.next(), read.next(), zone.near.as_slice()) {
        (Some(only), None, _) => Some((sent, only)),
        (Some(_), Some(_), _) => Some((sent, sent)),
        (None, _, [only]) => Some((sent, only)),
        (None, ..) => None,
    }
}

/// Writes a text as Entra's expressions do: in double quotes, `\` before a quote and a `\`.
fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(sent: &str, zones: &[&'static str], near: &[&'static str]) -> SentZone {
        SentZone {
            sent: sent.to_owned(),
            people: 1,
            zones: zones.iter().copied().collect(),
            is_iana: false,
            near: near.to_vec(),
        }
    }

    #[track_caller]
    fn check(zones: &[SentZone], wanted: Option<&str>) {
        assert_eq!(timezone_expression(zones).as_deref(), wanted);
    }

    #[test]
    fn s_24_every_value_seen_has_its_arm() {
        let windows = "W. Europe Standard Time";
        check(
            &[
                zone("Europe/London", &["Europe/London"], &[]),
                zone("GMT+8", &[], &[]),
                zone("Rome, Berlin", &[], &["Europe/Rome", "Europe/Berlin"]),
                zone("Tokyo Standard Time", &["Asia/Tokyo"], &[]),
                zone(windows, &["Europe/Amsterdam", "Europe/Berlin"], &[]),
            ],
            Some(
                "Switch([timezone], \"\", \"Europe/London\", \"Europe/London\", \
                 \"Tokyo Standard Time\", \"Asia/Tokyo\", \
                 \"W. Europe Standard Time\", \"W. Europe Standard Time\")",
            ),
        );
    }

    #[test]
    fn nothing_is_written_where_nothing_changes_and_quotes_stay_inside() {
        check(&[], None);
        check(&[zone("Europe/London", &["Europe/London"], &[])], None);
        check(&[zone("Sydney\n", &[], &["Australia/Sydney"])], None);
        check(
            &[zone("\"Sydney\" \\", &[], &["Australia/Sydney"])],
            Some(r#"Switch([timezone], "", "\"Sydney\" \\", "Australia/Sydney")"#),
        );
    }
}
