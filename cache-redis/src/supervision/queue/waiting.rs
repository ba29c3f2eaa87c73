//! The orders of a queue, under its lock.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use two_tier_cache_backend::{Glob, Invalidation, Key, Token};

use super::{Place, Reporter};
use crate::commands::Target;

/// The most globs that are kept apart.
const GLOBS: usize = 100;

/// The most writers of one key that are told of. A fence runs out by itself; what counts is the
/// invalidation, and that is one for all.
const WRITERS: usize = 64;

/// An order is due for a replay if nobody has begun with it after so long, or not ended: the runtime
/// of the task that was to do it is no longer driven. A glob takes its time.
const NOT_BEGUN: Duration = Duration::from_millis(250);
const NOT_ENDED: Duration = Duration::from_secs(30);

/// The orders that are not confirmed.
#[derive(Debug)]
pub(super) struct Waiting {
    keys: HashMap<Key, Held<KeyOrder>>,
    /// The same keys in the order of their numbers.
    numbers: BTreeMap<u64, Key>,
    /// In the order of their numbers.
    globs: Vec<Held<GlobOrder>>,
    latest: u64,
    failed: usize,
    capacity: usize,
}

/// What is to be done to one key.
#[derive(Debug, Clone)]
pub(crate) struct KeyOrder {
    pub(crate) writers: Vec<Token>,
    pub(crate) settle: Duration,
    pub(crate) number: u64,
}

impl KeyOrder {
    /// The order as it is sent.
    pub(crate) fn target<'a>(&'a self, key: &'a Key) -> Target<'a> {
        Target { key: key.as_str(), writers: &self.writers, settle: self.settle }
    }
}

/// What is to be done to the keys that a glob covers.
#[derive(Debug, Clone)]
pub(crate) struct GlobOrder {
    pub(crate) glob: Glob,
    pub(crate) settle: Duration,
    pub(crate) number: u64,
}

/// What became of an order that was added.
#[derive(Debug)]
pub(super) enum Added {
    Place(Place),
    /// For want of room the whole prefix stands in for it.
    Whole {
        scope: String,
        /// Whether it does so from now on.
        first: bool,
    },
}

/// An order and those who wait for it.
#[derive(Debug)]
struct Held<O> {
    order: O,
    begun: bool,
    failed: bool,
    since: Instant,
    reporters: Vec<Reporter>,
}

impl<O> Held<O> {
    fn new(order: O) -> Self {
        Self { order, begun: false, failed: false, since: Instant::now(), reporters: Vec::new() }
    }

    fn is_due(&self) -> bool {
        let patience = if self.begun { NOT_ENDED } else { NOT_BEGUN };
        self.failed || self.since.elapsed() >= patience
    }

    /// Whether it had not failed before.
    fn fail(&mut self) -> bool {
        self.report(Invalidation::Queued);
        !std::mem::replace(&mut self.failed, true)
    }

    fn report(&mut self, outcome: Invalidation) {
        for reporter in self.reporters.drain(..) {
            // Nobody may be waiting.
            let _dropped = reporter.send(outcome);
        }
    }
}

