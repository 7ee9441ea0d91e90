//! Sending: headers, tries again, and the decision when to give up.

mod at_once;

use std::time::Duration;

use http::{HeaderValue, Request, Response, header};
use rand::rngs::Xoshiro256PlusPlus;

use crate::{
    answer::{Answer, Listing},
    dialect::{Ask, Dialect},
    ledger::{About, Halt, Ledger},
    options::Options,
    person::{guid, random},
    provider::Provider,
    transport::{Transport, TransportError},
};

/// How long a provider waits before the second try; each wait is twice as long as the last.
const PAUSE_FIRST: Duration = Duration::from_millis(250);
/// The longest wait that no server has asked for.
const PAUSE_LONGEST: Duration = Duration::from_secs(5);
/// How often a request is sent that the server answers with 500: it may well be the request's fault.
const BROKEN_TRIES: u32 = 3;
/// The most resources asked for at once.
const PAGE: usize = 100;
/// The most resources read from one list.
const LIST_MAX: usize = 1_000_000;

/// A provider's connection to the server.
pub(crate) struct Client<'a, T> {
    transport: &'a T,
    base: &'a str,
    provider: Provider,
    pub(crate) options: &'a Options,
    pub(crate) dialect: Box<dyn Dialect>,
    pub(crate) ledger: Ledger<'a>,
    activity: Xoshiro256PlusPlus,
}

/// How one try went.
enum Tried {
    Answered(Response<Vec<u8>>),
    /// The server asks to come back, perhaps after a time.
    Busy(String, Option<Duration>),
    /// Whether the server acted is unknown.
    Lost(String),
}

