//! Invalidations that the server has not confirmed.
//!
//! They are also the *dirty set*: what they cover is not read from the server, and not filled, until
//! they are applied. Kept in memory, bounded by the number of keys; beyond it, the prefix of the key
//! that does not fit is invalidated as a whole.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use two_tier_cache_backend::{Glob, Key, Token};

/// The most patterns that are kept apart.
const GLOBS: usize = 1_000;

/// What is to be invalidated.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// A key; with a writer, the end of its write.
    Key { key: Key, writer: Option<Token>, settle: Duration },
    /// Whatever a pattern covers.
    Glob { glob: Glob, settle: Duration },
}

/// Invalidations waiting for the server.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    /// How many there are: reads look no further while it is zero.
    count: AtomicUsize,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    keys: HashMap<Key, KeyOrder>,
    globs: Vec<GlobOrder>,
    /// The number of the last order, so that one that came while an earlier one for the same key
    /// was being applied is not taken for done.
    last: u64,
}

/// What is to be done to one key.
#[derive(Debug, Clone)]
pub(crate) struct KeyOrder {
    pub(crate) writers: Vec<Token>,
    pub(crate) settle: Duration,
    number: u64,
}

/// What is to be done to the keys of a pattern.
#[derive(Debug, Clone)]
pub(crate) struct GlobOrder {
    pub(crate) glob: Glob,
    pub(crate) settle: Duration,
    number: u64,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { waiting: Mutex::default(), count: AtomicUsize::new(0), capacity }
    }

    /// How many keys and patterns wait.
    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Whether an invalidation of this key waits. One atomic load while the queue is empty.
    #[inline]
    pub(crate) fn covers(&self, key: &Key) -> bool {
        self.len() > 0 && self.waiting.lock().covers(key)
    }

    /// Adds an order.
    pub(crate) fn push(&self, order: Order) {
        let mut waiting = self.waiting.lock();
        waiting.last += 1;
        match order {
            Order::Key { key, writer, settle } => {
                waiting.add_key(key, writer, settle, self.capacity);
            }
            Order::Glob { glob, settle } => waiting.add_glob(glob, settle),
        }
        self.count.store(waiting.len(), Ordering::SeqCst);
    }

    /// Up to `limit` keys that wait.
    pub(crate) fn keys(&self, limit: usize) -> Vec<(Key, KeyOrder)> {
        let waiting = self.waiting.lock();
        waiting.keys.iter().take(limit).map(|(key, order)| (key.clone(), order.clone())).collect()
    }

    /// The oldest pattern that waits.
    pub(crate) fn glob(&self) -> Option<GlobOrder> {
        self.waiting.lock().globs.first().cloned()
    }

    /// Takes applied keys off, except where another order came meanwhile.
    pub(crate) fn applied(&self, done: &[(Key, KeyOrder)]) {
        let mut waiting = self.waiting.lock();
        for (key, order) in done {
            if waiting.keys.get(key).is_some_and(|now| now.number == order.number) {
                waiting.keys.remove(key);
            }
        }
        self.count.store(waiting.len(), Ordering::SeqCst);
    }

    /// Takes an applied pattern off, except where another order came meanwhile.
    pub(crate) fn applied_glob(&self, done: &GlobOrder) {
        let mut waiting = self.waiting.lock();
        waiting.globs.retain(|now| now.number != done.number);
        self.count.store(waiting.len(), Ordering::SeqCst);
    }
}

impl Waiting {
    fn len(&self) -> usize {
        self.keys.len() + self.globs.len()
    }

    fn covers(&self, key: &Key) -> bool {
        self.keys.contains_key(key)
            || self.globs.iter().any(|order| order.glob.matches(key.as_str()))
    }

    fn add_key(&mut self, key: Key, writer: Option<Token>, settle: Duration, capacity: usize) {
        let number = self.last;
        if self.keys.len() >= capacity && !self.keys.contains_key(&key) {
            return self.collapse(key.scope().to_owned(), settle);
        }
        let new = || KeyOrder { writers: Vec::new(), settle, number };
        let order = self.keys.entry(key).or_insert_with(new);
        order.writers.extend(writer);
        order.settle = order.settle.max(settle);
        order.number = number;
    }

    fn add_glob(&mut self, glob: Glob, settle: Duration) {
        let number = self.last;
        if let Some(same) = self.globs.iter_mut().find(|order| order.glob == glob) {
            same.settle = same.settle.max(settle);
            same.number = number;
        } else if self.globs.len() >= GLOBS {
            self.collapse(glob.scope().to_owned(), settle);
        } else {
            self.globs.push(GlobOrder { glob, settle, number });
        }
    }

    /// Replaces everything under a prefix by the prefix itself.
    fn collapse(&mut self, scope: String, mut settle: Duration) {
        tracing::warn!(
            target: "two_tier_cache",
            scope,
            "too many invalidations wait for Redis; the whole prefix will be invalidated"
        );
        self.keys.retain(|key, order| {
            let covered = key.scope() == scope;
            if covered {
                settle = settle.max(order.settle);
            }
            !covered
        });
        self.globs.retain(|order| {
            let covered = order.glob.scope() == scope;
            if covered {
                settle = settle.max(order.settle);
            }
            !covered
        });
        let glob = Glob::new(scope, "*");
        self.globs.push(GlobOrder { glob, settle, number: self.last });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::from_text(text)
    }

    fn order(text: &str) -> Order {
        Order::Key { key: key(text), writer: None, settle: Duration::ZERO }
    }

    #[test]
    fn an_order_that_comes_while_its_key_is_applied_stays() {
        let queue = Queue::new(10);
        queue.push(order("user:1"));
        let taken = queue.keys(10);
        queue.push(order("user:1"));
        queue.applied(&taken);
        assert!(queue.covers(&key("user:1")));
        queue.applied(&queue.keys(10));
        assert!(!queue.covers(&key("user:1")));
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn orders_for_one_key_are_one_with_every_writer_and_the_longest_hold() {
        let queue = Queue::new(10);
        let writers = [Token::random().unwrap(), Token::random().unwrap()];
        for (writer, settle) in writers.iter().zip([3, 2]) {
            let settle = Duration::from_secs(settle);
            queue.push(Order::Key { key: key("user:1"), writer: Some(*writer), settle });
        }
        let [(_, order)] = queue.keys(10).try_into().unwrap();
        assert_eq!((order.writers, order.settle), (writers.to_vec(), Duration::from_secs(3)));
    }

    #[test]
    fn what_does_not_fit_becomes_its_whole_prefix() {
        let queue = Queue::new(3);
        for text in ["user:1", "user:2", "team:1", "user:3"] {
            queue.push(order(text));
        }
        assert!(queue.covers(&key("user:99")), "the prefix stands for its keys");
        assert!(queue.covers(&key("team:1")));
        assert!(!queue.covers(&key("team:2")), "and for no others");
        assert_eq!(queue.len(), 2);
    }

    #[test]
    fn too_many_patterns_become_their_prefix() {
        let queue = Queue::new(10);
        for number in 0..=GLOBS {
            let glob = Glob::new("user:".to_owned(), &format!("{number}:*"));
            queue.push(Order::Glob { glob, settle: Duration::ZERO });
        }
        assert_eq!(queue.len(), 1);
        assert!(queue.covers(&key("user:0:a")));
    }
}
