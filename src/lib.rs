#![doc = include_str!("../README.md")]

#[doc(inline)]
pub use two_tier_cache_core::{
    Answer, Any, CacheKey, CacheManager, CacheManagerBuilder, CacheValue, ConfigError,
    FunctionStats, Health, HealthState, Invalidate, Invalidation, KeyArg, KeyMatch, KeyPattern,
    KeyWriter, MAX_KEY_BYTES, MAX_PREFIX_BYTES, PartMatch, SetArg, SharedValue, Shutdown, Stats,
    TwoTierCache, TwoTierCacheBuilder, Unfenced, codec, outbox, ttl,
};
/// Makes a type part of keys: its fields in order, an enum's variant by name.
///
/// ```
/// use two_tier_cache::CacheKey;
///
/// #[derive(CacheKey)]
/// struct Page {
///     tenant: u32,
///     sort: Sort,
/// }
///
/// #[derive(CacheKey)]
/// enum Sort {
///     Newest,
///     By(String),
/// }
/// ```
///
/// Every field in the key must implement [`CacheKey`] itself; a generic type is a key where its
/// fields are. Renaming a variant changes the keys.
///
/// # Options
///
/// | `#[cache_key(..)]` | on | |
/// |---|---|---|
/// | `skip` | a field | It is not in the key. Values that differ only there share an entry. |
/// | `hash` | a field, the type | A digest of its parts is in the key, as [`KeyWriter::hashed`] writes it. |
/// | `crate = ::path` | the type | Where this crate is, if not at `::two_tier_cache`. |
///
/// ```
/// use two_tier_cache::CacheKey;
///
/// #[derive(CacheKey)]
/// struct Search<'a> {
///     tenant: u32,
///     #[cache_key(hash)] // long, and nobody's business
///     text: &'a str,
///     #[cache_key(skip)] // for the log, not for the result
///     trace: [u8; 16],
/// }
/// ```
///
/// A struct needs a field that is not skipped; a variant does not, it is in the key by its name.
pub use two_tier_cache_macros::CacheKey;
#[doc = include_str!("docs/invalidates.md")]
pub use two_tier_cache_macros::invalidates;
#[doc = include_str!("docs/two_tier_cached.md")]
pub use two_tier_cache_macros::two_tier_cached;

/// What a backend implements, for those who write one.
#[doc(inline)]
pub use two_tier_cache_core::backend;

/// The Redis backend: entries and invalidations shared by several processes.
///
/// [`RedisBackend::lazy`] takes a URL, [`RedisConfig`] everything else.
///
/// [`RedisBackend::lazy`]: redis::RedisBackend::lazy
/// [`RedisConfig`]: redis::RedisConfig
#[cfg(feature = "redis")]
#[doc(inline)]
pub use two_tier_cache_redis as redis;

#[cfg(feature = "testing")]
#[doc(inline)]
pub use two_tier_cache_core::testing;

#[doc(hidden)]
pub use two_tier_cache_core::__private;

// The guide's code is tested too.
#[cfg(doctest)]
#[doc = include_str!("../docs/guide.md")]
mod guide {}
