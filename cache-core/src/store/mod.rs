//! The in-process store: values in memory under the protocol of every backend.
//!
//! Values live in `quick_cache`, which evicts; leases, tombstones and fences live beside them in
//! [`control`], which does not. Every change of a key holds that key's control lock, so the two
//! change as one; a hit reads the values alone and takes no lock of ours.

mod backend;
mod control;
mod slot;

use std::fmt;
use std::time::Duration;

use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, OptionsBuilder};
use smol_str::SmolStr;

use self::control::{Control, Controls};
use self::slot::{Evict, Slot, Weigh};
use crate::backend::{Acquire, Acquired, Entry, Fill, Form, Found, Glob, Key, Over, Token};
use crate::clock::{Clock, Moment};
use crate::codec::Erased;

/// How much the store may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) capacity: usize,
    pub(crate) max_bytes: usize,
    pub(crate) max_value_bytes: usize,
}

/// The percentage of a shard that `quick_cache` keeps for values that were asked for again. It
/// admits nothing larger.
const ADMITTED: usize = 97;

/// Values of this process, bounded by number and bytes.
pub(crate) struct Store {
    form: Form,
    clock: Clock,
    values: Values,
    controls: Controls,
}

/// Values by the texts of their keys, of which short ones stand beside the value.
type Values = Cache<SmolStr, Slot, Weigh, DefaultHashBuilder, Evict>;

/// What a hit needs.
pub(crate) struct Hit {
    pub(crate) value: Erased,
    pub(crate) version: u32,
    pub(crate) id: Token,
}

impl Store {
    pub(crate) fn new(form: Form, bounds: Bounds, clock: Clock) -> Self {
        // Half an entry more than the capacity: room for rounding, but not for another entry.
        let halves = bounds.capacity.saturating_mul(2).saturating_add(1) as u128;
        let share = (2 * bounds.max_bytes as u128 / halves).max(1);
        let share = u64::try_from(share).unwrap_or(u64::MAX);
        Self { form, clock, values: values(bounds, share), controls: Controls::default() }
    }

    /// The largest value that finds room, in bytes.
    pub(crate) fn largest_value(&self) -> usize {
        let shard = usize::try_from(self.values.shard_capacity()).unwrap_or(usize::MAX);
        // A larger one cannot be counted.
        (shard / 100 * ADMITTED).min(u32::MAX as usize)
    }

    /// The time by which its values expire.
    #[inline]
    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Reads a value that has not expired. The hit path: no lock of ours, no allocation, and nothing
    /// is moved that is not needed.
    #[inline]
    pub(crate) fn hit(&self, key: &str, now: Moment) -> Option<Hit> {
        match self.values.get(key) {
            Some(Slot { value, facts }) if now < facts.expires => {
                Some(Hit { value: value.take(), version: facts.version, id: facts.id })
            }
            _ => None,
        }
    }

    /// Reads a value that has not expired, with all that is known of it.
    pub(crate) fn value(&self, key: &str) -> Option<Entry> {
        let slot = self.values.get(key)?;
        let now = self.clock.now();
        (now < slot.facts.expires).then(|| slot.entry(now))
    }

    pub(crate) fn get(&self, key: &Key) -> Found {
        if let Some(entry) = self.value(key.as_str()) {
            return Found::Value(entry);
        }
        match self.controls.lock(key).live(key, self.clock.now()) {
            None => Found::Absent,
            Some(Control::Lease { .. }) => Found::Leased,
            Some(Control::Fence { .. } | Control::Tombstone { .. }) => Found::Held,
        }
    }

    pub(crate) fn acquire(&self, key: &Key, request: Acquire) -> Acquired {
        let now = self.clock.now();
        // Declared before the lock, and so dropped after it: a value may do anything in its `Drop`, also
        // come back here.
        let standing;
        let mut controls = self.controls.lock(key);
        let leased = match controls.live(key, now) {
            Some(Control::Fence { .. } | Control::Tombstone { .. }) => return Acquired::Held,
            Some(Control::Lease { .. }) => true,
            None => false,
        };
        let lease = Control::Lease { token: request.token, until: now.after(request.lease_ttl) };
        standing = self.values.get(key.as_str());
        let live = standing.as_ref().filter(|slot: &&Slot| now < slot.facts.expires);
        let replaced = match (request.over, live) {
            (Over::Everything, live) => live.is_some(),
            (Over::Unreadable(id), Some(slot)) if slot.facts.id == id => true,
            (_, Some(slot)) => {
                let entry = slot.clone().entry(now);
                if leased || !entry.stale {
                    return Acquired::Value(entry);
                }
                controls.set(key, lease, now);
                return Acquired::Refresh(entry);
            }
            (_, None) if leased => return Acquired::Busy,
            (_, None) => false,
        };
        let removed = replaced.then(|| self.values.remove(key.as_str())).flatten();
        controls.set(key, lease, now);
        drop(controls);
        drop(removed);
        Acquired::Won
    }

