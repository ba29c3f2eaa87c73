//! The counter of hits. Every core counts them all the time: on one cache line they would wait for each
//! other.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

const LINES: usize = 8;

/// The number of hits.
#[derive(Debug, Default)]
pub(crate) struct Hits([Line; LINES]);

/// Two cache lines long, because they are fetched in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Line(AtomicU64);

thread_local! {
    /// The line of this thread, once it has counted a hit.
    static LINE: Cell<usize> = const { Cell::new(usize::MAX) };
}

impl Hits {
    #[inline]
    pub(crate) fn up(&self) {
        let chosen = LINE.with(|line| match line.get() {
            usize::MAX => choose(line),
            chosen => chosen,
        });
        self.0[chosen % LINES].0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.iter().map(|line| line.0.load(Ordering::Relaxed)).sum()
    }
}

/// The lines are given out in turn.
#[cold]
fn choose(line: &Cell<usize>) -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    line.set(NEXT.fetch_add(1, Ordering::Relaxed) % LINES);
    line.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_hit_is_lost_however_many_threads_count() {
        let hits = Hits::default();
        std::thread::scope(|scope| {
            for _ in 0..2 * LINES {
                scope.spawn(|| (0..1_000).for_each(|_| hits.up()));
            }
        });
        assert_eq!(hits.get(), 2_000 * LINES as u64);
    }
}
