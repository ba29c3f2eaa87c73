//! The runtime of [two-tier-cache]: keys, codecs, the entry format, the in-process store, flights,
//! the read path and the manager.
//!
//! Depend on the `two-tier-cache` crate, which re-exports all of this together with the macros.
//!
//! [two-tier-cache]: https://docs.rs/two-tier-cache

mod access;
pub mod backend;
mod cache;
mod clock;
pub mod codec;
mod error;
mod events;
mod flight;
mod glob;
mod health;
mod invalidate;
mod key;
mod manager;
mod policy;
mod read_through;
mod recursion;
mod shape;
mod stats;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod timer;
mod token;
pub mod ttl;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use cache::{TwoTierCache, TwoTierCacheBuilder};
pub use error::ConfigError;
pub use glob::Glob;
pub use health::{Health, HealthState};
pub use invalidate::{Invalidate, Invalidation};
pub use key::{CacheKey, Key, KeyArg, KeyWriter, MAX_KEY_BYTES, MAX_PREFIX_BYTES};
pub use manager::{CacheManager, CacheManagerBuilder, Shutdown};
pub use shape::{CacheValue, SharedValue};
pub use stats::{FunctionStats, Stats};
pub use token::Token;
