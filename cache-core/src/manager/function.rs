//! What the attribute knows of its function at compile time.

use std::any::TypeId;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::instance::is_ambiguous;
use super::prefix::Claim;
use super::{Inner, Instance, Prefix};
use crate::codec::Codec;
use crate::key::is_valid_prefix;
use crate::policy::Policy;

/// One annotated function: a static that its expansion makes, checked when it is compiled.
///
/// A sibling may have one of its own, which is the same function: written at the same place.
#[derive(Debug)]
pub struct Function {
    path: &'static str,
    prefix: &'static str,
    written: &'static Location<'static>,
    policy: Policy,
    has_version: bool,
    refreshable: bool,
    shares: Option<&'static str>,
    bound: [OnceLock<Bound>; BOUND],
}

/// How many managers, or instances of a generic function, need no search. Most programs have one.
const BOUND: usize = 4;

/// A manager that was among the first to use the function, and what it used it as: its calls need no
/// search.
#[derive(Debug)]
struct Bound {
    caches: u64,
    prefix: Arc<Prefix>,
    value: TypeId,
    name: &'static str,
}

/// Whether two names are equal; mostly they are one.
#[inline]
fn is_same(name: &str, other: &str) -> bool {
    std::ptr::eq(name, other) || name == other
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
        Self {
            path,
            prefix,
            written: Location::caller(),
            policy: Policy::new(ttl),
            has_version: false,
            refreshable: false,
            shares: None,
            bound: [const { OnceLock::new() }; BOUND],
        }
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

    /// How long a value is kept in this process in front of the server; zero to keep none.
    #[must_use]
    pub const fn near(mut self, near: Duration) -> Self {
        self.policy.near = Some(near);
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

    /// Lets a call load again, whatever is cached.
    #[must_use]
    pub const fn refreshable(mut self) -> Self {
        self.refreshable = true;
        self
    }

    /// Uses the prefix of the function with this name, which caches the same.
    #[must_use]
    pub const fn shares(mut self, owner: &'static str) -> Self {
        self.shares = Some(owner);
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

    pub(crate) const fn is_refreshable(&self) -> bool {
        self.refreshable
    }

    /// Whether it is the same function, not the same instance of it.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.written == other.written && self.path == other.path && self.prefix == other.prefix
    }

    /// Whether the two say that they cache the same.
    pub(super) fn shares_with(&self, other: &Self) -> bool {
        let names = |a: &Self, b: &Self| a.shares.is_some_and(|owner| b.name() == owner);
        names(self, other)
            || names(other, self)
            || (self.shares.is_some() && self.shares == other.shares)
    }

    fn name(&self) -> &'static str {
        self.path.rsplit("::").next().unwrap_or(self.path)
    }

    /// The prefix, if it is known to be this function's with these types.
    #[inline]
    pub(crate) fn bound(
        &'static self,
        caches: &Inner,
        value: TypeId,
        instance: Instance<'_>,
    ) -> Option<&'static Arc<Prefix>> {
        let fits = |bound: &&Bound| {
            bound.caches == caches.id && bound.value == value && is_same(bound.name, instance.name)
        };
        // The first is the only one of most programs.
        let [first, others @ ..] = &self.bound;
        let first = first.get().filter(fits);
        let bound = first.or_else(|| others.iter().map_while(OnceLock::get).find(fits))?;
        Some(&bound.prefix)
    }

    /// The prefix, if it is this function's with these types, which is found out by looking.
    /// A value that is not `ownable` has none.
    #[cold]
    pub(crate) fn search(
        &'static self,
        caches: &Inner,
        value: TypeId,
        instance: Instance<'_>,
        ownable: bool,
    ) -> Option<Arc<Prefix>> {
        let prefix = caches.prefix(self.prefix);
        if instance.is_in_transaction() {
            prefix.transaction(self);
            return None;
        }
        let name = instance.essence();
        if !ownable || is_ambiguous(&name) {
            prefix.conflict(self, self);
            return None;
        }
        let claim = Claim { function: self, value, name, by_sibling: false };
        if !prefix.claim(&claim) {
            return None;
        }
        let mut bound =
            Bound { caches: caches.id, prefix: Arc::clone(&prefix), value, name: instance.name };
        for place in &self.bound {
            match place.set(bound) {
                Ok(()) => break,
                // Taken. Behind the last of them, calls search each time.
                Err(mine) => bound = mine,
            }
        }
        Some(prefix)
    }

    /// The prefix, if a sibling of the function may use it for values of this type. `name` is that of
    /// the sibling's own instance.
    pub(crate) fn sibling_prefix(
        &'static self,
        caches: &Inner,
        value: TypeId,
        name: &'static str,
    ) -> Option<Arc<Prefix>> {
        let prefix = caches.prefix(self.prefix);
        let name = name.to_owned();
        let claim = Claim { function: self, value, name, by_sibling: true };
        prefix.claim(&claim).then_some(prefix)
    }
}
