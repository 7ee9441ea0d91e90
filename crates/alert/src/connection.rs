//! What somebody must know of a provider's connection: tokens that run out, silence, failures. Pure.

use enroll_schema::Timestamp;
use enroll_store::DirectoryId;
use enroll_sync::{AlertCode, Finding};
use enroll_tenants::Token;

/// What is known of one integration.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The integration.
    pub id: DirectoryId,
    /// What people call it.
    pub name: String,
    /// Its tokens, revoked ones too.
    pub tokens: Vec<Token>,
    /// When the provider's last requests were and what they were answered, the newest first.
    pub requests: Vec<(Timestamp, u16)>,
}

/// Days before the end of a token on which somebody is told (E-21).
pub const TOKEN_DAYS: [i64; 3] = [60, 20, 5];
/// Fewer requests say nothing about a provider's habits.
const REQUESTS_MIN: usize = 20;
/// Nor do the requests of a shorter time.
const HABIT_MILLIS_MIN: i64 = DAY_MILLIS;
/// Silence that is no matter, whatever the habits.
const SILENCE_MILLIS_MIN: i64 = 2 * 3_600_000;
/// So many refusals in a row are a failure.
const REFUSALS_MIN: usize = 10;
const DAY_MILLIS: i64 = 86_400_000;

impl Connection {
    /// Says what stands at `now`.
    pub fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let found = [self.token(now), self.silence(now), self.failure()];
        let found = found.into_iter().flatten();
        found.map(|finding| finding.of(&self.id)).collect()
    }

    /// The token that the provider uses runs out, or has run out (E-21).
    fn token(&self, now: Timestamp) -> Option<Finding> {
        let kept = self.tokens.iter().filter(|token| token.revoked.is_none());
        let used = kept.max_by_key(|token| (token.last_used, token.expires))?;
        let last = used.expires;
        let days = last.as_millis().saturating_sub(now.as_millis()) / DAY_MILLIS;
        let is_open = |token: &Token| token.revoked.is_none() && token.expires > now;
        if !self.tokens.iter().any(is_open) {
            used.last_used?;
            let detail = format!("{}, since {last}.", self.name);
            return self.finding("TOKEN_EXPIRED", last, &detail);
        }
        let reached = TOKEN_DAYS.into_iter().filter(|day| days < *day).min()?;
        let since = Timestamp::from_millis(last.as_millis() - reached * DAY_MILLIS);
        let detail = format!("{}: token {} until {last}.", self.name, used.id);
        self.finding("TOKEN_EXPIRING", since, &detail)
            .map(Finding::once)
    }

    /// The provider has been silent for more than twice its longest pause.
    fn silence(&self, now: Timestamp) -> Option<Finding> {
        let (last, _) = self.requests.first()?;
        let (first, _) = self.requests.last()?;
        let known = last.as_millis() - first.as_millis();
        if self.requests.len() < REQUESTS_MIN || known < HABIT_MILLIS_MIN {
            return None;
        }
        let pairs = self.requests.iter().zip(self.requests.iter().skip(1));
        let pauses = pairs.map(|((later, _), (sooner, _))| later.as_millis() - sooner.as_millis());
        let most = (2 * pauses.max()?).max(SILENCE_MILLIS_MIN);
        let quiet = now.as_millis().saturating_sub(last.as_millis());
        let detail = format!("{}: not heard since {last}.", self.name);
        (quiet > most).then(|| self.finding("INTEGRATION_SILENT", *last, &detail))?
    }

    /// The provider's last requests all failed.
    fn failure(&self) -> Option<Finding> {
        // Not there, there already, changed meanwhile: a provider asks, and learns.
        let is_failure = |status: u16| status >= 400 && !matches!(status, 404 | 409 | 412);
        let failed = self
            .requests
            .iter()
            .take_while(|(_, status)| is_failure(*status));
        let failed: Vec<_> = failed.collect();
        let (since, _) = failed.last().filter(|_| failed.len() >= REFUSALS_MIN)?;
        let detail = format!("{}: {} requests or more.", self.name, REFUSALS_MIN);
        self.finding("INTEGRATION_FAILING", *since, &detail)
    }

    fn finding(&self, code: &str, since: Timestamp, detail: &str) -> Option<Finding> {
        let kind = AlertCode::find(code)?;
        Some(Finding::one(kind, self.id.as_str(), since, detail))
    }
}

