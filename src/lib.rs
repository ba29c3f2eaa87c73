#![doc = include_str!("../README.md")]

#[doc(inline)]
pub use two_tier_cache_core::{
    Any, CacheKey, CacheManager, CacheManagerBuilder, CacheValue, ConfigError, FunctionStats,
    Health, HealthState, Invalidate, Invalidation, KeyArg, KeyMatch, KeyPattern, KeyWriter,
    MAX_KEY_BYTES, MAX_PREFIX_BYTES, PartMatch, SetArg, SharedValue, Shutdown, Stats, TwoTierCache,
    TwoTierCacheBuilder, codec, ttl,
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
/// Every field must implement [`CacheKey`] itself; a generic type is a key where its parameters
/// are. Renaming a variant changes the keys.
pub use two_tier_cache_macros::CacheKey;
/// Caches an async function or method, and makes a sibling that invalidates what it cached.
///
/// The signature, visibility, attributes and documentation of the function stay as they are. A call
/// builds a key from the arguments, looks in the cache, and runs the body on a miss; at most one
/// call per key runs it at a time.
///
/// ```
/// use std::io::Error;
/// use two_tier_cache::{ttl::DOMAIN_LOOKUP, two_tier_cached};
///
/// #[two_tier_cached(prefix = "domain", ttl = DOMAIN_LOOKUP)]
/// async fn lookup_domain(domain: &str) -> Result<Option<u64>, Error> {
///     Ok(Some(domain.len() as u64)) // your query
/// }
///
/// # async fn example() -> Result<(), Error> {
/// let id = lookup_domain("example.org").await?;
/// invalidate_lookup_domain("example.org").await;
/// # Ok(()) }
/// ```
///
/// # Options
///
/// The table is in the [crate documentation](crate#the-attribute). `ttl`, `none_ttl`, `settle`,
/// `jitter`, `version` and `codec` are constant expressions; a mistake in them is a compile error.
///
/// # The sibling
///
/// `invalidate_<function>` has the visibility and the receiver of the function and takes the
/// arguments that are in the key, each as [`impl KeyArg<T>`](KeyArg): by value or by reference.
/// Arguments that `key(..)` or `manager = ..` mention are taken as the function takes them. It
/// returns an [`Invalidate`]: the invalidation starts at the call, awaiting tells how it ended.
///
/// # Returns
///
/// `Result<T, E>`, `Option<T>` or `T`, found by type, so any alias works; `T` may be an `Arc`. The
/// value must be a [`CacheValue`] (in an `Arc`: a [`SharedValue`]); the error needs nothing. An
/// `Err` is never cached.
///
/// # Errors
///
/// Only those of the function itself. Trouble with the cache, a Redis that is down included, is
/// counted ([`CacheManager::stats`]) and logged, and the call runs the body.
///
/// # Panics
///
/// Only where the body or an expression of an option does. Outside of a tokio runtime with a time
/// driver there are no timers, and waits for other calls have no limit. (That a runtime has none
/// shows only in a panic of tokio's, which is caught once; built with `panic = "abort"`, the program
/// ends there.)
///
/// # Cancel safety
///
/// Dropping the future drops the body where it is. Nothing half-done is stored; a waiting call
/// takes over.
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
