//! Invalidations that the server has not confirmed.
//!
//! Each is here from the call that asks for it until the server has confirmed it. It is *pending*
//! while an attempt is made, and *failed* after it. What has failed waits for a replay, and is the
//! dirty set: what it covers is neither read from the server nor filled until then.
//!
//! The queue is in memory, and what has failed is bounded by the number of keys. Beyond it, the prefix
//! of the key that does not fit is invalidated as a whole.

mod failed;
#[cfg(test)]
mod near_tests;
mod pending;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use two_tier_cache_backend::{Glob, Invalidation, Key, Token, mutant};

use self::failed::Failed;
use self::pending::Pending;
use crate::commands::Target;
use crate::tracking::Tracking;

/// What can be invalidated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Key(Key),
    Glob(Glob),
}

/// One invalidation, by what it is of and its number.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) subject: Subject,
    pub(crate) number: u64,
}

/// What is asked for, by one call or by several together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    /// Those that end their write with it.
    pub(crate) writers: Vec<Token>,
    pub(crate) settle: Duration,
    /// The number of the latest call that it serves.
    pub(crate) number: u64,
}

/// The most writers of one key that are told of. A fence runs out by itself; what counts is the
/// invalidation, and that is one for all.
const WRITERS: usize = 64;

impl Order {
    /// Serves another call as well.
    fn add(&mut self, other: &Self) {
        let room = WRITERS.saturating_sub(self.writers.len());
        self.writers.extend(other.writers.iter().take(room));
        self.settle = self.settle.max(other.settle);
        self.number = self.number.max(other.number);
    }

    /// The order as it is sent.
    pub(crate) fn target<'a>(&'a self, key: &'a Key) -> Target<'a> {
        Target { key: key.as_str(), writers: &self.writers, settle: self.settle }
    }
}

/// Keys or globs: they are replayed apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Keys,
    Globs,
}

/// What is due for a replay.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    /// The number under which it failed.
    pub(crate) failed: u64,
    pub(crate) place: Place,
    pub(crate) order: Order,
}

/// Tells how an invalidation ended.
type Reporter = oneshot::Sender<Invalidation>;

/// Invalidations that are not confirmed.
#[derive(Debug)]
pub(crate) struct Queue {
    lists: Mutex<Lists>,
    /// The near tier, which is told of what changes before those who wait are.
    tracking: Arc<Tracking>,
    len: AtomicUsize,
    /// How many have failed. While there are none, reads look no further.
    failed: AtomicUsize,
    emptied: Notify,
}

#[derive(Debug)]
struct Lists {
    pending: Pending,
    failed: Failed,
    latest: u64,
}

impl Queue {
    pub(crate) fn new(capacity: usize, tracking: Arc<Tracking>) -> Self {
        let lists = Lists { pending: Pending::default(), failed: Failed::new(capacity), latest: 0 };
        Self {
            lists: Mutex::new(lists),
            tracking,
            len: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            emptied: Notify::new(),
        }
    }

