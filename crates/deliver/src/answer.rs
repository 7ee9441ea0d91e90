//! What the application answers, and what that comes to: pure.

use enroll_schema::Timestamp;
use enroll_sync::{AccessGroupId, AccountId, GroupOutcome, Item, Outcome, Stage};
use serde_json::{Map, Value};

use crate::{
    reply::{CODE_CHARS_MAX, Reply, Said, Word, over, put},
    retry_after::instant,
    words::{WORDS_CHARS_MAX, plain},
};

/// An HTTP answer, as far as it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, as it was sent.
    pub retry_after: Option<String>,
    /// `Location`, as it was sent: redirects are not followed.
    pub location: Option<String>,
    /// The body, at most [`crate::REPLY_BYTES_MAX`] bytes.
    pub body: Vec<u8>,
}

/// What an answer says about the endpoint as such, whatever it says about the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contact {
    /// The application answered.
    Reached,
    /// Something before it did: 502, 503, 504.
    Unreachable,
    /// The endpoint is closed: 410.
    Gone,
}

impl Answer {
    /// Tells how the endpoint stands.
    pub fn contact(&self) -> Contact {
        match self.status {
            410 => Contact::Gone,
            502..=504 => Contact::Unreachable,
            _ => Contact::Reached,
        }
    }

    /// Reads the answer to a message about an account.
    ///
    /// ```
    /// use enroll_deliver::{Answer, sample};
    /// use enroll_schema::{ResourceId, Timestamp};
    /// use enroll_sync::{AccountId, Outcome};
    ///
    /// let ada = sample::account(&ResourceId::new("0192-ada")?);
    /// let now = Timestamp::from_millis(0);
    /// let body = br#"{"outcome":"applied","app_ref":"u_77"}"#.to_vec();
    /// let answer = Answer { status: 200, body, ..Answer::default() };
    /// assert_eq!(answer.account(&ada, now), Outcome::applied(AccountId::new("u_77")));
    ///
    /// // Who answers nothing keeps accounts under the directory's own id.
    /// let answer = Answer { status: 204, ..Answer::default() };
    /// assert_eq!(answer.account(&ada, now), Outcome::applied(AccountId::new("0192-ada")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn account(&self, item: &Item, now: Timestamp) -> Outcome {
        let outcome = match self.said() {
            Said::Done {
                news,
                app_ref,
                observed,
            } => done(item, news, app_ref, observed),
            Said::Exists {
                app_ref: Some(id), ..
            } => Ok(Outcome::Exists {
                app_ref: AccountId::new(id),
            }),
            Said::Exists { text, .. } => Ok(Outcome::rejected(EXISTS, text)),
            Said::Rejected { code, text } => Ok(Outcome::Rejected { code, text }),
            Said::Conflict(observed) => conflict(item, &observed),
            Said::Later(text) => Err(text),
        };
        outcome.unwrap_or_else(|text| Outcome::Retry {
            after: self.after(item, now),
            text,
        })
    }

    /// Reads the answer to a message about an access group.
    pub fn access_group(&self, item: &Item, now: Timestamp) -> GroupOutcome {
        let later = |text: &str| GroupOutcome::Retry {
            after: self.after(item, now),
            text: text.to_owned(),
        };
        match self.said() {
            Said::Done { app_ref, .. } => {
                let known = item.group.as_ref().and_then(|wish| wish.group_ref.clone());
                let own = || AccessGroupId::new(item.subject.id.as_str());
                let told = app_ref.map(AccessGroupId::new);
                GroupOutcome::Applied {
                    group_ref: told.or(known).unwrap_or_else(own),
                }
            }
            // Taking over an access group that somebody made would give away its rights.
            Said::Exists { text, .. } => GroupOutcome::Rejected {
                code: EXISTS.to_owned(),
                text,
            },
            Said::Rejected { code, text } => GroupOutcome::Rejected { code, text },
            Said::Conflict(_) => later("\"conflict\" is no answer about an access group"),
            Said::Later(text) => later(&text),
        }
    }

    /// Reads status and body, whatever was asked.
    fn said(&self) -> Said {
        match (self.status, self.reply()) {
            (200..=299, Ok(reply)) => reply.said(),
            (200..=299, Err(fault)) => Said::Later(format!(
                "answered {} with a body that is no reply: {}",
                self.status,
                plain(&fault, WORDS_CHARS_MAX)
            )),
            (401 | 408 | 410 | 425 | 429, _) => Said::Later(self.told()),
            // An error that explains itself is heard; "applied" beside an error is none.
            (
                400..=499,
                Ok(Reply {
                    outcome: Some(word),
                    ..
                }),
            ) if word.is_refusal() => self.reply().unwrap_or_default().said(),
            (400..=499, _) => Said::Rejected {
                code: format!("http_{}", self.status),
                text: self.told(),
            },
            _ => Said::Later(self.told()),
        }
    }

    fn reply(&self) -> Result<Reply, String> {
        if self.body.trim_ascii().is_empty() {
            let outcome = Some(Word::Applied);
            return Ok(Reply {
                outcome,
                ..Reply::default()
            });
        }
        let reply: Reply = serde_json::from_slice(&self.body).map_err(|error| error.to_string())?;
        match (&reply.outcome, &reply.app_ref) {
            (_, Some(id)) if id.is_empty() || id.len() > REF_BYTES_MAX => {
                Err(format!("app_ref has 1 to {REF_BYTES_MAX} bytes"))
            }
            (None, None) => Err("it has neither outcome nor app_ref".to_owned()),
            _ => Ok(reply),
        }
    }

    /// Says in a sentence what came instead of a reply.
    pub(crate) fn told(&self) -> String {
        let status = self.status;
        let words = match (status, &self.location) {
            (300..=399, Some(place)) => format!(
                "a redirect to {place}; redirects are not followed, set the URL to where it leads"
            ),
            (300..=399, None) => {
                "a redirect; redirects are not followed, set the URL to where it leads".to_owned()
            }
            (401, _) => format!(
                "the signature is not accepted, both sides need the same secret. {}",
                self.words()
            ),
            (410, _) => format!(
                "the endpoint is closed; nothing is sent until it opens again. {}",
                self.words()
            ),
            _ => self.words(),
        };
        match plain(&words, WORDS_CHARS_MAX) {
            words if words.is_empty() => format!("answered {status}"),
            words => format!("answered {status}: {words}"),
        }
    }

    /// Returns the application's own words, if there are any for people.
    fn words(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let json = serde_json::from_slice::<Map<String, Value>>(&self.body);
        let said = json
            .iter()
            .flat_map(|object| WORDS.iter().filter_map(|name| object.get(*name)?.as_str()));
        match said.into_iter().next() {
            Some(words) => words.to_owned(),
            // A page, or some other program's JSON.
            None if body.trim_start().starts_with(['<', '{', '[']) => String::new(),
            None => body.into_owned(),
        }
    }

    /// Returns when `Retry-After` allows the next call, within reason: a leaver's never waits long.
    fn after(&self, item: &Item, now: Timestamp) -> Option<Timestamp> {
        let asked = instant(self.retry_after.as_deref()?, now)?;
        let most = if item.lane == Stage::Leavers {
            AFTER_MILLIS_LEAVER
        } else {
            AFTER_MILLIS_MAX
        };
        let latest = now.as_millis().saturating_add(most);
        Some(Timestamp::from_millis(asked.as_millis().min(latest)))
    }
}

