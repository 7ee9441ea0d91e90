//! The book in which a run writes what happens, and who is told about it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    time::Duration,
};

use http::Method;

use crate::report::{Difference, Failure};

/// How many different failures end a run: the server is not one that a provider can use.
const FAILURES_MAX: usize = 1_000;

/// Something that happened, told while the run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A new part of the run begins.
    Stage(String),
    /// A request was answered.
    Answered {
        /// Its kind, such as `POST /Users`.
        request: &'static str,
        /// The status.
        status: u16,
    },
    /// A request will be sent again.
    Retry {
        /// Its kind.
        request: &'static str,
        /// Why the last try was not the last.
        why: String,
        /// How long the provider waits.
        pause: Duration,
    },
    /// Something failed for the first time.
    Failed(Failure),
    /// The server says something else than was meant.
    Differs(Difference),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stage(name) => write!(f, "{name}"),
            Self::Answered { request, status } => write!(f, "{status} {request}"),
            Self::Retry {
                request,
                why,
                pause,
            } => {
                write!(f, "{request}: {why}; again in {:.1} s", pause.as_secs_f32())
            }
            Self::Failed(failure) => write!(f, "failed {failure}"),
            Self::Differs(difference) => write!(f, "differs {difference}"),
        }
    }
}

/// A reason to give the run up; it stands in the ledger as the last failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Halt;

/// What failures say they are about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) request: &'static str,
    /// Empty: about everybody.
    pub(crate) subject: &'a str,
}

/// A place in the book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    calls: u64,
    failures: usize,
}

/// Everything noted so far.
pub(crate) struct Ledger<'p> {
    pub(crate) requests: BTreeMap<String, u64>,
    pub(crate) writes: u64,
    pub(crate) retries: u64,
    pub(crate) failures: Vec<Failure>,
    pub(crate) differences: Vec<Difference>,
    failed: HashMap<(String, String, Option<u16>, String), usize>,
    differing: HashSet<(String, String, String, Option<String>)>,
    stage: String,
    progress: &'p mut (dyn FnMut(&Event) + Send),
}

impl<'p> Ledger<'p> {
    pub(crate) fn new(progress: &'p mut (dyn FnMut(&Event) + Send)) -> Self {
        Self {
            requests: BTreeMap::new(),
            writes: 0,
            retries: 0,
            failures: Vec::new(),
            differences: Vec::new(),
            failed: HashMap::new(),
            differing: HashSet::new(),
            stage: String::new(),
            progress,
        }
    }

    pub(crate) fn stage(&mut self, name: &str) {
        name.clone_into(&mut self.stage);
        (self.progress)(&Event::Stage(name.to_owned()));
    }

    pub(crate) fn sent(&mut self, what: &'static str, method: &Method) {
        *self.requests.entry(what.to_owned()).or_default() += 1;
        self.writes += u64::from(method != Method::GET);
    }

    pub(crate) fn answered(&mut self, request: &'static str, status: u16) {
        (self.progress)(&Event::Answered { request, status });
    }

    pub(crate) fn retry(&mut self, request: &'static str, why: String, pause: Duration) {
        self.retries += 1;
        (self.progress)(&Event::Retry {
            request,
            why,
            pause,
        });
    }

    /// Notes a failure; the same one again only counts.
    pub(crate) fn fail(&mut self, about: About<'_>, status: Option<u16>, detail: &str) {
        let About { request, subject } = about;
        let key = (
            request.to_owned(),
            subject.to_owned(),
            status,
            detail.to_owned(),
        );
        if let Some(known) = self
            .failed
            .get(&key)
            .and_then(|at| self.failures.get_mut(*at))
        {
            known.times += 1;
            return;
        }
        self.failed.insert(key, self.failures.len());
        let failure = Failure {
            stage: self.stage.clone(),
            request: request.to_owned(),
            subject: subject.to_owned(),
            status,
            detail: detail.to_owned(),
            times: 1,
        };
        (self.progress)(&Event::Failed(failure.clone()));
        self.failures.push(failure);
    }

    /// Notes a difference, once.
    pub(crate) fn differ(
        &mut self,
        (kind, subject): (&str, &str),
        (field, wanted, found): (&str, String, Option<String>),
    ) {
        let key = (
            format!("{kind} {subject}"),
            field.to_owned(),
            wanted.clone(),
            found.clone(),
        );
        if !self.differing.insert(key) {
            return;
        }
        let difference = Difference {
            stage: self.stage.clone(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            field: field.to_owned(),
            wanted,
            found,
        };
        (self.progress)(&Event::Differs(difference.clone()));
        self.differences.push(difference);
    }

    /// Returns where the book stands.
    pub(crate) fn mark(&self) -> Mark {
        let sent: u64 = self.requests.values().sum();
        Mark {
            calls: sent - self.retries,
            failures: self.failures.len(),
        }
    }

    /// Returns whether more calls have failed than not since `mark`.
    pub(crate) fn mostly_failed(&self, mark: Mark) -> bool {
        let failed = self.failures.iter().skip(mark.failures);
        let failed: u64 = failed.map(|failure| failure.times).sum();
        failed * 2 > self.mark().calls - mark.calls
    }

    /// Returns whether anything has failed since `mark` that had not failed before.
    pub(crate) fn has_failed(&self, mark: Mark) -> bool {
        self.failures.len() > mark.failures
    }

    /// Strikes out the failures since `mark`, for the same will be tried again.
    pub(crate) fn forgive(&mut self, mark: Mark) {
        self.failures.truncate(mark.failures);
        self.failed.retain(|_, at| *at < mark.failures);
    }

    /// Gives up when the server fails at everything.
    pub(crate) fn bearable(&mut self) -> Result<(), Halt> {
        if self.failures.len() < FAILURES_MAX {
            return Ok(());
        }
        let about = About {
            request: "the run",
            subject: "",
        };
        self.fail(about, None, "given up after 1000 different failures");
        Err(Halt)
    }
}
