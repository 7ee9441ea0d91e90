//! What a run found out.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{provider::Provider, scenario::Scenario};

/// The result of a run: what was sent, what went wrong, and what the provider means to be true.
///
/// Plain data: [`Display`](fmt::Display) is for people, serde's JSON for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Who was played.
    pub provider: Provider,
    /// What happened.
    pub scenario: Scenario,
    /// Which people.
    pub seed: u64,
    /// The base URL, without a flag.
    pub url: String,
    /// Whether everything was played and read back; false when the run had to be given up, which is
    /// then the last failure.
    pub finished: bool,
    /// How many requests of each kind were sent, repeated ones included.
    pub requests: BTreeMap<String, u64>,
    /// How many requests were repeated: no answer, or 429 or 5xx.
    pub retries: u64,
    /// How many writes a second cycle over unchanged people sent; a good server causes none.
    pub second_cycle_writes: u64,
    /// Answers that no provider could work with.
    pub failures: Vec<Failure>,
    /// What the server says that the provider did not mean.
    pub differences: Vec<Difference>,
    /// How many cycles failed at most of their calls and were tried again in quarantine.
    #[serde(default)]
    pub quarantined: u32,
    /// The state that the provider means, whatever the server did.
    pub meant: Roster,
}

impl Report {
    /// Returns whether everything was played, nothing was wrong, and nothing was left to write.
    pub fn ok(&self) -> bool {
        let quiet = self.second_cycle_writes == 0;
        self.finished && quiet && self.failures.is_empty() && self.differences.is_empty()
    }
}

/// An answer that did not do what the request needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// What the provider was at.
    pub stage: String,
    /// The kind of request, such as `POST /Users`.
    pub request: String,
    /// Whom or what the request was about; empty when the answer is wrong for everybody.
    pub subject: String,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What was wrong: the server's `detail`, or what the provider could not read.
    pub detail: String,
    /// How often the same happened.
    pub times: u64,
}

/// One value at the server which is not the one the provider means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// What the provider was at when it noticed.
    pub stage: String,
    /// `User` or `Group`.
    pub kind: String,
    /// The person's `userName` or the group's `displayName`.
    pub subject: String,
    /// The attribute, or `user`, `group`, `id`, `look-up` when it is the whole of it.
    pub field: String,
    /// What the provider means.
    pub wanted: String,
    /// What the server says; nothing when it says nothing.
    pub found: Option<String>,
}

/// People and groups as the provider means them to be at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Roster {
    /// People who work here.
    pub active: Vec<RosterPerson>,
    /// People who left: suspended, deleted, or left behind.
    pub left: Vec<RosterPerson>,
    /// People who joined, and of whom the server has not heard because nobody has approved it.
    #[serde(default)]
    pub pending: Vec<RosterPerson>,
    /// The groups which the server is meant to have.
    pub groups: Vec<RosterGroup>,
}

/// One person, with the values as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RosterPerson {
    /// The server's id, when the provider has one.
    pub id: Option<String>,
    /// `userName`, which for some is not their address.
    pub user_name: String,
    /// The work address.
    pub email: String,
    /// `externalId`.
    pub external_id: String,
    /// `name.givenName`.
    pub given_name: String,
    /// `name.familyName`.
    pub family_name: String,
    /// `timezone` as sent: IANA, or from Entra the Windows name.
    pub timezone: String,
    /// The IANA zone meant by it; empty when it means none.
    pub iana_timezone: String,
    /// `addresses[type eq "work"].country`, when known.
    pub country: Option<String>,
    /// `userType`, when there is one.
    pub user_type: Option<String>,
    /// Whether `userType` or the address says that the person is from outside the company.
    #[serde(default)]
    pub external: bool,
    /// `active`; `suspended` (kept with `active` false), `deleted`, or `left behind`: gone from the
    /// company and still active at the server, because nobody told it; `pending`; `waiting` to join.
    pub standing: String,
    /// Names of the groups the provider has the person in, whether or not it tells the server.
    pub groups: Vec<String>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RosterGroup {
    /// The server's id, when the provider has one.
    pub id: Option<String>,
    /// `displayName`.
    pub display_name: String,
    /// `userName` of everybody whom the provider means to be a member at the server.
    pub members: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.stage, self.request)?;
        if !self.subject.is_empty() {
            write!(f, " for {}", self.subject)?;
        }
        match self.status {
            Some(status) => write!(f, ": {status} {}", self.detail)?,
            None => write!(f, ": {}", self.detail)?,
        }
        match self.times {
            0 | 1 => Ok(()),
            times => write!(f, " ({times} times)"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stage,
            kind,
            subject,
            field,
            wanted,
            ..
        } = self;
        write!(
            f,
            "[{stage}] {kind} {subject}: {field} should be {wanted:?}, "
        )?;
        match &self.found {
            Some(found) => write!(f, "is {found:?}"),
            None => write!(f, "is absent"),
        }
    }
}

/// How many failures, and how many differences, the text of a report lists.
const LISTED_MAX: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            provider,
            scenario,
            seed,
            ..
        } = self;
        writeln!(
            f,
            "{provider} (simulated from documentation), {scenario}, seed {seed}"
        )?;
        let Roster {
            active,
            left,
            pending,
            groups,
        } = &self.meant;
        write!(
            f,
            "  people       {} active, {} left",
            active.len(),
            left.len()
        )?;
        match pending.len() {
            0 => writeln!(f)?,
            pending => writeln!(f, ", {pending} pending")?,
        }
        writeln!(f, "  groups       {}", groups.len())?;
        for (kind, count) in &self.requests {
            writeln!(f, "  {count:>7}  {kind}")?;
        }
        writeln!(f, "  repeated     {}", self.retries)?;
        writeln!(f, "  second cycle {} writes", self.second_cycle_writes)?;
        if self.quarantined > 0 {
            writeln!(
                f,
                "  quarantine   {} cycles tried in vain",
                self.quarantined
            )?;
        }
        list(f, "failures", &self.failures)?;
        list(f, "differences", &self.differences)?;
        match (self.ok(), self.finished) {
            (true, _) => write!(f, "ok: the server says what the provider meant"),
            (_, true) => write!(f, "NOT OK"),
            (_, false) => write!(f, "NOT OK: given up"),
        }
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, what: &str, all: &[T]) -> fmt::Result {
    let count = all.len();
    writeln!(f, "  {what:<12} {count}")?;
    for one in all.iter().take(LISTED_MAX) {
        writeln!(f, "    {one}")?;
    }
    match count.checked_sub(LISTED_MAX) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(f, "    and {more} more"),
    }
}
