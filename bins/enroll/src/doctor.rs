//! `enroll doctor`: what a running server has seen of a provider, what is wrong, and where to put it
//! right.

use std::process::ExitCode;

use enroll::{http::system_clock, schema::Timestamp};
use serde_json::Value;

use crate::{
    cli::DoctorOptions,
    client::{Server, plain, text},
    report::{self, Failure},
};

/// Shows one line for each check, and a second one with the fix; fails when a check fails.
pub(crate) async fn run(options: DoctorOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let place = server.integration(&options.remote).await?;
    let assigned = options.assigned.map(|number| format!("?assigned={number}"));
    let assigned = assigned.unwrap_or_default();
    let told = server.get(&format!("{place}/doctor{assigned}")).await?;
    let tenant = server.tenant(&options.remote).await?;
    let alerts = server.get(&format!("{tenant}/alerts")).await?;
    if options.remote.json {
        report::line(&told.to_string());
    } else {
        report::line(&shown(&told));
        if let Some(off) = clock(text(&told, "at"), system_clock()) {
            report::line(&off);
        }
        let nobody = text(&alerts, "warning");
        if !nobody.is_empty() {
            report::line(&format!("{:<5} {:<17} {nobody}", "warn", "alerts"));
        }
    }
    Ok(match text(&told, "level") {
        "fail" => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// Writes a diagnosis as a person wants to read it: what fails stands where it stopped, in the order
/// in which a connection comes about.
fn shown(told: &Value) -> String {
    let mut rows = Vec::new();
    let hints = told.get("hints").and_then(Value::as_array);
    for hint in hints.into_iter().flatten() {
        let (level, code) = (text(hint, "level"), text(hint, "code"));
        rows.push(format!(
            "{level:<5} {code:<17} {}",
            plain(text(hint, "text"))
        ));
        let fix = text(hint, "fix");
        if !fix.is_empty() {
            rows.push(format!("{:>9}  {}", "fix", plain(fix)));
        }
    }
    rows.join("\n")
}

/// Says that the server's clock and the one here differ: signatures and expiry depend on both.
fn clock(server: &str, here: Timestamp) -> Option<String> {
    let server = Timestamp::parse(server)?.as_millis();
    let apart = (here.as_millis() - server) / 1_000;
    (apart.abs() > CLOCKS_APART_SECONDS).then(|| {
        format!(
            "warn  clock             the server's clock is {} s away from the one here",
            apart.abs()
        )
    })
}

/// How far the clocks may be apart, a slow answer included.
const CLOCKS_APART_SECONDS: i64 = 60;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_check_is_a_line_and_its_fix_another() {
        let told = json!({"level": "fail", "hints": [
            {"code": "reached", "level": "ok", "text": "last request 12 s ago"},
            {"code": "no_groups", "level": "fail", "text": "a\u{1b}[2J", "fix": "tick the box"},
        ]});
        let wanted = "ok    reached           last request 12 s ago\n\
                      fail  no_groups         a[2J\n\
                      \u{20}     fix  tick the box";
        assert_eq!(shown(&told), wanted);
        assert_eq!(shown(&json!({})), "");
    }

    #[test]
    fn clocks_that_differ_are_told() {
        let here = Timestamp::parse("2026-01-01T00:02:00.000Z").unwrap();
        for (server, wanted) in [
            ("2026-01-01T00:01:00.000Z", None),
            ("2026-01-01T00:00:59.000Z", Some("61 s away")),
            ("2026-01-01T00:03:01.000Z", Some("61 s away")),
            ("", None),
        ] {
            let told = clock(server, here);
            assert_eq!(told.is_some(), wanted.is_some(), "{server}");
            assert!(
                told.unwrap_or_default()
                    .contains(wanted.unwrap_or_default())
            );
        }
    }
}
