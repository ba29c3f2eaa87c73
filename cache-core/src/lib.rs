//! The runtime of [two-tier-cache]: keys, codecs, the entry format, the in-process store, flights,
//! the read path and the manager.
//!
//! Depend on the `two-tier-cache` crate, which re-exports all of this together with the macros.
//!
//! [two-tier-cache]: https://docs.rs/two-tier-cache

mod access;
mod answer;
mod cache;
mod clock;
pub mod codec;
mod contained;
mod events;
mod fill;
mod flight;
mod key;
mod load;
mod manager;
mod mutants;
mod near;
mod outage;
pub mod outbox;
mod policy;
mod read_through;
mod recursion;
mod set;
mod shape;
mod stats;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod tier;
pub mod ttl;
mod write;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use answer::Answer;
pub use backend::{ConfigError, Health, HealthState, Invalidate, Invalidation};
pub use cache::{TwoTierCache, TwoTierCacheBuilder};
pub use key::{
    Any, CacheKey, KeyArg, KeyMatch, KeyPattern, KeyWriter, MAX_KEY_BYTES, MAX_PREFIX_BYTES,
    PartMatch,
};
pub use manager::{CacheManager, CacheManagerBuilder, Shutdown};
pub use shape::{CacheValue, SetArg, SharedValue};
pub use stats::{FunctionStats, Stats};
#[doc(inline)]
pub use two_tier_cache_backend as backend;
pub use write::Unfenced;
