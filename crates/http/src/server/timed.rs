//! A connection whose reads and writes have deadlines that depend on what it is doing.

use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{Connections, unread};

/// What a connection is doing; shared by its reader, its service and its bodies.
#[derive(Debug)]
pub(super) struct Phase {
    limits: Connections,
    now: Mutex<Doing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// Between requests, until then.
    Idle(Instant),
    /// A head is arriving, until then.
    Head(Instant),
    /// A request is being answered; its handler has deadlines of its own.
    Busy,
}

impl Phase {
    pub(super) fn new(limits: Connections) -> Self {
        let now = Mutex::new(Doing::Head(Instant::now() + limits.head));
        Self { limits, now }
    }

    pub(super) fn busy(&self) {
        self.set(Doing::Busy);
    }

    pub(super) fn idle(&self) {
        self.set(Doing::Idle(Instant::now() + self.limits.idle));
    }

    fn set(&self, doing: Doing) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = doing;
    }

    fn get(&self) -> Doing {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that bytes went out: a connection is idle only once its last answer has gone.
    fn sent(&self) {
        if matches!(self.get(), Doing::Idle(_)) {
            self.idle();
        }
    }

    /// Notes that bytes came: they are a head's first when nothing else was going on.
    fn received(&self) {
        if matches!(self.get(), Doing::Idle(_)) {
            self.set(Doing::Head(Instant::now() + self.limits.head));
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self.get() {
            Doing::Idle(until) | Doing::Head(until) => Some(until),
            Doing::Busy => None,
        }
    }
}

/// A stream with deadlines.
pub(super) struct Timed<I> {
    io: I,
    phase: Arc<Phase>,
    reading: Alarm,
    writing: Alarm,
    stalled_since: Option<Instant>,
    instead: Option<Instead>,
}

/// What goes out instead of bytes that were given to be written.
struct Instead {
    answer: Vec<u8>,
    sent: usize,
    /// How many bytes it stands for.
    given: usize,
}

impl<I> Timed<I> {
    pub(super) fn new(io: I, phase: Arc<Phase>) -> Self {
        let (reading, writing) = (Alarm::default(), Alarm::default());
        Self {
            io,
            phase,
            reading,
            writing,
            stalled_since: None,
            instead: None,
        }
    }

    /// Tells whether `bytes` are a refusal that no service made; then something else goes out for them.
    fn is_replaced(&mut self, bytes: &[u8]) -> bool {
        if self.instead.is_none() && self.phase.get() != Doing::Busy {
            self.instead = unread::instead_of(bytes).map(|answer| Instead {
                answer,
                sent: 0,
                given: bytes.len(),
            });
        }
        self.instead.is_some()
    }

    /// Passes a write's outcome on, or ends a stall that lasted too long.
    fn wrote<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            if self.stalled_since.take().is_some() {
                self.phase.sent();
            }
            return done;
        }
        let since = *self.stalled_since.get_or_insert_with(Instant::now);
        ready!(self.writing.poll(cx, since + self.phase.limits.stall));
        Poll::Ready(Err(timed_out("the client took nothing of the answer")))
    }
}

impl<I: AsyncWrite + Unpin> Timed<I> {
    /// Writes what goes out instead; once it has gone, all bytes it stands for are written.
    fn poll_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        while let Some(instead) = &mut self.instead {
            let rest = instead.answer.get(instead.sent..).unwrap_or_default();
            if rest.is_empty() {
                let given = instead.given;
                self.instead = None;
                return self.wrote(cx, Poll::Ready(Ok(given)));
            }
            match Pin::new(&mut self.io).poll_write(cx, rest) {
                Poll::Ready(Ok(sent)) if sent > 0 => instead.sent += sent,
                done => return self.wrote(cx, done),
            }
        }
        Poll::Ready(Ok(0))
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Timed<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.io).poll_read(cx, buffer) {
            if buffer.filled().len() > before {
                this.phase.received();
            }
            return Poll::Ready(read);
        }
        let deadline = this
            .phase
            .deadline()
            .filter(|_| this.stalled_since.is_none());
        let Some(deadline) = deadline else {
            return Poll::Pending;
        };
        ready!(this.reading.poll(cx, deadline));
        Poll::Ready(Err(timed_out("no request came")))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Timed<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_replaced(bytes) {
            return self.poll_instead(cx);
        }
        let done = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.wrote(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if slices.first().is_some_and(|first| self.is_replaced(first)) {
            return self.poll_instead(cx);
        }
        let done = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.wrote(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.io).poll_flush(cx);
        self.wrote(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.io).poll_shutdown(cx);
        self.wrote(cx, done)
    }
}

impl<I> fmt::Debug for Timed<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timed")
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

/// A timer that is set again only when it rings too early: most deadlines move before they pass.
#[derive(Default)]
struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Is ready once `deadline` has passed.
    fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self
            .0
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // One that would ring later than wanted is set back at once, one that rings earlier when it does.
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}
