//! Invalidations that the server has not confirmed.
//!
//! Each is here from the call that asks for it until the server has confirmed it, so none can be
//! forgotten, whatever becomes of the task that carries it. Those that failed, and wait for a replay,
//! are the *dirty set*: what they cover is neither read from the server nor filled until then.
//!
//! The queue is in memory, and bounded by the number of keys. Beyond it, the prefix of the key that
//! does not fit is invalidated as a whole.

#[cfg(test)]
mod tests;
mod waiting;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, oneshot};
use two_tier_cache_backend::{Glob, Invalidation, Key, Token};

use self::waiting::{Added, Waiting};
pub(crate) use self::waiting::{GlobOrder, KeyOrder};

/// Tells how an invalidation ended.
pub(crate) type Reporter = oneshot::Sender<Invalidation>;

/// What is to be invalidated.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// A key; with a writer, the end of its write.
    Key { key: Key, writer: Option<Token>, settle: Duration },
    /// Whatever a glob covers.
    Glob { glob: Glob, settle: Duration },
}

/// The place of an order in the queue. An order that comes later for the same key or glob takes the
/// place over, with all that the earlier one asked for.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Key(Key, u64),
    Glob(u64),
}

/// Invalidations that are not confirmed.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    len: AtomicUsize,
    /// How many failed. While there are none, reads look no further.
    failed: AtomicUsize,
    emptied: Notify,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            waiting: Mutex::new(Waiting::new(capacity)),
            len: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            emptied: Notify::new(),
        }
    }

    /// How many keys and globs are not confirmed.
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::SeqCst)
    }

    /// How many of them failed and wait for a replay.
    pub(crate) fn failed(&self) -> usize {
        self.failed.load(Ordering::SeqCst)
    }

    /// Waits until nothing is left.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.len() == 0 {
                return;
            }
            emptied.await;
        }
    }

    /// Whether a failed invalidation covers this key. One atomic load while there is none.
    #[inline]
    pub(crate) fn covers(&self, key: &Key) -> bool {
        self.failed() > 0 && self.waiting.lock().covers(key)
    }

    /// Adds an order, to be carried out at once. For want of room the whole prefix may stand in for
    /// it: then there is no place, and it has failed already.
    pub(crate) fn push(&self, order: Order, reporter: Reporter) -> Option<Place> {
        let mut waiting = self.waiting.lock();
        let added = match order {
            Order::Key { key, writer, settle } => waiting.add_key(&key, writer, settle, reporter),
            Order::Glob { glob, settle } => waiting.add_glob(glob, settle, reporter),
        };
        self.recount(waiting);
        if let Added::Whole { scope, first: true } = &added {
            tracing::warn!(
                target: "two_tier_cache",
                scope,
                "too many invalidations wait for Redis; the whole prefix will be invalidated"
            );
        }
        match added {
            Added::Place(place) => Some(place),
            Added::Whole { .. } => None,
        }
    }

    /// Notes that an order could not be carried out. Whoever reads from now on finds it.
    pub(crate) fn fail(&self, place: &Place) {
        let mut waiting = self.waiting.lock();
        waiting.fail(place);
        self.recount(waiting);
    }

    /// Takes confirmed orders off, except where another came meanwhile.
    pub(crate) fn confirm(&self, places: &[Place]) {
        let mut waiting = self.waiting.lock();
        for place in places {
            waiting.confirm(place);
        }
        self.recount(waiting);
    }

    /// Notes that somebody is at these orders now.
    pub(crate) fn begin(&self, places: &[Place]) {
        let mut waiting = self.waiting.lock();
        for place in places {
            waiting.begin(place);
        }
    }

    /// What is to be done to the key at a place, all orders for it together; nothing if it is done.
    pub(crate) fn key(&self, place: &Place) -> Option<(Key, KeyOrder)> {
        self.waiting.lock().key(place)
    }

    /// The glob at a place, unless it is done.
    pub(crate) fn glob(&self, number: u64) -> Option<GlobOrder> {
        self.waiting.lock().glob(number)
    }

    /// The number of the latest order.
    pub(crate) fn latest(&self) -> u64 {
        self.waiting.lock().latest()
    }

    /// Keys that are due for a replay, in their order, from behind the number `after` up to
    /// `until`; about as many as `calls` calls of a script take.
    pub(crate) fn due_keys(&self, after: u64, until: u64, calls: usize) -> Vec<(Key, KeyOrder)> {
        self.waiting.lock().due_keys(after, until, calls)
    }

    /// The next glob that is due for a replay.
    pub(crate) fn due_glob(&self, after: u64, until: u64) -> Option<GlobOrder> {
        self.waiting.lock().due_glob(after, until)
    }

    fn recount(&self, waiting: MutexGuard<'_, Waiting>) {
        let (len, failed) = (waiting.len(), waiting.failed());
        self.failed.store(failed, Ordering::SeqCst);
        self.len.store(len, Ordering::SeqCst);
        drop(waiting);
        if len == 0 {
            self.emptied.notify_waiters();
        }
    }
}
