//! Several things at once on one thread, but never more than a few.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A future without a name.
pub type Job<'j, T> = Pin<Box<dyn Future<Output = T> + 'j>>;

/// Runs the jobs, at most `limit` of them at a time, and returns what they gave in the order of the jobs.
pub async fn together<T>(jobs: Vec<Job<'_, T>>, limit: usize) -> Vec<T> {
    let mut results: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
    let mut waiting: VecDeque<_> = jobs.into_iter().enumerate().collect();
    let mut running = Vec::new();
    poll_fn(|context| {
        loop {
            while running.len() < limit.max(1)
                && let Some(next) = waiting.pop_front()
            {
                running.push(next);
            }
            let before = running.len();
            running.retain_mut(|(place, job)| match job.as_mut().poll(context) {
                Poll::Ready(result) => {
                    results[*place] = Some(result);
                    false
                }
                Poll::Pending => true,
            });
            if running.is_empty() && waiting.is_empty() {
                return Poll::Ready(());
            }
            // Whoever ended makes room for another, which nobody has asked yet.
            if running.len() == before || waiting.is_empty() {
                return Poll::Pending;
            }
        }
    })
    .await;
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn all_are_done_in_order_and_never_too_many_at_once() {
        let (running, most) = (Cell::new(0), Cell::new(0));
        let job = |number: usize| -> Job<'_, usize> {
            let (running, most) = (&running, &most);
            Box::pin(async move {
                running.set(running.get() + 1);
                most.set(most.get().max(running.get()));
                for _ in 0..10 - number {
                    tokio::task::yield_now().await;
                }
                running.set(running.get() - 1);
                number
            })
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let done = runtime.block_on(together((0..10).map(job).collect(), 3));
        assert_eq!(done, (0..10).collect::<Vec<_>>());
        assert_eq!(most.get(), 3);
        assert!(runtime.block_on(together(Vec::<Job<'_, ()>>::new(), 3)).is_empty());
    }
}
