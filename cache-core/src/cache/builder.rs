//! Configuring a handle.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::TwoTierCache;
use crate::backend::ConfigError;
use crate::codec::{Codec, MessagePack, OwnedCodec};
use crate::key::check_prefix;
use crate::manager::{CacheManager, current};
use crate::policy::Policy;
use crate::shape::CacheValue;
use crate::ttl;

/// Configures a [`TwoTierCache`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct TwoTierCacheBuilder<T> {
    caches: CacheManager,
    prefix: String,
    policy: Policy,
    codec: OwnedCodec,
    needs_version: bool,
    has_version: bool,
    value: PhantomData<fn() -> T>,
}

impl<T: CacheValue> TwoTierCache<T> {
    /// Starts to configure a handle of the manager in scope, else the installed one, else an
    /// embedded one. Its prefix is `cache` unless set.
    pub fn builder() -> TwoTierCacheBuilder<T> {
        TwoTierCacheBuilder::new(current().clone())
    }
}

impl<T: CacheValue> TwoTierCacheBuilder<T> {
    pub(crate) fn new(caches: CacheManager) -> Self {
        Self {
            caches,
            prefix: "cache".to_owned(),
            policy: Policy::new(ttl::DEFAULT),
            codec: OwnedCodec::new::<T, _>(MessagePack),
            value: PhantomData,
            needs_version: false,
            has_version: false,
        }
    }

    /// What every key starts with: 1 to 64 of `a-z 0-9 _ . -`. Default: `cache`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a value lives; greater than zero. Default: 300 s.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.policy.ttl = ttl;
        self
    }

    /// How long a cached `None` lives; greater than zero. Default: the time to live, at most 30 s.
    pub fn none_ttl(mut self, ttl: Duration) -> Self {
        self.policy.none_ttl = Some(ttl);
        self
    }

    /// The part of the time to live that is drawn by chance, from 0 to 1, so that values filled
    /// together do not expire together. It only shortens. Default: 0.
    pub fn jitter(mut self, jitter: f64) -> Self {
        self.policy.jitter = jitter;
        self
    }

    /// How long nothing is filled after an invalidation, for loads that read from a replica: its
    /// lag. Default: 0.
    pub fn settle(mut self, settle: Duration) -> Self {
        self.policy.settle = settle;
        self
    }

    /// How long this process keeps a value near, in front of the server; zero to keep none. Default:
    /// what the [manager](crate::CacheManagerBuilder::near) says.
    pub fn near(mut self, time: Duration) -> Self {
        self.policy.near = Some(time);
        self
    }

    /// The version of the value's encoding. Raise it when the type changes in a way its codec
    /// cannot read; entries of another version are misses. Default: 0.
    pub fn version(mut self, version: u32) -> Self {
        self.policy.version = version;
        self.has_version = true;
        self
    }

    /// How values are encoded where they are. Default: [`MessagePack`].
    pub fn codec<C: Codec>(mut self, codec: C) -> Self {
        self.codec = OwnedCodec::new::<T, C>(codec);
        self.needs_version = C::POSITIONAL;
        self
    }

    /// Whether to log keys at `info` instead of `debug`. Keys may be personal data. Default: no.
    pub fn verbose(mut self, verbose: bool) -> Self {
        self.policy.verbose = verbose;
        self
    }

    /// Builds the handle.
    ///
    /// # Panics
    ///
    /// For a configuration mistake, see [`try_build`](Self::try_build). Build handles when the
    /// program starts, from constants.
    #[must_use]
    pub fn build(self) -> TwoTierCache<T> {
        match self.try_build() {
            Ok(cache) => cache,
            Err(error) => panic!("{error}"),
        }
    }

    /// Builds the handle.
    ///
    /// # Errors
    ///
    /// For an illegal prefix, a time to live of zero, a jitter outside of 0 to 1, or a positional
    /// codec without a version.
    pub fn try_build(self) -> Result<TwoTierCache<T>, ConfigError> {
        check_prefix("`prefix`", &self.prefix)?;
        let Policy { ttl, none_ttl, jitter, .. } = self.policy;
        let mistake = if ttl.is_zero() {
            "`ttl` must be greater than zero"
        } else if none_ttl.is_some_and(|ttl| ttl.is_zero()) {
            "`none_ttl` must be greater than zero"
        } else if !(0.0..=1.0).contains(&jitter) {
            "`jitter` must be between 0.0 and 1.0"
        } else if self.needs_version && !self.has_version {
            "a positional codec needs `version(N)`, to be raised with every change of the type"
        } else {
            let prefix = self.caches.inner().prefix(&self.prefix);
            let Self { caches, policy, codec, value, .. } = self;
            return Ok(TwoTierCache { caches, prefix, policy, codec, value });
        };
        Err(ConfigError::new(format!("cache `{}`: {mistake}", self.prefix)))
    }
}

impl<T> fmt::Debug for TwoTierCacheBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwoTierCacheBuilder")
            .field("prefix", &self.prefix)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
