//! One entry, what it weighs, and how it goes.

use std::time::Duration;

use quick_cache::{Lifecycle, Weighter};
use smol_str::SmolStr;

use crate::backend::{Body, Entry, Fill, Token};
use crate::clock::Moment;
use crate::contained::Kept;

/// A value and what is known of it. Small, because the more entries find room in the caches of the
/// processor, the less a hit costs.
#[derive(Clone)]
pub(super) struct Slot {
    pub(super) value: Kept,
    pub(super) facts: Facts,
}

/// Apart from the value, so that it is copied as one.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    pub(super) expires: Moment,
    /// How many milliseconds before it expires it becomes stale.
    stale_for: u32,
    pub(super) version: u32,
    load_cost_millis: u32,
    bytes: u32,
    pub(super) id: Token,
}

impl Slot {
    /// `None` for bytes, because this store keeps values, and for what is larger than it can count.
    pub(super) fn new(fill: Fill, now: Moment) -> Option<Self> {
        let Body::Typed(value) = fill.entry.body else { return None };
        let millis = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        let facts = Facts {
            expires: now.after(fill.ttl),
            stale_for: millis(fill.ttl.saturating_sub(fill.fresh_for)),
            version: fill.entry.version,
            load_cost_millis: millis(fill.entry.load_cost),
            bytes: u32::try_from(fill.bytes).ok()?,
            id: fill.entry.id,
        };
        Some(Self { value: Kept::new(value), facts })
    }

    /// With another value, and another id that it goes by; `None` for bytes.
    #[cfg(feature = "testing")]
    pub(super) fn changed(
        mut self,
        now: Moment,
        change: impl FnOnce(Entry) -> Entry,
    ) -> Option<Self> {
        let Entry { id, body, .. } = change(self.clone().entry(now));
        let Body::Typed(value) = body else { return None };
        (self.facts.id, self.value) = (id, Kept::new(value));
        Some(self)
    }

    /// The same as the rest of the cache knows it.
    pub(super) fn entry(self, now: Moment) -> Entry {
        let Facts { expires, stale_for, version, load_cost_millis, id, .. } = self.facts;
        Entry {
            id,
            version,
            load_cost: Duration::from_millis(load_cost_millis.into()),
            stale: stale_for > 0 && expires <= now.after(Duration::from_millis(stale_for.into())),
            body: Body::Typed(self.value.take()),
        }
    }
}

/// What an entry weighs: its bytes, and at least its equal share of all bytes.
#[derive(Clone)]
pub(super) struct Weigh {
    pub(super) share: u64,
}

/// Hands evicted values out, so that they are dropped without a lock held.
#[derive(Clone)]
pub(super) struct Evict;

impl Lifecycle<SmolStr, Slot> for Evict {
    type RequestState = Vec<(SmolStr, Slot)>;

    fn on_evict(&self, evicted: &mut Self::RequestState, key: SmolStr, slot: Slot) {
        evicted.push((key, slot));
    }
}

impl Weighter<SmolStr, Slot> for Weigh {
    fn weight(&self, _: &SmolStr, slot: &Slot) -> u64 {
        self.share.max(slot.facts.bytes.into())
    }
}
