//! The manager: one backend, its flights and its counters, shared by everything that caches.

mod builder;
mod current;
mod function;
mod instance;
mod order;
mod prefix;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

pub use self::builder::CacheManagerBuilder;
pub(crate) use self::builder::{LONGEST_TIME, SHORTEST_TIME};
pub(crate) use self::current::in_this_scope;
pub use self::current::{Current, current};
pub use self::function::Function;
pub use self::instance::Instance;
pub(crate) use self::order::Order;
pub(crate) use self::prefix::Prefix;
use self::prefix::Prefixes;
use crate::backend::timer;
use crate::backend::{Backend, Health, HealthState};
use crate::cache::TwoTierCacheBuilder;
use crate::clock::Moment;
use crate::flight::Flights;
use crate::near::Near;
use crate::outage::Outages;
use crate::policy::Policy;
use crate::stats::Stats;
use crate::store::Store;

/// What caches: a backend and everything shared around it. Cheap to clone; clones are one manager.
///
/// Build one when the program starts and [`install`](Self::install) it, or keep it in your own
/// state and name it with `manager = ..`. Without a backend it is *embedded*: the cache is a
/// bounded store in this process.
///
/// # Examples
///
/// ```
/// use two_tier_cache_core::CacheManager;
///
/// let caches = CacheManager::builder().namespace("shop").build()?;
/// # Ok::<(), two_tier_cache_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct CacheManager {
    inner: Arc<Inner>,
}

/// What the clones of a manager share.
pub(crate) struct Inner {
    pub(crate) id: u64,
    /// The namespace with its colon, or nothing.
    lead: String,
    pub(crate) backend: Arc<dyn Backend>,
    /// The backend again, if it is the store of this process.
    pub(crate) embedded: Option<Arc<Store>>,
    /// Values in front of a backend that is shared.
    near: Option<Arc<Near>>,
    pub(crate) outages: Outages,
    pub(crate) flights: Flights,
    pub(crate) limits: Limits,
    prefixes: Prefixes,
    disabled: AtomicBool,
}

/// Times and sizes that hold for every call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) lease_ttl: Duration,
    pub(crate) lease_wait: Duration,
    pub(crate) redis_budget: Duration,
    pub(crate) outage_ttl: Duration,
    pub(crate) fence_ttl: Duration,
    pub(crate) near: Duration,
    pub(crate) max_value_bytes: usize,
}

/// What a shutdown could not bring to the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shutdown {
    /// Invalidations that were still queued. Their keys stay older in the backend for at most the
    /// time to live of their entries.
    pub invalidations_left: usize,
}

impl CacheManager {
    /// Starts to configure a manager.
    pub fn builder() -> CacheManagerBuilder {
        CacheManagerBuilder::default()
    }

    /// A handle for values of one type under one prefix.
    ///
    /// The prefix is checked when the handle is built. Prefixes are meant to be constants: a manager
    /// keeps the counters of each for as long as it lives. A handle on the prefix of a cached function
    /// addresses the same entries, given the same parts; a tuple is several parts.
    pub fn cache<T>(&self, prefix: impl Into<String>) -> TwoTierCacheBuilder<T>
    where
        T: crate::shape::CacheValue,
    {
        TwoTierCacheBuilder::new(self.clone()).prefix(prefix)
    }

    /// Turns the manager, and every clone of it, into a pass-through: each call runs its load and
    /// caches nothing. Invalidations still reach the backend, where other processes read.
    #[allow(clippy::must_use_candidate, reason = "it changes the manager; the handle is a bonus")]
    pub fn disabled(&self) -> Self {
        self.inner.disabled.store(true, Ordering::Relaxed);
        self.clone()
    }

    /// The counters so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::new(self.inner.prefixes.snapshot())
    }

    /// How the backend is.
    #[must_use]
    pub fn health(&self) -> Health {
        let mut health = self.inner.backend.health();
        if self.inner.is_disabled() {
            health.state = HealthState::Disabled;
        }
        health
    }

    /// Connects, if there is a server to connect to, and says how the backend is: at the latest after
    /// `deadline`.
    ///
    /// Nothing depends on it: the first call connects as well, and does without the server if that
    /// takes long. It is for programs that start many processes at once, or that tell at their start
    /// where they cache.
    ///
    /// # Cancel safety
    ///
    /// Connecting goes on.
    pub async fn ready(&self, deadline: Duration) -> Health {
        if timer::sleep(Duration::ZERO).await {
            let _in_time = timer::limited(deadline, self.inner.backend.ready()).await;
        }
        self.health()
    }

    /// Ends caching: from now on every call passes through, and queued invalidations get until
    /// `deadline` to reach the backend.
    ///
    /// # Cancel safety
    ///
    /// The manager stays a pass-through; what is still queued may be lost with the process.
    pub async fn shutdown(&self, deadline: Duration) -> Shutdown {
        self.inner.disabled.store(true, Ordering::Relaxed);
        // Without timers there is no telling when the deadline is over.
        if timer::sleep(Duration::ZERO).await {
            let _in_time = timer::limited(deadline, self.inner.backend.drained()).await;
        }
        let invalidations_left = self.inner.backend.shut_down();
        if invalidations_left > 0 {
            tracing::warn!(target: "two_tier_cache", invalidations_left, "shut down with a queue");
        }
        Shutdown { invalidations_left }
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }
}

impl fmt::Debug for CacheManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { id, lead, backend, .. } = &*self.inner;
        f.debug_struct("CacheManager")
            .field("id", id)
            .field("namespace", &lead.trim_end_matches(':'))
            .field("backend", backend)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn new(
        lead: String,
        backend: Arc<dyn Backend>,
        embedded: Option<Arc<Store>>,
        near: Option<Arc<Near>>,
        outages: Outages,
        limits: Limits,
        disabled: bool,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            backend,
            embedded,
            near,
            outages,
            flights: Flights::default(),
            limits,
            prefixes: Prefixes::new(&lead),
            lead,
            disabled: AtomicBool::new(disabled),
        }
    }

    #[inline]
    pub(crate) fn is_disabled(&self) -> bool {
        self.disabled.load(Ordering::Relaxed)
    }

    /// The near tier, for calls that ask for one, and how long it keeps a value of theirs.
    #[inline]
    pub(crate) fn near(&self, policy: &Policy) -> Option<(&Arc<Near>, Duration)> {
        let keep = policy.near.unwrap_or(self.limits.near);
        let near = self.near.as_ref().filter(|_| !keep.is_zero())?;
        Some((near, keep))
    }

    /// The values of this process that may be served as they are, and the time.
    #[inline]
    pub(crate) fn in_process(&self, policy: &Policy) -> Option<(&Store, Moment)> {
        match &self.embedded {
            Some(store) => Some((store, store.now())),
            None => self.near(policy)?.0.served(),
        }
    }

    /// The state of a prefix, made at its first use.
    pub(crate) fn prefix(&self, name: &str) -> Arc<Prefix> {
        self.prefixes.get(name)
    }
}
