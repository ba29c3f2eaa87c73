//! The handle: a typed cache under one prefix, for use without the attribute.

mod builder;

use std::fmt;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;

pub use self::builder::TwoTierCacheBuilder;
use crate::access::{Access, Begun};
use crate::backend::{Invalidate, Key};
use crate::codec::OwnedCodec;
use crate::key::{CacheKey, KeyWriter};
use crate::load::drive;
use crate::manager::{CacheManager, Prefix};
use crate::policy::Policy;
use crate::set::set;
use crate::shape::{CacheValue, Returns};

/// Values of type `T` under one prefix. Cheap to clone.
///
/// Made by [`CacheManager::cache`]. A handle on the prefix of a cached function addresses the same
/// entries, given the same parts; a tuple is several parts.
///
/// # Examples
///
/// ```
/// # use two_tier_cache_core::{CacheManager, TwoTierCache};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let caches = CacheManager::builder().build()?;
/// let names: TwoTierCache<String> = caches.cache("name").build();
///
/// let load = || async { Ok::<_, std::io::Error>("Ada".to_owned()) };
/// assert_eq!(names.get(&42, load).await?, "Ada");
/// assert!(names.exists(&42).await);
/// names.invalidate(&42).await;
/// assert!(!names.exists(&42).await);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TwoTierCache<T> {
    caches: CacheManager,
    prefix: Arc<Prefix>,
    policy: Policy,
    codec: OwnedCodec,
    value: PhantomData<fn() -> T>,
}

impl<T: CacheValue> TwoTierCache<T> {
    /// The value of a key: from the cache, or from `load`, which then fills the cache.
    ///
    /// At most one call per key loads at a time; the others wait for it, for a bounded time.
    ///
    /// # Errors
    ///
    /// Only those of `load`. An error is not cached.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the load; another waiting call takes over.
    pub async fn get<K, L, F, E>(&self, key: &K, load: L) -> Result<T, E>
    where
        K: CacheKey + ?Sized,
        L: FnOnce() -> F,
        F: Future<Output = Result<T, E>>,
    {
        if self.caches.inner().is_disabled() {
            return load().await;
        }
        let returns = Returns::RESULT;
        let Self { caches, prefix, policy, codec, .. } = self;
        let (caches, parts) = (caches.inner(), |writer: &mut KeyWriter<'_>| key.write_key(writer));
        match Access::begin(caches, prefix, policy, &codec.lend(), parts, returns.give) {
            Begun::Hit(returned) => returned,
            Begun::Miss(call) => drive(call, returns, pin!(async { load().await })).await,
        }
    }

    /// Stores a value that the caller has, and says whether it is stored: it is not if an
    /// invalidation of the key comes before the store is done, if an earlier one still holds
    /// (`settle`), or if the value is unfit.
    ///
    /// # Cancel safety
    ///
    /// The value may or may not be stored. The older one is gone either way, or as an invalidation
    /// would have it.
    pub async fn set<K: CacheKey + ?Sized>(&self, key: &K, value: &T) -> bool {
        if self.caches.inner().is_disabled() {
            // Other processes may still hold the older one.
            self.invalidate(key).await;
            return false;
        }
        let access = self.access(key);
        set(&access, Arc::new(value.clone())).await
    }
    /// Whether a [`get`](Self::get) would hit.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn exists<K: CacheKey + ?Sized>(&self, key: &K) -> bool {
        if self.caches.inner().is_disabled() {
            return false;
        }
        self.access(key).look().await.found_any()
    }

    /// Invalidates one key. It is under way when this returns; awaiting tells the outcome.
    pub fn invalidate<K: CacheKey + ?Sized>(&self, key: &K) -> Invalidate {
        self.invalidate_key(self.key(key))
    }

    /// Invalidates several keys. It is under way when this returns; awaiting tells the outcome.
    pub fn invalidate_many<K: CacheKey>(&self, keys: impl IntoIterator<Item = K>) -> Invalidate {
        let Policy { settle, verbose, .. } = self.policy;
        let keys = keys.into_iter().map(|key| self.key(&key)).collect();
        self.caches.inner().invalidate_many(&self.prefix, keys, settle, verbose)
    }

    /// Invalidates every key whose parts match a glob: `*` any text, `?` one character, `[a-z]`,
    /// `\` before a character meant literally.
    ///
    /// The pattern is matched against the parts as they read, without the prefix: with the parts
    /// `42` and `de`, `"42:*"` matches. A key that is too long to be kept whole is matched by its
    /// beginning. It is under way when this returns; awaiting tells the outcome.
    pub fn invalidate_pattern(&self, pattern: &str) -> Invalidate {
        let Policy { settle, verbose, .. } = self.policy;
        self.caches.inner().invalidate_pattern(&self.prefix, pattern, settle, verbose)
    }

    fn invalidate_key(&self, key: Key) -> Invalidate {
        let Policy { settle, verbose, .. } = self.policy;
        self.caches.inner().invalidate(&self.prefix, key, settle, verbose)
    }

    fn key<K: CacheKey + ?Sized>(&self, key: &K) -> Key {
        self.prefix.key_text().key(key)
    }

    fn access<K: CacheKey + ?Sized>(&self, key: &K) -> Access<'_> {
        let Self { caches, prefix, policy, codec, .. } = self;
        Access::new(caches.inner(), prefix, policy, codec.lend(), |writer| key.write_key(writer))
    }
}

impl<T> Clone for TwoTierCache<T> {
    fn clone(&self) -> Self {
        Self {
            caches: self.caches.clone(),
            prefix: Arc::clone(&self.prefix),
            policy: self.policy,
            codec: self.codec.clone(),
            value: PhantomData,
        }
    }
}

impl<T> fmt::Debug for TwoTierCache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwoTierCache")
            .field("prefix", &self.prefix.name())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