/// The account is as it shall be. Who names no account keeps it under the directory's own id.
fn done(
    item: &Item,
    news: bool,
    app_ref: Option<String>,
    observed: Option<Map<String, Value>>,
) -> Result<Outcome, String> {
    let wanted = item.account.clone().unwrap_or_default();
    let observed = observed
        .map(|said| over(&wanted, &said).map(Box::new))
        .transpose()?;
    let app_ref = match (app_ref, &item.app_ref) {
        (Some(told), Some(known)) if told != known.as_str() => {
            let told = plain(&told, CODE_CHARS_MAX);
            return Err(format!(
                "was asked about account {known} and answered about {told}"
            ));
        }
        (_, Some(_)) if !news && observed.is_none() => return Ok(Outcome::Unchanged),
        (Some(told), _) => AccountId::new(told),
        (None, Some(known)) => known.clone(),
        (None, None) => AccountId::new(item.subject.id.as_str()),
    };
    Ok(Outcome::Applied { app_ref, observed })
}

/// The account is not what the job thought: what is not said is as it was believed to be.
fn conflict(item: &Item, said: &Map<String, Value>) -> Result<Outcome, String> {
    let wanted = item.account.clone().unwrap_or_default();
    let mut before = Map::new();
    for (name, value) in &item.from {
        put(&mut before, name, value);
    }
    let observed = Box::new(over(&over(&wanted, &before)?, said)?);
    Ok(Outcome::Conflict { observed })
}

/// The code of an account or access group that is there and not named.
const EXISTS: &str = "exists";
/// Where frameworks put the words of an error.
const WORDS: &[&str] = &["message", "detail", "error"];
/// The longest id the application may give.
const REF_BYTES_MAX: usize = 256;
/// No `Retry-After` keeps a call longer: a day.
const AFTER_MILLIS_MAX: i64 = 86_400_000;
/// A leaver is tried again within ten minutes, whatever the application asks (sync §5).
const AFTER_MILLIS_LEAVER: i64 = 600_000;
