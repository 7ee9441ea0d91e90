//! Bad lines and busy servers, made on purpose: what happens to which request is decided by a seed.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::{Request, Response, StatusCode, header};
use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};

use crate::transport::{Transport, TransportError};

/// The most requests in a hundred that may go wrong.
pub const FAULTS_PERCENT_MAX: u8 = 50;
/// How many faults may follow each other; the next request comes through, so that patience suffices.
const IN_A_ROW_MAX: u32 = 3;
/// The longest `Retry-After`, in seconds.
const RETRY_AFTER_MAX: u64 = 2;

/// Which requests go wrong: plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// How many requests in a hundred; more than [`FAULTS_PERCENT_MAX`] is taken for that.
    pub percent: u8,
    /// Which ones: the same requests with the same seed have the same faults.
    pub seed: u64,
}

/// How often which fault has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dealt {
    /// Requests that never reached the server.
    pub requests_lost: u64,
    /// Answers lost after the server had acted: the repetition is delivered twice (ENTRA-66).
    pub answers_lost: u64,
    /// Requests that timed out and reached the server later, before or after their repetition.
    pub late: u64,
    /// 429 with whole seconds in `Retry-After`, in the server's stead (OKTA-27, ENTRA-67).
    pub too_many: u64,
    /// 503, with and without `Retry-After`, in the server's stead.
    pub unavailable: u64,
}

impl Dealt {
    /// Returns how many faults there were.
    pub fn total(&self) -> u64 {
        self.requests_lost + self.answers_lost + self.late + self.too_many + self.unavailable
    }
}

/// A transport on which requests and answers go wrong.
///
/// The server sees what a real one sees on a bad day: some requests twice, some late. What a
/// provider means must be there in the end all the same.
///
/// ```
/// use enroll_simulate::{Faults, Faulty, Transport, TransportError};
///
/// struct Fine;
///
/// impl Transport for Fine {
///     async fn send(
///         &self,
///         _: http::Request<Vec<u8>>,
///     ) -> Result<http::Response<Vec<u8>>, TransportError> {
///         Ok(http::Response::new(Vec::new()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let line = Faulty::new(Fine, Faults { percent: 30, seed: 7 });
/// let mut fine = 0;
/// for _ in 0..100 {
///     let answer = line.send(http::Request::new(Vec::new())).await;
///     fine += u64::from(answer.is_ok_and(|answer| answer.status() == 200));
/// }
/// assert_eq!(fine + line.dealt().total(), 100);
/// assert!(line.dealt().total() > 10);
/// # }
/// ```
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    percent: u8,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    random: Xoshiro256PlusPlus,
    in_a_row: u32,
    /// Requests that have timed out and are still under way.
    late: Vec<Request<Vec<u8>>>,
    dealt: Dealt,
}

/// What happens to one request.
enum Fault {
    LoseRequest,
    LoseAnswer,
    Delay,
    TooMany(u64),
    Unavailable(Option<u64>),
}

impl<T> Faulty<T> {
    /// Returns `inner` with faults.
    pub fn new(inner: T, faults: Faults) -> Self {
        Self {
            inner,
            percent: faults.percent.min(FAULTS_PERCENT_MAX),
            state: Mutex::new(State {
                random: Xoshiro256PlusPlus::seed_from_u64(faults.seed),
                in_a_row: 0,
                late: Vec::new(),
                dealt: Dealt::default(),
            }),
        }
    }

    /// Returns how often which fault has happened so far.
    pub fn dealt(&self) -> Dealt {
        self.with(|state| state.dealt)
    }

    fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        // A panic elsewhere leaves nothing half done here.
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn draw(&mut self, percent: u8) -> Option<Fault> {
        if self.in_a_row == IN_A_ROW_MAX || self.random.random_range(0..100) >= percent {
            self.in_a_row = 0;
            return None;
        }
        self.in_a_row += 1;
        let seconds = self.random.random_range(0..=RETRY_AFTER_MAX);
        Some(match self.random.random_range(0..5) {
            0 => Fault::LoseRequest,
            1 => Fault::LoseAnswer,
            2 => Fault::Delay,
            3 => Fault::TooMany(seconds),
            _ => Fault::Unavailable(Some(seconds).filter(|seconds| *seconds > 0)),
        })
    }

    fn count(&mut self, fault: &Fault) {
        let dealt = &mut self.dealt;
        *match fault {
            Fault::LoseRequest => &mut dealt.requests_lost,
            Fault::LoseAnswer => &mut dealt.answers_lost,
            Fault::Delay => &mut dealt.late,
            Fault::TooMany(_) => &mut dealt.too_many,
            Fault::Unavailable(_) => &mut dealt.unavailable,
        } += 1;
    }

    /// Sorts what is under way into what overtakes `request` and what it overtakes.
    ///
    /// Only a repetition can overtake: whoever sends anything else has waited for the outcome, and
    /// no server could repair a write that comes after the one which took it back.
    fn arrive(&mut self, request: &Request<Vec<u8>>) -> [Vec<Request<Vec<u8>>>; 2] {
        let late = std::mem::take(&mut self.late);
        let (after, before) = late
            .into_iter()
            .partition(|old| is_same(old, request) && self.random.random_range(0..2) == 0);
        [before, after]
    }
}

impl<T: Transport> Transport for Faulty<T> {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let ([before, after], fault) = self.with(|state| {
            let late = state.arrive(&request);
            let fault = state.draw(self.percent);
            if let Some(fault) = &fault {
                state.count(fault);
            }
            (late, fault)
        });
        // Nobody waits for these answers any more.
        for late in before {
            let _ = self.inner.send(late).await;
        }
        let answer = match fault {
            None => self.inner.send(request).await,
            Some(Fault::LoseRequest) => Err(TransportError::new("connection reset by a fault")),
            Some(Fault::LoseAnswer) => {
                let _ = self.inner.send(request).await;
                Err(TransportError::new("the answer was lost by a fault"))
            }
            Some(Fault::Delay) => {
                self.with(|state| state.late.push(request));
                Err(TransportError::new("timed out by a fault"))
            }
            Some(Fault::TooMany(seconds)) => Ok(busy(StatusCode::TOO_MANY_REQUESTS, Some(seconds))),
            Some(Fault::Unavailable(seconds)) => Ok(busy(StatusCode::SERVICE_UNAVAILABLE, seconds)),
        };
        for late in after {
            let _ = self.inner.send(late).await;
        }
        answer
    }

    async fn pause(&self, time: Duration) {
        self.inner.pause(time).await;
    }
}

fn is_same(one: &Request<Vec<u8>>, other: &Request<Vec<u8>>) -> bool {
    (one.method(), one.uri(), one.body()) == (other.method(), other.uri(), other.body())
}

/// An answer such as a proxy or a rate limit gives: no SCIM at all.
fn busy(status: StatusCode, seconds: Option<u64>) -> Response<Vec<u8>> {
    let mut answer = Response::new(b"busy".to_vec());
    *answer.status_mut() = status;
    if let Some(seconds) = seconds {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}
