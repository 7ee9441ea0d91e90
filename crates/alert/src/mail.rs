//! Alerts by mail.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};

use crate::{AlertChannel, AlertMessage};

/// Sends each message as a mail, to the operator's addresses and the tenant's contacts.
#[derive(Clone, Debug)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

/// What is wrong with the settings of [`Mail`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// The server's URL is none.
    #[error("smtp: write smtps://mail.example.com or smtp://mail.example.com?tls=required: {0}")]
    Url(String),
    /// It would send names and passwords in the clear.
    #[error("smtp: {0} would send mail in the clear; use smtps://, or ?tls=required")]
    Plain(String),
    /// An address is none.
    #[error("{0:?} is no mail address")]
    Address(String),
}

impl Mail {
    /// Prepares to send through `url`: `smtps://user:password@mail.example.com`,
    /// `smtp://mail.example.com:587?tls=required`, or plain `smtp://` to this machine.
    ///
    /// # Errors
    /// [`MailError`] names the setting.
    pub fn new<'a>(
        url: &str,
        from: &str,
        to: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, MailError> {
        let bad = |error: lettre::transport::smtp::Error| MailError::Url(error.to_string());
        if !is_private(url) {
            return Err(MailError::Plain(shown(url)));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(bad)?;
        let to = to.into_iter().map(mailbox);
        Ok(Self {
            transport: transport.timeout(Some(TIMEOUT)).build(),
            from: mailbox(from)?,
            to: to.collect::<Result<_, _>>()?,
        })
    }

    fn mail(&self, message: &AlertMessage) -> Result<Option<Message>, String> {
        let contacts = message
            .contacts
            .iter()
            .filter_map(|text| mailbox(text).ok());
        let mut to: Vec<Mailbox> = self.to.iter().cloned().chain(contacts).collect();
        to.dedup_by(|a, b| a.email == b.email);
        if to.is_empty() {
            return Ok(None);
        }
        let mut mail = Message::builder()
            .from(self.from.clone())
            // The same on every repeat: mail servers and readers drop what they have.
            .message_id(Some(format!("<{}@enroll.invalid>", message.id)))
            .subject(message.subject())
            .header(ContentType::TEXT_PLAIN);
        for one in to {
            mail = mail.to(one);
        }
        let body = format!(
            "{}\n\nalert {}, since {}\n",
            message.text, message.alert, message.first_at
        );
        mail.body(body).map(Some).map_err(|error| error.to_string())
    }
}

impl AlertChannel for Mail {
    async fn tell(&self, message: &AlertMessage) -> Result<(), String> {
        let Some(mail) = self.mail(message)? else {
            // Nobody is to be told of this tenant.
            return Ok(());
        };
        let sent = self.transport.send(mail).await;
        sent.map(drop).map_err(|error| format!("mail: {error}"))
    }
}

fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    text.parse()
        .map_err(|_| MailError::Address(text.to_owned()))
}

/// Tells whether mail goes over TLS, or stays on this machine.
fn is_private(url: &str) -> bool {
    if url.starts_with("smtps://") || url.contains("?tls=required") {
        return true;
    }
    let Some(rest) = url.strip_prefix("smtp://") else {
        // No URL of mail at all; parsing says so.
        return true;
    };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1")
}

/// Returns a URL without what stands before the host.
fn shown(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("smtp://…@{host}"),
        None => url.to_owned(),
    }
}

/// How long a mail server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn b3_mail_goes_over_tls_or_stays_here_and_errors_hide_the_password() {
        for (url, wanted) in [
            ("smtps://mail.example.com", None),
            ("smtps://kim:hunter2@mail.example.com:465", None),
            ("smtp://mail.example.com:587?tls=required", None),
            ("smtp://127.0.0.1:2525", None),
            ("smtp://localhost", None),
            ("smtp://kim:hunter2@mail.example.com", Some("in the clear")),
            ("smtp://localhost.example.com", Some("in the clear")),
            ("mail.example.com", Some("write smtps://")),
            ("http://mail.example.com", Some("write smtps://")),
        ] {
            let made = Mail::new(url, "enroll@example.com", ["kim@example.com"]);
            let told = made.err().map(|error| error.to_string());
            match (&told, wanted) {
                (None, None) => {}
                (Some(told), Some(wanted)) => {
                    assert!(told.contains(wanted) && !told.contains("hunter2"), "{told}");
                }
                _ => panic!("{url}: {told:?}"),
            }
        }
        let wrong = Mail::new("smtps://x.example", "nobody", []).unwrap_err();
        assert_eq!(wrong.to_string(), "\"nobody\" is no mail address");
    }
}
