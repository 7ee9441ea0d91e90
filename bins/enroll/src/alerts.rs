//! `[alerts]` of the configuration file, and `enroll alerts`: who is told what somebody must know.

use std::process::ExitCode;

use enroll::{
    Builder,
    alert::{AlertChannel, AlertMessage, Mail, Program, Webhook},
    deliver::{SigningSecret, Target},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    cli::Remote,
    client::{Server, items, plain, text},
    config::from_environment,
    report::{self, Failure},
};

/// Where alerts go; nothing set means that nobody is told.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alerts {
    /// A URL that takes JSON with `text`, or `env:NAME` of one: the URLs of chat services are
    /// secrets.
    webhook: Option<String>,
    /// `env:NAME`: the environment variable that holds `whsec_…`; then messages are signed.
    webhook_secret: Option<String>,
    /// Whether the URL may lead into a private network, and be plain http.
    #[serde(default)]
    allow_private: bool,
    /// A mail server, or `env:NAME` of one with name and password: `smtps://mail.example.com`.
    smtp: Option<String>,
    /// Who the mails are from.
    from: Option<String>,
    /// Who gets every mail; the `contacts` of a tenant's policy get those about the tenant.
    #[serde(default)]
    to: Vec<String>,
    /// A program and its arguments; it reads JSON from standard input.
    #[serde(default)]
    command: Vec<String>,
}

impl Alerts {
    /// Lets the builder tell every channel that is set.
    ///
    /// # Errors
    /// When a setting is wrong, with its name.
    pub(crate) fn open(&self, mut builder: Builder) -> Result<Builder, Failure> {
        if let Some(webhook) = self.webhook()? {
            builder = builder.alert("webhook", webhook);
        }
        if let Some(mail) = self.mail()? {
            builder = builder.alert("smtp", mail);
        }
        if let Some(program) = Program::new(self.command.iter().cloned()) {
            builder = builder.alert("command", program);
        }
        Ok(builder)
    }

    fn webhook(&self) -> Result<Option<Webhook>, Failure> {
        let Some(setting) = &self.webhook else {
            return Ok(None);
        };
        let failed =
            |error: &dyn std::error::Error| Failure::new(format!("[alerts] webhook: {error}"));
        let url = revealed("[alerts] webhook", setting)?;
        let target = match &self.webhook_secret {
            None => Target::unsigned(url),
            Some(setting) => {
                let secret = from_environment("[alerts] webhook_secret", setting)?;
                let secret = SigningSecret::parse(&secret).map_err(|error| {
                    Failure::new(format!("[alerts] webhook_secret: {setting}: {error}"))
                })?;
                Target::new(url, [secret])
            }
        };
        let hook = Webhook::new(&target.allow_private(self.allow_private));
        hook.map(Some).map_err(|error| failed(&error))
    }

    fn mail(&self) -> Result<Option<Mail>, Failure> {
        let (Some(setting), Some(from)) = (&self.smtp, &self.from) else {
            return match (&self.smtp, &self.from) {
                (None, None) if self.to.is_empty() => Ok(None),
                _ => Err(Failure::new("[alerts] mail needs both smtp and from")),
            };
        };
        let is_open = |url: &str| {
            url.split_once('@')
                .is_some_and(|(who, _)| who.contains("://"))
        };
        if is_open(setting) {
            return Err(Failure::new(
                "[alerts] smtp: a name or password does not stand in a file; write \"env:ENROLL_SMTP_URL\" and put the URL there",
            ));
        }
        let url = revealed("[alerts] smtp", setting)?;
        let mail = Mail::new(&url, from, self.to.iter().map(String::as_str));
        mail.map(Some)
            .map_err(|error| Failure::new(format!("[alerts] {error}")))
    }
}

/// Returns a setting, or the environment variable that it names.
fn revealed(name: &str, setting: &str) -> Result<String, Failure> {
    if setting.starts_with("env:") {
        from_environment(name, setting)
    } else {
        Ok(setting.to_owned())
    }
}

/// The terminal of `enroll dev`.
pub(crate) struct Terminal {
    /// Whether standard output is for JSON.
    pub(crate) quiet: bool,
}

impl AlertChannel for Terminal {
    async fn tell(&self, message: &AlertMessage) -> Result<(), String> {
        let line = format!("  ! {}", plain(&message.text));
        if self.quiet {
            report::aside(&line);
        } else {
            report::line(&line);
        }
        Ok(())
    }
}