    /// Changes a value and the id it goes by, as a fault would.
    #[cfg(feature = "testing")]
    pub(crate) fn replace_value(&self, key: &str, change: impl FnOnce(Entry) -> Entry) -> bool {
        let key = Key::from_text(key);
        let _controls = self.controls.lock(&key);
        let Some(slot) = self.values.get(key.as_str()) else {
            return false;
        };
        let changed = slot.changed(self.clock.now(), change);
        changed.map(|slot| self.values.insert(key.as_str().into(), slot)).is_some()
    }

    pub(crate) fn renew(&self, key: &Key, token: Token, lease_ttl: Duration) -> bool {
        let now = self.clock.now();
        let mut controls = self.controls.lock(key);
        let mine = controls.holds(key, token, now);
        if mine {
            controls.set(key, Control::Lease { token, until: now.after(lease_ttl) }, now);
        }
        mine
    }

    pub(crate) fn fill(&self, key: &Key, fill: Fill) -> bool {
        let now = self.clock.now();
        let (token, slot) = (fill.entry.id, Slot::new(fill, now));
        let Some(slot) = slot else { return false };
        let mut controls = self.controls.lock(key);
        if !controls.holds(key, token, now) {
            return false;
        }
        controls.remove(key);
        let removed = self.values.remove(key.as_str());
        let mut evicted = Vec::new();
        self.values.insert_with_lifecycle(key.as_str().into(), slot, &mut evicted);
        drop(controls);
        drop((removed, evicted));
        true
    }

    pub(crate) fn release(&self, key: &Key, token: Token) {
        let mut controls = self.controls.lock(key);
        if controls.holds(key, token, self.clock.now()) {
            controls.remove(key);
        }
    }

    pub(crate) fn invalidate(&self, key: &Key, settle: Duration) {
        let now = self.clock.now();
        let mut controls = self.controls.lock(key);
        controls.invalidate(key, settle, now);
        let removed = self.values.remove(key.as_str());
        drop(controls);
        drop(removed);
    }

    /// Invalidates what the glob covers, but not values that are `foreign`.
    pub(crate) fn invalidate_glob(
        &self,
        glob: &Glob,
        settle: Duration,
        foreign: impl Fn(&Key, &Erased) -> bool,
    ) {
        let now = self.clock.now();
        // Leases first: a load that is under way must not fill after its key was passed over.
        self.controls.invalidate_glob(glob, settle, now);
        let matching = self.values.iter().filter(|(key, _)| glob.matches(key));
        let matching = matching.map(|(key, slot)| (Key::from_text(&key), slot));
        let covered = matching
            .filter(|(key, slot)| !slot.value.get().is_some_and(|value| foreign(key, value)));
        let keys: Vec<Key> = covered.map(|(key, _)| key).collect();
        for key in &keys {
            self.invalidate(key, settle);
        }
    }

    /// Forgets everything, leases included.
    pub(crate) fn clear(&self) {
        // Leases first: what is filled from now on came after this.
        self.controls.clear();
        let keys: Vec<SmolStr> = self.values.iter().map(|(key, _)| key).collect();
        for key in keys {
            drop(self.values.remove(key.as_str()));
        }
    }

    pub(crate) fn fence(&self, key: &Key, writer: Token, fence_ttl: Duration) {
        let now = self.clock.now();
        let mut controls = self.controls.lock(key);
        controls.fence(key, writer, now.after(fence_ttl), now);
        let removed = self.values.remove(key.as_str());
        drop(controls);
        drop(removed);
    }

    pub(crate) fn finish(&self, key: &Key, writer: Token, settle: Duration) {
        let now = self.clock.now();
        let mut controls = self.controls.lock(key);
        controls.finish(key, writer, settle, now);
        let removed = self.values.remove(key.as_str());
        drop(controls);
        drop(removed);
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("entries", &self.values.len()).finish_non_exhaustive()
    }
}

/// `quick_cache` bounds one sum of weights. A value weighs its bytes, but at least an equal share
/// of all bytes; so neither the bytes nor the number of entries is exceeded.
fn values(bounds: Bounds, share: u64) -> Values {
    let capacity = bounds.capacity.max(1);
    // Each shard holds a part of the whole, and the largest allowed value must fit into one.
    let largest = bounds.max_value_bytes.saturating_mul(100) / ADMITTED + 1;
    let fitting = (bounds.max_bytes / largest).max(1);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let shards = 1 << fitting.ilog2();
    let mut options = OptionsBuilder::new();
    options
        .shards(shards.min(cores * 4))
        .estimated_items_capacity(capacity)
        .weight_capacity(bounds.max_bytes as u64);
    let hasher = DefaultHashBuilder::default();
    match options.build() {
        Ok(options) => Cache::with_options(options, Weigh { share }, hasher, Evict),
        Err(_) => Cache::with(capacity, bounds.max_bytes as u64, Weigh { share }, hasher, Evict),
    }
}