    /// How many invalidations are not confirmed.
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::SeqCst)
    }

    /// How many keys and globs have failed.
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
        self.failed() > 0 && self.lists.lock().failed.covers(key)
    }

    /// Adds an invalidation, of which an attempt is made at once.
    pub(crate) fn push(
        &self,
        subject: Subject,
        writer: Option<Token>,
        settle: Duration,
    ) -> (Place, oneshot::Receiver<Invalidation>) {
        self.tracking.forget(&subject);
        let (reporter, outcome) = oneshot::channel();
        let number = self.change(|lists, _| {
            lists.latest += 1;
            let number = lists.latest;
            let order = Order { writers: writer.into_iter().collect(), settle, number };
            lists.pending.add(subject.clone(), order, reporter);
            number
        });
        (Place { subject, number }, outcome)
    }

    /// Notes that an attempt begins; `false` if another at the same glob is under way and will be made
    /// for it too, or if nothing is left to do.
    pub(crate) fn begin(&self, place: &Place) -> bool {
        self.lists.lock().pending.begin(place)
    }

    /// All that is asked for of a subject by now, pending and failed; nothing if it is all done.
    pub(crate) fn order(&self, subject: &Subject) -> Option<Order> {
        let lists = self.lists.lock();
        let (pending, failed) = (lists.pending.order(subject), lists.failed.order(subject));
        match (pending, failed) {
            (Some(mut pending), Some(failed)) => {
                pending.add(&failed);
                Some(pending)
            }
            (pending, failed) => pending.or(failed),
        }
    }

    /// Whether somebody still waits for an attempt at a subject.
    pub(crate) fn is_pending(&self, subject: &Subject) -> bool {
        self.lists.lock().pending.contains(subject)
    }

    /// Notes that the server has done what was asked for of a subject, up to this number.
    pub(crate) fn confirm(&self, places: &[Place]) {
        self.change(|lists, reports| {
            for Place { subject, number } in places {
                lists.failed.confirm(subject, *number);
                reports.touched.push(subject.clone());
                for (_, reporter) in lists.pending.take(subject, |ask| ask <= *number) {
                    reports.outcomes.push((reporter, Invalidation::Applied));
                }
            }
        });
    }

    /// Notes that attempts came to nothing. Whoever reads from now on finds it.
    pub(crate) fn fail(&self, places: &[Place]) {
        self.change(|lists, reports| {
            for Place { subject, number } in places {
                let asks = lists.pending.take(subject, |ask| ask == *number);
                lists.fail(subject, asks, reports);
            }
        });
    }

    /// Notes that all attempts at a subject came to nothing.
    pub(crate) fn fail_all(&self, subject: &Subject) {
        self.change(|lists, reports| {
            let asks = lists.pending.take(subject, |_| true);
            lists.fail(subject, asks, reports);
        });
    }

    /// Notes that the attempt at a subject goes on.
    pub(crate) fn touch(&self, subject: &Subject) {
        self.lists.lock().pending.touch(subject);
    }

    /// Notes that attempts which nobody seems to make any more came to nothing; whether there were any.
    pub(crate) fn expire(&self) -> bool {
        if self.len() == self.failed() {
            return false;
        }
        self.change(|lists, reports| {
            let abandoned = lists.pending.abandoned();
            for Place { subject, number } in &abandoned {
                let asks = lists.pending.take(subject, |ask| ask == *number);
                lists.fail(subject, asks, reports);
            }
            !abandoned.is_empty()
        })
    }

    /// Notes that the server refuses a replay, which then waits for a while.
    pub(crate) fn refuse(&self, place: &Place) {
        self.lists.lock().failed.refuse(&place.subject);
    }

    /// The number of the latest invalidation.
    pub(crate) fn latest(&self) -> u64 {
        self.lists.lock().latest
    }

    /// What has failed and is due for a replay, in its order, from behind the number `after` up to
    /// `until`; about as much as `limit` calls of a script take.
    pub(crate) fn due(&self, which: Which, after: u64, until: u64, limit: usize) -> Vec<Due> {
        let lists = self.lists.lock();
        let due = lists.failed.due(which, after, until, limit).into_iter();
        due.map(|(place, mut order)| {
            let failed = place.number;
            // Its confirmation will stand for what is pending by now, so it must do that too.
            if let Some(pending) = lists.pending.order(&place.subject) {
                order.add(&pending);
            }
            Due { failed, place: Place { number: order.number, ..place }, order }
        })
        .collect()
    }

    /// Changes the lists. Those who wait are told when the counts are right and the lock is free.
    fn change<T>(&self, change: impl FnOnce(&mut Lists, &mut Reports) -> T) -> T {
        let mut lists = self.lists.lock();
        let mut reports = Reports::default();
        let changed = change(&mut lists, &mut reports);
        let (failed, len) = (lists.failed.len(), lists.failed.len() + lists.pending.len());
        let collapsed = lists.failed.take_collapsed();
        self.failed.store(failed, Ordering::SeqCst);
        self.len.store(len, Ordering::SeqCst);
        drop(lists);
        // Before anybody is told, and once reads find what has failed.
        reports.touched.iter().for_each(|subject| self.tracking.forget(subject));
        for (reporter, outcome) in reports.outcomes {
            // Nobody may be waiting.
            let _dropped = reporter.send(outcome);
        }
        if len == 0 {
            self.emptied.notify_waiters();
        }
        if let Some(scope) = collapsed {
            tracing::warn!(
                target: "two_tier_cache",
                scope,
                "too many invalidations wait for Redis; the whole prefix will be invalidated"
            );
        }
        changed
    }
}

/// Who is to be told, and what.
#[derive(Default)]
struct Reports {
    /// What changed at the server, or may have.
    touched: Vec<Subject>,
    outcomes: Vec<(Reporter, Invalidation)>,
}

impl Lists {
    fn fail(&mut self, subject: &Subject, asks: Vec<(Order, Reporter)>, reports: &mut Reports) {
        reports.touched.push(subject.clone());
        for (order, reporter) in asks {
            if mutant("swallow-failed-invalidation") {
                reports.outcomes.push((reporter, Invalidation::Applied));
                continue;
            }
            self.failed.add(subject, &order);
            reports.outcomes.push((reporter, Invalidation::Queued));
        }
    }
}