/// Lists what somebody must know of a tenant.
pub(crate) async fn list(remote: Remote) -> Result<ExitCode, Failure> {
    let server = Server::new(&remote)?;
    let tenant = server.tenant(&remote).await?;
    let told = server.get(&format!("{tenant}/alerts")).await?;
    if remote.json {
        for one in items(&told) {
            report::line(&one.to_string());
        }
    } else {
        report::line(&shown(&told));
    }
    warn(&told);
    Ok(ExitCode::SUCCESS)
}

/// Sends a trial message through every channel; fails if one does not arrive.
pub(crate) async fn test(remote: Remote) -> Result<ExitCode, Failure> {
    let server = Server::new(&remote)?;
    let tenant = server.tenant(&remote).await?;
    let body = Some(("application/json", b"{}".to_vec()));
    let answer = server
        .call("POST", &format!("{tenant}/alerts/test"), body)
        .await?;
    let told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    for one in items(&told) {
        if remote.json {
            report::line(&one.to_string());
        } else {
            let error = text(one, "error");
            let outcome = if error.is_empty() { "arrived" } else { error };
            report::line(&format!("{:<10} {}", text(one, "channel"), plain(outcome)));
        }
    }
    warn(&told);
    let arrived = |one: &Value| one.get("arrived").and_then(Value::as_bool) == Some(true);
    let all = !items(&told).is_empty() && items(&told).iter().all(arrived);
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Says that nobody is told, if that is so.
pub(crate) fn warn(told: &Value) {
    let warning = text(told, "warning");
    if !warning.is_empty() {
        report::aside(&format!("warning: {warning}"));
    }
}

fn shown(told: &Value) -> String {
    let mut lines = Vec::new();
    for one in items(told) {
        let level = if text(one, "level") == "act_now" {
            "act now"
        } else {
            "soon"
        };
        let (since, code) = (text(one, "first_at"), text(one, "code"));
        lines.push(format!("{level:<8} {code:<20} since {since}"));
        lines.push(format!("         {}", plain(text(one, "text"))));
    }
    if lines.is_empty() {
        lines.push("nothing stands".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use enroll::Enroll;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(settings: &str, wanted: Option<&str>) {
        let alerts: Alerts = toml::from_str(settings).unwrap();
        let told = alerts.open(Enroll::open("sqlite:x.db")).err();
        let told = told.map(|error| error.to_string());
        match (&told, wanted) {
            (None, None) => {}
            (Some(told), Some(wanted)) => {
                assert!(
                    told.starts_with("[alerts] ") && told.contains(wanted),
                    "{told}"
                );
                assert!(!told.contains("hunter2"), "{told}");
            }
            _ => panic!("{settings}: {told:?}"),
        }
    }

    #[tokio::test]
    async fn c15_b3_settings_are_checked_at_the_start_and_hold_no_secrets() {
        check("", None);
        check("webhook = \"https://hooks.example/T1\"", None);
        check("webhook = \"http://hooks.example/T1\"", Some("plain http"));
        check("webhook = \"http://10.0.0.1/\"\nallow_private = true", None);
        check("webhook = \"https://169.254.169.254/\"", Some("metadata"));
        check("webhook = \"env:ENROLL_NO_SUCH\"", Some("is not set"));
        let signed =
            |secret| format!("webhook = \"https://x.example\"\nwebhook_secret = \"{secret}\"");
        check(&signed("whsec_hunter2"), Some("webhook_secret must name"));
        check(
            "smtp = \"smtps://mail.example\"",
            Some("both smtp and from"),
        );
        check("to = [\"kim@x.example\"]", Some("both smtp and from"));
        let mail = |url| {
            format!("smtp = \"{url}\"\nfrom = \"enroll@x.example\"\nto = [\"kim@x.example\"]")
        };
        check(&mail("smtps://mail.example"), None);
        check(
            &mail("smtps://kim:hunter2@mail.example"),
            Some("does not stand in a file"),
        );
        check(&mail("smtp://mail.example"), Some("in the clear"));
        check("command = [\"/bin/true\"]", None);
    }

    #[test]
    fn alerts_are_two_lines_each() {
        assert_eq!(shown(&json!({"items": []})), "nothing stands");
        let one = json!({"level": "act_now", "code": "H_BURST", "first_at": "t", "text": "7 held\u{1b}."});
        let wanted = "act now  H_BURST              since t\n         7 held.";
        assert_eq!(shown(&json!({"items": [one]})), wanted);
    }
}
