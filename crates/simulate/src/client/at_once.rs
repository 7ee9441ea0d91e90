//! Several requests in flight at the same time.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use super::Client;
use crate::{
    answer::Answer,
    dialect::Ask,
    ledger::{About, Halt},
    transport::Transport,
};

/// How many requests are in flight at most.
const AT_ONCE_MAX: usize = 8;

impl<T: Transport> Client<'_, T> {
    /// Sends requests that do not depend on each other, several at the same time; one whose answer
    /// is lost, or that finds the server busy, is sent again by itself.
    ///
    /// # Errors
    /// [`Halt`] when the server stays away or busy, or refuses the token.
    pub(crate) async fn send_at_once(
        &mut self,
        asks: &[Ask],
        subject: &str,
    ) -> Result<Vec<Answer>, Halt> {
        let mut answers = Vec::with_capacity(asks.len());
        for some in asks.chunks(AT_ONCE_MAX) {
            self.ledger.bearable()?;
            let mut requests = Vec::with_capacity(some.len());
            for ask in some {
                requests.push(self.request(ask, about(ask, subject))?);
                self.ledger.sent(ask.what, &ask.method);
            }
            let transport = self.transport;
            let sent = requests.into_iter().map(|request| transport.send(request));
            for (ask, outcome) in some.iter().zip(together(sent).await) {
                let about = about(ask, subject);
                let tried = self.tried(ask, about, 1, outcome)?;
                let answer = self.until_answered(ask, about, tried).await?;
                answers.push(answer);
            }
        }
        Ok(answers)
    }
}

fn about<'a>(ask: &Ask, subject: &'a str) -> About<'a> {
    About {
        request: ask.what,
        subject,
    }
}

/// One of several futures: running, or what it gave.
enum Part<F: Future> {
    Running(Pin<Box<F>>),
    Done(F::Output),
}

/// Runs all futures at the same time, and returns what they give in their order.
async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F::Output: Unpin,
{
    let running = |future| Part::Running(Box::pin(future));
    let mut parts: Vec<Part<F>> = futures.into_iter().map(running).collect();
    poll_fn(|context| {
        for part in &mut parts {
            if let Part::Running(future) = part
                && let Poll::Ready(output) = future.as_mut().poll(context)
            {
                *part = Part::Done(output);
            }
        }
        let done = |part: &Part<F>| matches!(part, Part::Done(_));
        if parts.iter().all(done) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    let output = |part| match part {
        Part::Done(output) => Some(output),
        Part::Running(_) => None,
    };
    parts.into_iter().filter_map(output).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_are_in_flight_before_any_is_done() {
        let meeting = tokio::sync::Barrier::new(5);
        let each = (0..5).map(|number| {
            let meeting = &meeting;
            async move {
                // Nobody passes before all have come.
                meeting.wait().await;
                number
            }
        });
        assert_eq!(together(each).await, [0, 1, 2, 3, 4]);
        assert_eq!(together(Vec::<std::future::Ready<()>>::new()).await, []);
    }
}
