//! What the attribute knows of its function at compile time.

use std::any::TypeId;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Inner, Prefix};
use crate::codec::Codec;
use crate::key::is_valid_prefix;
use crate::policy::Policy;

/// One annotated function: a static that its expansion makes, checked when it is compiled.
#[derive(Debug)]
pub struct Function {
    path: &'static str,
    prefix: &'static str,
    policy: Policy,
    has_version: bool,
    bound: OnceLock<Bound>,
}

/// The manager that used the function first. A program has one, so its calls need no search.
#[derive(Debug)]
struct Bound {
    caches: u64,
    prefix: Arc<Prefix>,
    instance: Instance,
}

/// What a generic function is called as: two of them must not share entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) value: TypeId,
    /// A name with every type parameter in it, those of an enclosing `impl` included.
    pub(crate) name: &'static str,
}

impl Function {
    /// A function with its path, prefix and time to live.
    ///
    /// # Panics
    ///
    /// At compile time, for an illegal prefix or a zero time to live.
    #[must_use]
    #[track_caller]
    pub const fn new(path: &'static str, prefix: &'static str, ttl: Duration) -> Self {
        assert!(is_valid_prefix(prefix), "`prefix` must be 1 to 64 characters of `a-z 0-9 _ . -`");
        assert!(!ttl.is_zero(), "`ttl` must be greater than zero");
        let policy = Policy::new(ttl);
        Self { path, prefix, policy, has_version: false, bound: OnceLock::new() }
    }

    /// How long a cached `None` lives.
    ///
    /// # Panics
    ///
    /// At compile time, if zero.
    #[must_use]
    #[track_caller]
    pub const fn none_ttl(mut self, ttl: Duration) -> Self {
        assert!(!ttl.is_zero(), "`none_ttl` must be greater than zero");
        self.policy.none_ttl = Some(ttl);
        self
    }

    /// The part of the time to live that is drawn by chance.
    ///
    /// # Panics
    ///
    /// At compile time, outside of 0 to 1.
    #[must_use]
    #[track_caller]
    pub const fn jitter(mut self, jitter: f64) -> Self {
        assert!(jitter >= 0.0 && jitter <= 1.0, "`jitter` must be between 0.0 and 1.0");
        self.policy.jitter = jitter;
        self
    }

    /// How long nothing is filled after an invalidation.
    #[must_use]
    pub const fn settle(mut self, settle: Duration) -> Self {
        self.policy.settle = settle;
        self
    }

    /// The version of the value's encoding.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.policy.version = version;
        self.has_version = true;
        self
    }

    /// Shows keys at `info`.
    #[must_use]
    pub const fn verbose(mut self) -> Self {
        self.policy.verbose = true;
        self
    }

    /// Checks that the codec fits the other settings.
    ///
    /// # Panics
    ///
    /// At compile time, for a positional codec without a version.
    #[must_use]
    #[track_caller]
    pub const fn codec<C: Codec>(self, _codec: &C) -> Self {
        assert!(
            self.has_version || !C::POSITIONAL,
            "a positional codec needs `version = N`, to be raised with every change of the type"
        );
        self
    }

    /// The path of the function, for logs and counters.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Lends the prefix to `then`, if it is this function's with these types. `may_own` is asked
    /// where that is not known yet.
    #[inline]
    pub(crate) fn with_prefix<R>(
        &'static self,
        caches: &Inner,
        instance: Instance,
        may_own: impl FnOnce() -> bool,
        then: impl FnOnce(&Arc<Prefix>) -> R,
    ) -> Option<R> {
        match self.bound.get() {
            Some(bound) if bound.caches == caches.id && bound.instance == instance => {
                Some(then(&bound.prefix))
            }
            _ => self.search(caches, instance, may_own()).as_ref().map(then),
        }
    }

    #[cold]
    fn search(
        &'static self,
        caches: &Inner,
        instance: Instance,
        may_own: bool,
    ) -> Option<Arc<Prefix>> {
        let prefix = caches.prefix(self.prefix);
        if !may_own {
            prefix.conflict(self, self);
            return None;
        }
        if !prefix.claim(self, instance) {
            return None;
        }
        let bound = Bound { caches: caches.id, prefix: Arc::clone(&prefix), instance };
        // Another manager may be bound already; this one's calls then search each time.
        drop(self.bound.set(bound));
        Some(prefix)
    }
}
