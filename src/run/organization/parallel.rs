//! Parallel map that returns results in the order the caller asks for them, to verify many packs at the same time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

/// Results by name, as they are finished.
pub struct OrderedResults<R> {
    come: Receiver<(usize, R)>,
    early: BTreeMap<usize, R>,
    places: BTreeMap<String, usize>,
}

impl<R> OrderedResults<R> {
    /// The result for a name; `None` for an unknown name or one that was already taken.
    pub fn take(&mut self, name: &str) -> Option<R> {
        let place = self.places.remove(name)?;
        loop {
            if let Some(found) = self.early.remove(&place) {
                return Some(found);
            }
            let (place, result) = self.come.recv().ok()?;
            self.early.insert(place, result);
        }
    }
}

/// Processes named items on several threads while `use_them` takes the results; only a few results are buffered.
pub fn parallel_map<T: Sync, R: Send, O>(
    things: &[(String, T)],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
    use_them: impl FnOnce(&mut OrderedResults<R>) -> O,
) -> O {
    let next = AtomicUsize::new(0);
    let (give, come) = sync_channel(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(things.len()) {
            let (give, next, work) = (give.clone(), &next, &work);
            scope.spawn(move || {
                while let Some(place) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|place| *place < things.len())
                {
                    // The receiver is gone, so the rest is not needed.
                    if give.send((place, work(&things[place].1))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(give);
        let places = things.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect();
        use_them(&mut OrderedResults { come, early: BTreeMap::new(), places })
    })
}

/// The number of processors that this program may use.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_correct_in_any_order() {
        let things: Vec<(String, usize)> = (0..50).map(|n| (format!("n{n}"), n)).collect();
        let sum = parallel_map(
            &things,
            3,
            |n| n * 2,
            |results| {
                assert_eq!(results.take("n7"), Some(14));
                assert_eq!(results.take("n7"), None, "given away already");
                assert_eq!(results.take("other"), None);
                things.iter().filter_map(|(name, _)| results.take(name)).sum::<usize>()
            },
        );
        assert_eq!(sum, 49 * 50 - 14);
        // Taking only a part of the results must not block.
        assert_eq!(parallel_map(&things, 2, |n| *n, |results| results.take("n0")), Some(0));
        assert_eq!(parallel_map(&[], 2, |n: &usize| *n, |results| results.take("n0")), None);
    }
}
