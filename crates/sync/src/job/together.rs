//! Several futures at once, without a runtime.

use std::{future::Future, pin::Pin, task::Poll};

/// Runs futures side by side, at most `most` at a time, and returns their outputs in order.
pub(crate) async fn together<F: Future>(
    futures: impl IntoIterator<Item = F>,
    most: usize,
) -> Vec<F::Output> {
    let mut waiting = futures.into_iter();
    let mut done = Vec::new();
    loop {
        let batch: Vec<_> = waiting.by_ref().take(most.max(1)).map(Seat::new).collect();
        if batch.is_empty() {
            return done;
        }
        done.extend(finish(batch).await);
    }
}

/// A future and, once it has one, its output.
struct Seat<F: Future> {
    future: Pin<Box<F>>,
    output: Option<F::Output>,
}

impl<F: Future> Seat<F> {
    fn new(future: F) -> Self {
        Self {
            future: Box::pin(future),
            output: None,
        }
    }
}

// The future is boxed, and nothing pins the output.
impl<F: Future> Unpin for Seat<F> {}

async fn finish<F: Future>(mut seats: Vec<Seat<F>>) -> Vec<F::Output> {
    std::future::poll_fn(|cx| {
        let mut open = false;
        for seat in seats.iter_mut().filter(|seat| seat.output.is_none()) {
            match seat.future.as_mut().poll(cx) {
                Poll::Ready(output) => seat.output = Some(output),
                Poll::Pending => open = true,
            }
        }
        if open { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    seats.into_iter().filter_map(|seat| seat.output).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn outputs_come_in_order_and_no_more_run_at_a_time_than_said() {
        let (running, peak) = (Cell::new(0), Cell::new(0));
        let task = |number: u32| {
            let (running, peak) = (&running, &peak);
            async move {
                running.set(running.get() + 1);
                peak.set(peak.get().max(running.get()));
                for _ in 0..number % 3 {
                    tokio::task::yield_now().await;
                }
                running.set(running.get() - 1);
                number
            }
        };
        let done = together((0..10).map(task), 4).await;
        assert_eq!(done, (0..10).collect::<Vec<_>>());
        assert!((2..=4).contains(&peak.get()), "{}", peak.get());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn nothing_gives_nothing() {
        let none: Vec<std::future::Ready<()>> = Vec::new();
        assert!(together(none, 8).await.is_empty());
    }
}
