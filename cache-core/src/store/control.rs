//! Leases, tombstones and fences of the in-process store.
//!
//! They are kept apart from the values because nothing may evict them: a lost fence would let an
//! older value in. Their number is bounded by the loads and writes under way, plus tombstones until
//! they run out.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::backend::{Glob, Key, Token};
use crate::clock::Moment;

const SHARDS: usize = 16;

/// What stands under a key besides a value.
#[derive(Debug, Clone)]
pub(super) enum Control {
    /// Writers at work, each until its expiry, and how long to hold on after the last.
    Fence { writers: Vec<(Token, Moment)>, hold: Moment },
    /// Somebody loads; over a value, it is a refresh.
    Lease { token: Token, until: Moment },
    /// Nothing may be filled before `hold`.
    Tombstone { hold: Moment },
}

/// All control states, in shards that are locked one at a time.
#[derive(Debug, Default)]
pub(super) struct Controls {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
}

/// The control states of some keys. Whoever holds its lock may change those keys.
#[derive(Debug, Default)]
pub(super) struct Shard {
    states: HashMap<Key, Control>,
    /// The number of states at which the next sweep looks for those that have run out.
    sweep_at: usize,
}

impl Controls {
    pub(super) fn lock(&self, key: &Key) -> MutexGuard<'_, Shard> {
        let hash = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0);
        self.shards[hash].lock()
    }

    pub(super) fn clear(&self) {
        for shard in &self.shards {
            shard.lock().states.clear();
        }
    }

    pub(super) fn invalidate_glob(&self, glob: &Glob, settle: Duration, now: Moment) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            let matching = |key: &&Key| glob.matches(key.as_str());
            let keys: Vec<Key> = shard.states.keys().filter(matching).cloned().collect();
            for key in keys {
                shard.invalidate(&key, settle, now);
            }
        }
    }
}

impl Shard {
    /// The state of a key, unless it has run out.
    pub(super) fn live(&mut self, key: &Key, now: Moment) -> Option<&mut Control> {
        let keep = self.states.get_mut(key)?.outlives(now);
        if !keep {
            self.states.remove(key);
        }
        self.states.get_mut(key)
    }

    /// Whether the lease with this token stands.
    pub(super) fn holds(&mut self, key: &Key, token: Token, now: Moment) -> bool {
        matches!(self.live(key, now), Some(Control::Lease { token: holder, .. }) if *holder == token)
    }

    pub(super) fn set(&mut self, key: &Key, control: Control, now: Moment) {
        if self.states.len() >= self.sweep_at {
            self.states.retain(|_, control| control.outlives(now));
            self.sweep_at = (self.states.len() * 2).max(64);
        }
        self.states.insert(key.clone(), control);
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.states.remove(key);
    }

    pub(super) fn invalidate(&mut self, key: &Key, settle: Duration, now: Moment) {
        let wanted = now.after(settle);
        match self.live(key, now) {
            Some(Control::Fence { hold, .. } | Control::Tombstone { hold }) => {
                *hold = wanted.max(*hold);
            }
            Some(Control::Lease { .. }) | None if settle.is_zero() => self.remove(key),
            Some(Control::Lease { .. }) | None => {
                self.set(key, Control::Tombstone { hold: wanted }, now);
            }
        }
    }

    pub(super) fn fence(&mut self, key: &Key, writer: Token, until: Moment, now: Moment) {
        let hold = match self.live(key, now) {
            Some(Control::Fence { writers, .. }) => {
                writers.push((writer, until));
                return;
            }
            Some(Control::Tombstone { hold }) => *hold,
            Some(Control::Lease { .. }) | None => now,
        };
        self.set(key, Control::Fence { writers: vec![(writer, until)], hold }, now);
    }

    pub(super) fn finish(&mut self, key: &Key, writer: Token, settle: Duration, now: Moment) {
        let Some(Control::Fence { writers, hold }) = self.live(key, now) else {
            // The fence ran out before its writer was done; the invalidation still counts.
            return self.invalidate(key, settle, now);
        };
        writers.retain(|(token, _)| *token != writer);
        *hold = now.after(settle).max(*hold);
        let (done, hold) = (writers.is_empty(), *hold);
        if done && hold > now {
            self.set(key, Control::Tombstone { hold }, now);
        } else if done {
            self.remove(key);
        }
    }
}

impl Control {
    /// Whether anything of it still stands; drops the writers whose time is over.
    fn outlives(&mut self, now: Moment) -> bool {
        match self {
            Self::Lease { until, .. } => now < *until,
            Self::Tombstone { hold } => now < *hold,
            Self::Fence { writers, hold } => {
                writers.retain(|(_, until)| now < *until);
                let hold = *hold;
                if writers.is_empty() && now < hold {
                    *self = Self::Tombstone { hold };
                    return true;
                }
                !matches!(self, Self::Fence { writers, .. } if writers.is_empty())
            }
        }
    }
}