#[cfg(test)]
mod tests {
    use enroll_tenants::{Secret, SecretKind};

    use super::*;

    fn at(day: i64, minute: i64) -> Timestamp {
        Timestamp::from_millis(day * DAY_MILLIS + minute * 60_000)
    }

    fn token(name: &str, until: i64, used: Option<i64>) -> Token {
        let secret = Secret::generate(SecretKind::Token).unwrap();
        let id = DirectoryId::new("int_1");
        Token {
            expires: at(until, 0),
            last_used: used.map(|day| at(day, 0)),
            ..Token::new(name, &id, &secret, at(0, 0))
        }
    }

    fn connection(tokens: Vec<Token>, requests: Vec<(Timestamp, u16)>) -> Connection {
        Connection {
            id: DirectoryId::new("int_1"),
            name: "Okta".to_owned(),
            tokens,
            requests,
        }
    }

    fn codes(connection: &Connection, now: Timestamp) -> Vec<String> {
        let found = connection.findings(now);
        found.into_iter().map(|one| one.code).collect()
    }

    #[test]
    fn e_21_a_token_is_told_of_60_20_and_5_days_before_its_end() {
        let one = connection(vec![token("a", 365, Some(1))], vec![]);
        for (day, wanted) in [
            (304, None),
            (306, Some(("TOKEN_EXPIRING", 305))),
            (344, Some(("TOKEN_EXPIRING", 305))),
            (346, Some(("TOKEN_EXPIRING", 345))),
            (361, Some(("TOKEN_EXPIRING", 360))),
            (365, Some(("TOKEN_EXPIRED", 365))),
        ] {
            let found = one.findings(at(day, 0));
            let found = found
                .first()
                .map(|one| (one.code.as_str(), one.newest_at.as_millis() / DAY_MILLIS));
            assert_eq!(found, wanted, "day {day}");
        }
        // A new token that the provider does not use yet helps nothing; one that it uses does.
        let both = |used| vec![token("a", 365, Some(1)), token("b", 700, used)];
        assert_eq!(
            codes(&connection(both(None), vec![]), at(361, 0)),
            ["TOKEN_EXPIRING"]
        );
        assert!(codes(&connection(both(Some(2)), vec![]), at(361, 0)).is_empty());
        // A token that was never used is nobody's loss when it is over.
        let unused = connection(vec![token("a", 365, None)], vec![]);
        assert!(codes(&unused, at(366, 0)).is_empty());
    }

    /// A request every 40 minutes for three days, the last at the end of day 3.
    fn habit(status: u16) -> Vec<(Timestamp, u16)> {
        (0..=108).rev().map(|n| (at(0, 40 * n), status)).collect()
    }

    #[test]
    fn silence_is_measured_by_the_providers_own_habits() {
        let one = connection(vec![], habit(200));
        assert!(codes(&one, at(3, 119)).is_empty());
        assert_eq!(codes(&one, at(3, 121)), ["INTEGRATION_SILENT"]);
        // A night of silence is twice as long as no night that was.
        let mut nightly = habit(200);
        nightly.retain(|(at, _)| at.as_millis() % DAY_MILLIS > DAY_MILLIS / 2);
        let last = nightly[0].0.as_millis();
        let one = connection(vec![], nightly);
        let hours = |hours: i64| Timestamp::from_millis(last + hours * 3_600_000);
        assert!(codes(&one, hours(26)).is_empty());
        assert_eq!(codes(&one, hours(27)), ["INTEGRATION_SILENT"]);
        // What has just been set up has no habits.
        let fresh = habit(200)[..30].to_vec();
        assert!(codes(&connection(vec![], fresh), at(30, 0)).is_empty());
    }

    #[test]
    fn ten_failures_in_a_row_are_a_failure_and_questions_are_none() {
        for (status, wanted) in [
            (500, true),
            (401, true),
            (429, true),
            (404, false),
            (201, false),
        ] {
            let mut requests = habit(200);
            for request in requests.iter_mut().take(10) {
                request.1 = status;
            }
            let found = codes(&connection(vec![], requests), at(3, 1));
            assert_eq!(!found.is_empty(), wanted, "{status}");
        }
        let mut nine = habit(200);
        nine.iter_mut().take(9).for_each(|one| one.1 = 500);
        assert!(codes(&connection(vec![], nine), at(3, 1)).is_empty());
    }
}
