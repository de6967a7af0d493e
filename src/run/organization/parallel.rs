//! Results that are wanted one after the other, worked out several at a time: verifying a thousand packs is reading
//! all their bytes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

/// Results by the name of what they are about, as they come.
pub struct Ahead<R> {
    come: Receiver<(usize, R)>,
    early: BTreeMap<usize, R>,
    places: BTreeMap<String, usize>,
}

impl<R> Ahead<R> {
    /// The result about one of the names; of a name that was not given, or is asked for again, there is none.
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

/// Works on the named things with so many threads while `use_them` takes the results; only a few of them lie ready.
pub fn ahead<T: Sync, R: Send, O>(
    things: &[(String, T)],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
    use_them: impl FnOnce(&mut Ahead<R>) -> O,
) -> O {
    let next = AtomicUsize::new(0);
    let (give, come) = sync_channel(threads);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(things.len()) {
            let (give, next, work) = (give.clone(), &next, &work);
            scope.spawn(move || {
                while let Some(place) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|place| *place < things.len())
                {
                    // Nobody wants the rest where the taker is gone.
                    if give.send((place, work(&things[place].1))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(give);
        let places = things.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect();
        use_them(&mut Ahead { come, early: BTreeMap::new(), places })
    })
}

/// Processors that this program may use.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_result_is_the_right_one_in_whatever_order_it_is_asked_for() {
        let things: Vec<(String, usize)> = (0..50).map(|n| (format!("n{n}"), n)).collect();
        let sum = ahead(
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
        // Whoever takes only a part does not wait for the rest for ever.
        assert_eq!(ahead(&things, 2, |n| *n, |results| results.take("n0")), Some(0));
        assert_eq!(ahead(&[], 2, |n: &usize| *n, |results| results.take("n0")), None);
    }
}
