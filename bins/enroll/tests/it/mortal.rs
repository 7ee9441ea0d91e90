//! A line to a server that is killed once, at a place counted in answers.

use std::{
    fmt,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use enroll_simulate::{Http, Transport, TransportError};

use crate::harness::Dev;

/// Where the server is killed.
#[derive(Clone, Copy)]
pub(crate) struct Blow {
    /// The phase of the story, from 1; 0 is the connection test.
    pub(crate) stage: usize,
    /// So many requests of the phase are answered; when it has fewer, all of them.
    pub(crate) answers: usize,
    pub(crate) moment: Moment,
}

/// What becomes of the request that comes next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// It finds nobody.
    Between,
    /// It is on its way for so many turns, or answered before.
    OnTheWay(usize),
    /// It is answered, and the answer is lost.
    Answered,
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stage,
            answers,
            moment,
        } = self;
        write!(f, "phase {stage}, {answers} answers, then {moment:?}")
    }
}

/// A line to a server that is killed once, and started again on the same data.
pub(crate) struct Line<'a> {
    http: Http,
    folder: &'a Path,
    /// As the provider knows it; the server listens on another port after its death.
    origin: String,
    dev: Mutex<Option<Dev>>,
    blow: Blow,
    stage: AtomicUsize,
    answered: AtomicUsize,
    kills: AtomicUsize,
}

impl<'a> Line<'a> {
    pub(crate) fn new(folder: &'a Path, dev: Dev, blow: Blow) -> Self {
        let origin = origin(&dev);
        Self {
            http: Http::new(&origin).unwrap(),
            folder,
            origin,
            dev: Mutex::new(Some(dev)),
            blow,
            stage: AtomicUsize::new(0),
            answered: AtomicUsize::new(0),
            kills: AtomicUsize::new(0),
        }
    }

    pub(crate) fn enter_stage(&self) {
        self.stage.fetch_add(1, Ordering::SeqCst);
        self.answered.store(0, Ordering::SeqCst);
    }

    /// Returns the server, and how often it was killed.
    pub(crate) fn end(self) -> (Dev, usize) {
        let dev = self.dev.into_inner().unwrap().unwrap();
        (dev, self.kills.into_inner())
    }

    /// Tells whether the next request is the one, once.
    fn is_time(&self) -> bool {
        // The connection test is announced as a stage as well.
        let stage = self.stage.load(Ordering::SeqCst) - 1;
        let answered = self.answered.load(Ordering::SeqCst);
        let reached =
            stage > self.blow.stage || stage == self.blow.stage && answered >= self.blow.answers;
        reached
            && self
                .kills
                .compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
    }

    /// Kills the server, and starts it again.
    fn kill(&self) {
        let mut dev = self.dev.lock().unwrap();
        let before = dev.take().unwrap();
        let (token, tenant) = (
            before.text("token").to_owned(),
            before.text("tenant").to_owned(),
        );
        before.kill();
        let after = start(self.folder, &[]);
        assert_eq!(
            (after.text("token"), after.text("tenant")),
            (&*token, &*tenant)
        );
        *dev = Some(after);
    }

    /// Sends to where the server is now.
    async fn pass(
        &self,
        mut request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let now = origin(self.dev.lock().unwrap().as_ref().unwrap());
        let uri = request.uri().to_string();
        let rest = uri.strip_prefix(&self.origin).unwrap();
        *request.uri_mut() = format!("{now}{rest}").parse().unwrap();
        let answer = self.http.send(request).await;
        self.answered.fetch_add(1, Ordering::SeqCst);
        answer
    }

    /// Does what the moment says with the request at which the server dies.
    async fn die(&self, request: http::Request<Vec<u8>>) -> TransportError {
        match self.blow.moment {
            Moment::Between => {}
            Moment::OnTheWay(turns) => {
                let wait = async {
                    for _ in 0..turns {
                        tokio::task::yield_now().await;
                    }
                };
                tokio::select! {
                    biased;
                    _ = self.pass(request) => {}
                    () = wait => {}
                }
            }
            Moment::Answered => {
                self.pass(request).await.unwrap();
            }
        }
        self.kill();
        TransportError::new("the server is dead")
    }
}

impl Transport for Line<'_> {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        if self.is_time() {
            return Err(self.die(request).await);
        }
        self.pass(request).await
    }

    /// When a request is sent again, the server is there again.
    async fn pause(&self, _: Duration) {}
}

fn origin(dev: &Dev) -> String {
    dev.text("manage_url")
        .strip_suffix("/v1")
        .unwrap()
        .to_owned()
}

pub(crate) fn start(folder: &Path, more: &[&str]) -> Dev {
    Dev::start(folder, &[&["--listen", "127.0.0.1:0"], more].concat())
}