impl Waiting {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            keys: HashMap::new(),
            numbers: BTreeMap::new(),
            globs: Vec::new(),
            latest: 0,
            failed: 0,
            capacity,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len() + self.globs.len()
    }

    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    pub(super) fn latest(&self) -> u64 {
        self.latest
    }

    /// The order for a key, which may be a later one than the place is of.
    pub(super) fn key(&self, place: &Place) -> Option<(Key, KeyOrder)> {
        let Place::Key(key, _) = place else { return None };
        self.keys.get(key).map(|held| (key.clone(), held.order.clone()))
    }

    pub(super) fn glob(&self, number: u64) -> Option<GlobOrder> {
        let mut globs = self.globs.iter().map(|held| &held.order);
        globs.find(|order| order.number == number).cloned()
    }

    pub(super) fn begin(&mut self, place: &Place) {
        match place {
            Place::Key(key, _) => {
                if let Some(held) = self.keys.get_mut(key) {
                    held.begun = true;
                }
            }
            Place::Glob(number) => {
                if let Some(held) = self.globs.iter_mut().find(|held| held.order.number == *number)
                {
                    held.begun = true;
                }
            }
        }
    }

    pub(super) fn covers(&self, key: &Key) -> bool {
        self.keys.get(key).is_some_and(|held| held.failed)
            || self.globs.iter().any(|held| held.failed && held.order.glob.matches(key.as_str()))
    }

    /// Adds an order for a key.
    pub(super) fn add_key(
        &mut self,
        key: &Key,
        writer: Option<Token>,
        settle: Duration,
        reporter: Reporter,
    ) -> Added {
        if self.keys.len() >= self.capacity && !self.keys.contains_key(key) {
            return self.add_whole(key.scope(), settle, reporter);
        }
        self.latest += 1;
        let number = self.latest;
        let new = || Held::new(KeyOrder { writers: Vec::new(), settle, number });
        let held = self.keys.entry(key.clone()).or_insert_with(new);
        self.numbers.remove(&held.order.number);
        self.numbers.insert(number, key.clone());
        held.order.number = number;
        held.order.settle = held.order.settle.max(settle);
        held.order.writers.extend(writer.filter(|_| held.order.writers.len() < WRITERS));
        held.reporters.push(reporter);
        Added::Place(Place::Key(key.clone(), number))
    }

    /// Adds an order for a glob.
    pub(super) fn add_glob(&mut self, glob: Glob, settle: Duration, reporter: Reporter) -> Added {
        let known = self.globs.iter().position(|held| held.order.glob == glob);
        if known.is_none() && self.globs.len() >= GLOBS {
            let scope = glob.scope().to_owned();
            return self.add_whole(&scope, settle, reporter);
        }
        self.latest += 1;
        let number = self.latest;
        let mut held = match known {
            Some(at) => self.globs.remove(at),
            None => Held::new(GlobOrder { glob, settle, number }),
        };
        held.order.number = number;
        held.order.settle = held.order.settle.max(settle);
        held.reporters.push(reporter);
        self.globs.push(held);
        Added::Place(Place::Glob(number))
    }

    /// Lets a whole prefix stand in for its keys and globs, for want of room.
    fn add_whole(&mut self, scope: &str, mut settle: Duration, reporter: Reporter) -> Added {
        let whole = Glob::new(scope.to_owned(), "*");
        let first = !self.globs.iter().any(|held| held.order.glob == whole);
        if first {
            settle = settle.max(self.take_off(scope));
            self.globs.push(Held::new(GlobOrder { glob: whole.clone(), settle, number: 0 }));
        }
        if let Added::Place(place) = self.add_glob(whole, settle, reporter) {
            self.fail(&place);
        }
        Added::Whole { scope: scope.to_owned(), first }
    }

    /// Takes off everything under a prefix, and returns the longest hold of it.
    fn take_off(&mut self, scope: &str) -> Duration {
        let mut settle = Duration::ZERO;
        let Self { keys, numbers, globs, failed, .. } = self;
        keys.retain(|key, held| {
            if key.scope() != scope {
                return true;
            }
            numbers.remove(&held.order.number);
            settle = settle.max(held.order.settle);
            *failed -= usize::from(held.failed);
            held.report(Invalidation::Queued);
            false
        });
        globs.retain_mut(|held| {
            if held.order.glob.scope() != scope {
                return true;
            }
            settle = settle.max(held.order.settle);
            *failed -= usize::from(held.failed);
            held.report(Invalidation::Queued);
            false
        });
        settle
    }

    pub(super) fn fail(&mut self, place: &Place) {
        let newly = match place {
            Place::Key(key, number) => {
                let held = self.keys.get_mut(key).filter(|held| held.order.number == *number);
                held.map(Held::fail)
            }
            Place::Glob(number) => {
                let held = self.globs.iter_mut().find(|held| held.order.number == *number);
                held.map(Held::fail)
            }
        };
        self.failed += usize::from(newly == Some(true));
    }

    pub(super) fn confirm(&mut self, place: &Place) {
        let failed = match place {
            Place::Key(key, number) => self.confirm_key(key, *number),
            Place::Glob(number) => self.confirm_glob(*number),
        };
        self.failed -= usize::from(failed == Some(true));
    }

    /// Whether the key that is taken off had failed.
    fn confirm_key(&mut self, key: &Key, number: u64) -> Option<bool> {
        self.keys.get(key).filter(|held| held.order.number == number)?;
        let mut held = self.keys.remove(key)?;
        self.numbers.remove(&number);
        held.report(Invalidation::Applied);
        Some(held.failed)
    }

    fn confirm_glob(&mut self, number: u64) -> Option<bool> {
        let at = self.globs.iter().position(|held| held.order.number == number)?;
        let mut held = self.globs.remove(at);
        held.report(Invalidation::Applied);
        Some(held.failed)
    }

    pub(super) fn due_keys(&self, after: u64, until: u64, calls: usize) -> Vec<(Key, KeyOrder)> {
        let (mut due, mut taken) = (Vec::new(), 0);
        if after >= until {
            return due;
        }
        for key in self.numbers.range(after + 1..=until).map(|(_, key)| key) {
            let Some(held) = self.keys.get(key).filter(|held| held.is_due()) else { continue };
            taken += held.order.writers.len().max(1);
            due.push((key.clone(), held.order.clone()));
            if taken >= calls {
                break;
            }
        }
        due
    }

    pub(super) fn due_glob(&self, after: u64, until: u64) -> Option<GlobOrder> {
        let range = after + 1..=until;
        let mut globs = self.globs.iter();
        globs
            .find(|held| range.contains(&held.order.number) && held.is_due())
            .map(|held| held.order.clone())
    }
}