impl<'a, T: Transport> Client<'a, T> {
    pub(crate) fn new(
        transport: &'a T,
        (base, provider): (&'a str, Provider),
        options: &'a Options,
        ledger: Ledger<'a>,
    ) -> Self {
        let dialect = crate::dialect::of(provider, options);
        let activity = random(provider, options.seed, usize::MAX / 2 + 1);
        Self {
            transport,
            base,
            provider,
            options,
            dialect,
            ledger,
            activity,
        }
    }

    pub(crate) fn is_entra(&self) -> bool {
        matches!(self.provider, Provider::Entra | Provider::EntraOptscim)
    }

    pub(crate) fn is_okta(&self) -> bool {
        matches!(self.provider, Provider::Okta | Provider::OktaWizard)
    }

    /// Sends `ask` until there is an answer to work with.
    ///
    /// # Errors
    /// [`Halt`] when the server stays away or busy, or refuses the token.
    pub(crate) async fn send(&mut self, ask: &Ask, subject: &str) -> Result<Answer, Halt> {
        self.ledger.bearable()?;
        let about = About {
            request: ask.what,
            subject,
        };
        let first = self.attempt(ask, about, 1).await?;
        self.until_answered(ask, about, first).await
    }

    /// Sends `ask` again, whose first try went as `tried` says, until there is an answer.
    ///
    /// # Errors
    /// [`Halt`] as for [`Client::send`].
    async fn until_answered(
        &mut self,
        ask: &Ask,
        about: About<'_>,
        mut tried: Tried,
    ) -> Result<Answer, Halt> {
        let mut waited = Duration::ZERO;
        let mut pause = PAUSE_FIRST;
        let mut lost = false;
        for tries in 2.. {
            let (why, at_least) = match tried {
                Tried::Answered(response) => return Ok(Answer::new(&response, lost)),
                Tried::Busy(why, at_least) => (why, at_least),
                Tried::Lost(why) => {
                    lost = true;
                    (why, None)
                }
            };
            let left = self.options.patience.saturating_sub(waited);
            if left.is_zero() {
                let patience = self.options.patience.as_secs();
                let detail = format!("{why}, still so after {patience} s of trying again");
                self.ledger.fail(about, None, &detail);
                return Err(Halt);
            }
            let rest = at_least.unwrap_or(pause).max(PAUSE_FIRST).min(left);
            self.ledger.retry(ask.what, why, rest);
            self.transport.pause(rest).await;
            if lost && ask.once {
                return Ok(Answer::lost());
            }
            waited += rest;
            pause = (pause * 2).min(PAUSE_LONGEST);
            tried = self.attempt(ask, about, tries).await?;
        }
        Err(Halt)
    }

    /// Sends once, and decides what the outcome means, as the documentation of Okta and Entra says
    /// (OKTA-27, ENTRA-67).
    async fn attempt(&mut self, ask: &Ask, about: About<'_>, tries: u32) -> Result<Tried, Halt> {
        let request = self.request(ask, about)?;
        self.ledger.sent(ask.what, &ask.method);
        let outcome = self.transport.send(request).await;
        self.tried(ask, about, tries, outcome)
    }

    fn tried(
        &mut self,
        ask: &Ask,
        about: About<'_>,
        tries: u32,
        outcome: Result<Response<Vec<u8>>, TransportError>,
    ) -> Result<Tried, Halt> {
        let response = match outcome {
            Ok(response) => response,
            Err(error) => return Ok(Tried::Lost(format!("no answer: {error}"))),
        };
        let status = response.status().as_u16();
        self.ledger.answered(ask.what, status);
        match status {
            429 | 502 | 503 | 504 => Ok(Tried::Busy(
                format!("answered {status}"),
                self.retry_after(&response),
            )),
            500 if tries < BROKEN_TRIES => Ok(Tried::Busy("answered 500".to_owned(), None)),
            401 => {
                self.refused(ask, about.subject, &Answer::new(&response, false));
                Err(Halt)
            }
            _ => Ok(Tried::Answered(response)),
        }
    }

    /// Notes that an answer is not what was needed.
    pub(crate) fn refused(&mut self, ask: &Ask, subject: &str, answer: &Answer) {
        let about = About {
            request: ask.what,
            subject,
        };
        self.ledger
            .fail(about, Some(answer.status), &answer.detail());
    }

    /// Notes that an answer is wrong though its status is right.
    pub(crate) fn wrong(&mut self, ask: &Ask, subject: &str, status: u16, detail: &str) {
        self.ledger.fail(
            About {
                request: ask.what,
                subject,
            },
            Some(status),
            detail,
        );
    }

    /// Reads a list; whatever is wrong with it is noted.
    pub(crate) fn listing(&mut self, ask: &Ask, answer: Answer) -> Listing {
        let listing = Listing::read(answer.body);
        for complaint in &listing.complaints {
            // About everybody: the same list is wrong for all.
            self.wrong(ask, "", answer.status, complaint);
        }
        listing
    }

    /// Reads all pages of a list whose target ends in `?` or `&`.
    pub(crate) async fn pages(
        &mut self,
        what: &'static str,
        target: &str,
    ) -> Result<Option<Vec<serde_json::Value>>, Halt> {
        let mut all = Vec::new();
        loop {
            let from = all.len() + 1;
            let ask = Ask::read(what, format!("{target}startIndex={from}&count={PAGE}"));
            let answer = self.send(&ask, "").await?;
            if answer.status != 200 {
                self.refused(&ask, "", &answer);
                return Ok(None);
            }
            let listing = self.listing(&ask, answer);
            let empty = listing.resources.is_empty();
            all.extend(listing.resources);
            if all.len() >= listing.total.min(LIST_MAX) || empty {
                if all.len() != listing.total {
                    let (total, got) = (listing.total, all.len());
                    let detail = format!("totalResults is {total}, the pages hold {got} resources");
                    self.wrong(&ask, "", 200, &detail);
                }
                return Ok(Some(all));
            }
        }
    }

    fn request(&mut self, ask: &Ask, about: About<'_>) -> Result<Request<Vec<u8>>, Halt> {
        let body = ask
            .body
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let built = Request::builder()
            .method(ask.method.clone())
            .uri(format!("{}{}", self.base, ask.target))
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", self.options.token),
            )
            .body(body.into_bytes());
        let mut request = match built {
            Ok(request) => request,
            Err(error) => {
                self.ledger
                    .fail(about, None, &format!("cannot be put as a request: {error}"));
                return Err(Halt);
            }
        };
        if ask.body.is_some() {
            let media = HeaderValue::from_static(ask.media);
            request.headers_mut().insert(header::CONTENT_TYPE, media);
        }
        let activity = guid(&mut self.activity);
        self.dialect.mark(request.headers_mut(), &activity);
        Ok(request)
    }

    /// Whole seconds only; for Okta anything else means five minutes (OKTA-27).
    fn retry_after(&self, response: &Response<Vec<u8>>) -> Option<Duration> {
        let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
        let seconds = text.trim().parse().ok().map(Duration::from_secs);
        seconds.or_else(|| self.is_okta().then_some(Duration::from_mins(5)))
    }
}
