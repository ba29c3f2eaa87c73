//! Configuring a manager.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use super::{CacheManager, Inner, Limits};
use crate::backend::{Backend, ConfigError, Form};
use crate::clock::Clock;
use crate::key::check_prefix;
use crate::near::Near;
use crate::outage::Outages;
use crate::store::{Bounds, Store};

/// Names the server of the environment's choice.
const REDIS_URL: &str = "REDIS_URL";

/// Leases are renewed at half their time, and a time that is no limit is none.
pub(crate) const SHORTEST_TIME: Duration = Duration::from_millis(10);
pub(crate) const LONGEST_TIME: Duration = Duration::from_secs(3_600);

/// A shorter one would be over before the server has answered.
const SHORTEST_LAG: Duration = Duration::from_millis(100);

/// The largest value by default.
const MAX_VALUE_BYTES: usize = 8 * 1024 * 1024;

/// Configures a [`CacheManager`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct CacheManagerBuilder {
    backend: Option<Arc<dyn Backend>>,
    namespace: Option<String>,
    bounds: Bounds,
    lease_ttl: Duration,
    lease_wait: Duration,
    redis_budget: Duration,
    outage_ttl: Duration,
    fence_ttl: Duration,
    near: Duration,
    near_max_lag: Duration,
    disabled: bool,
    clock: Clock,
}

impl Default for CacheManagerBuilder {
    fn default() -> Self {
        Self {
            backend: None,
            namespace: None,
            bounds: Bounds {
                capacity: 10_000,
                max_bytes: 64 * 1024 * 1024,
                max_value_bytes: MAX_VALUE_BYTES,
            },
            lease_ttl: Duration::from_secs(2),
            lease_wait: Duration::from_secs(5),
            redis_budget: Duration::from_millis(100),
            outage_ttl: Duration::from_secs(30),
            fence_ttl: Duration::from_secs(30),
            near: Duration::ZERO,
            near_max_lag: Duration::from_secs(1),
            disabled: false,
            clock: Clock::default(),
        }
    }
}

impl CacheManagerBuilder {
    /// Where entries go. Default: the store of this process.
    pub fn backend(mut self, backend: impl Backend) -> Self {
        self.backend = Some(Arc::new(backend));
        self
    }

    /// Where entries go, as the environment asks for it: to the server that `REDIS_URL` names; if it
    /// is not set, to the store of this process.
    ///
    /// # Errors
    ///
    /// As [`CacheManager::from_env`].
    pub fn backend_from_env(self) -> Result<Self, ConfigError> {
        match env::var(REDIS_URL) {
            Ok(url) if !url.is_empty() => on_redis(self, &url),
            Err(env::VarError::NotUnicode(_)) => {
                Err(ConfigError::new(format!("{REDIS_URL} is not valid UTF-8")))
            }
            Ok(_) | Err(env::VarError::NotPresent) => Ok(self),
        }
    }

    /// Leads every key, so that several applications can share a server: 1 to 64 of
    /// `a-z 0-9 _ . -`. Default: none.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The most entries that the store of this process holds. Default: 10,000.
    pub fn capacity(mut self, entries: usize) -> Self {
        self.bounds.capacity = entries;
        self
    }

    /// The most bytes that the store of this process holds, counting what the values would take
    /// encoded. Default: 64 MiB.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.bounds.max_bytes = bytes;
        self
    }

    /// The largest value that is cached, in bytes. Default: 8 MiB, at most `max_bytes`.
    pub fn max_value_bytes(mut self, bytes: usize) -> Self {
        self.bounds.max_value_bytes = bytes;
        self
    }

    /// How long the right to fill outlives a process that died with it, from 10 ms to 1 h; it is
    /// renewed while the load lives. Default: 2 s.
    pub fn lease_ttl(mut self, time: Duration) -> Self {
        self.lease_ttl = time;
        self
    }

    /// The longest wait for the load of another call or process, from 10 ms to 1 h. Default: 5 s.
    pub fn lease_wait(mut self, time: Duration) -> Self {
        self.lease_wait = time;
        self
    }

    /// The longest that all commands of one call may take together, from 10 ms to 1 h; then the
    /// call goes on without the backend. An invalidation that takes longer is queued. Waiting for
    /// another's load is not part of it. Default: 100 ms.
    pub fn redis_budget(mut self, time: Duration) -> Self {
        self.redis_budget = time;
        self
    }

    /// The longest that a value lives which was loaded while the backend was down, and is kept in
    /// this process for that time only; from 10 ms to 1 h. Default: 30 s.
    pub fn outage_ttl(mut self, time: Duration) -> Self {
        self.outage_ttl = time;
        self
    }

    /// The longest that a write by a function with `#[invalidates]` takes, from 10 ms to 1 h: for so
    /// long, what it invalidates is not cached while it runs, and after its process was killed.
    /// Default: 30 s.
    ///
    /// A write that takes longer invalidates all the same; but if its process is killed then, what
    /// others have cached meanwhile stays for its time to live.
    pub fn fence_ttl(mut self, time: Duration) -> Self {
        self.fence_ttl = time;
        self
    }

    /// How long this process keeps a value near, in front of the server, where a function or handle does
    /// not say; at most 1 h. Zero, the default, keeps none.
    ///
    /// A value that is near costs no round trip and no decoding. The server tells of its changes, so it
    /// is gone within a network delay of an invalidation anywhere, and at once after one by this manager.
    /// If the server or the connection hangs, it is served for at most
    /// [`near_max_lag`](Self::near_max_lag). It is kept for no longer than the server keeps it, and what
    /// is near is bounded by `capacity` and `max_bytes`.
    ///
    /// It needs Redis 6 or Valkey, over RESP3. Without a backend there is nothing to be in front of, and
    /// this is without effect.
    pub fn near(mut self, time: Duration) -> Self {
        self.near = time;
        self
    }

    /// The longest that a value is served from near without a proof that the server would have told of
    /// its change, from 100 ms to 1 h: the bound of how stale it can be, but for the delay of one
    /// network packet. Time in which the whole machine sleeps is not counted. The server is asked four
    /// times in that time, and at least every 250 ms. Default: 1 s.
    pub fn near_max_lag(mut self, time: Duration) -> Self {
        self.near_max_lag = time;
        self
    }

    /// Makes the manager a pass-through from the start; see [`CacheManager::disabled`].
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    /// Takes the time of the in-process store from a clock that only moves when told to.
    #[cfg(feature = "testing")]
    pub fn clock(mut self, clock: &crate::testing::ManualClock) -> Self {
        self.clock = clock.clock();
        self
    }

    /// Builds the manager. Connects to nothing.
    ///
    /// # Errors
    ///
    /// For an illegal namespace, a limit outside of its range, or a value limit over the limit of
    /// the whole store.
    pub fn build(mut self) -> Result<CacheManager, ConfigError> {
        let lead = match &self.namespace {
            None => String::new(),
            Some(namespace) => {
                check_prefix("the namespace", namespace)?;
                format!("{namespace}:")
            }
        };
        if self.bounds.max_value_bytes == MAX_VALUE_BYTES && self.bounds.max_bytes > 0 {
            // Nobody asked for a value limit over that of a small store.
            self.bounds.max_value_bytes = MAX_VALUE_BYTES.min(self.bounds.max_bytes);
        }
        self.check_limits()?;
        Ok(self.assemble(lead))
    }

    fn assemble(self, lead: String) -> CacheManager {
        let Self { lease_ttl, lease_wait, redis_budget, outage_ttl, fence_ttl, near, .. } = self;
        let (bounds, clock) = (self.bounds, self.clock);
        let mut max_value_bytes = bounds.max_value_bytes;
        let (backend, embedded, tier): (Arc<dyn Backend>, _, _) = match self.backend {
            Some(backend) => {
                backend.attach(redis_budget);
                let tier = Near::new(bounds, self.near_max_lag, clock.clone());
                (backend, None, Some(Arc::new(tier)))
            }
            None => {
                let store = Arc::new(Store::new(Form::Typed, bounds, clock.clone()));
                max_value_bytes = max_value_bytes.min(store.largest_value());
                (Arc::clone(&store) as _, Some(store), None)
            }
        };
        let limits = Limits {
            lease_ttl,
            lease_wait,
            redis_budget,
            outage_ttl,
            fence_ttl,
            near,
            max_value_bytes,
        };
        let outages = Outages::new(bounds, clock);
        let inner = Inner::new(lead, backend, embedded, tier, outages, limits, self.disabled);
        CacheManager { inner: Arc::new(inner) }
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let Bounds { capacity, max_bytes, max_value_bytes } = self.bounds;
        for (name, is_zero) in [
            ("capacity", capacity == 0),
            ("max_bytes", max_bytes == 0),
            ("max_value_bytes", max_value_bytes == 0),
        ] {
            if is_zero {
                return Err(ConfigError::new(format!("`{name}` must be greater than zero")));
            }
        }
        for (name, time) in [
            ("lease_ttl", self.lease_ttl),
            ("lease_wait", self.lease_wait),
            ("redis_budget", self.redis_budget),
            ("outage_ttl", self.outage_ttl),
            ("fence_ttl", self.fence_ttl),
        ] {
            if !(SHORTEST_TIME..=LONGEST_TIME).contains(&time) {
                return Err(ConfigError::new(format!(
                    "`{name}` must be between {SHORTEST_TIME:?} and {LONGEST_TIME:?}; found {time:?}"
                )));
            }
        }
        if self.near > LONGEST_TIME {
            let near = self.near;
            let text = format!("`near` must be at most {LONGEST_TIME:?}; found {near:?}");
            return Err(ConfigError::new(text));
        }
        if !(SHORTEST_LAG..=LONGEST_TIME).contains(&self.near_max_lag) {
            return Err(ConfigError::new(format!(
                "`near_max_lag` must be between {SHORTEST_LAG:?} and {LONGEST_TIME:?}; found {:?}",
                self.near_max_lag
            )));
        }
        if self.backend.is_none() && max_value_bytes > max_bytes {
            return Err(ConfigError::new(format!(
                "`max_value_bytes` is {max_value_bytes}, but the store holds `max_bytes` = \
                 {max_bytes} in all; raise `max_bytes` or lower `max_value_bytes`"
            )));
        }
        Ok(())
    }
}

impl CacheManager {
    /// The manager of a program that configures none.
    pub(super) fn embedded() -> Self {
        CacheManagerBuilder::default().assemble(String::new())
    }

    /// A manager as the environment asks for it: on the server that `REDIS_URL` names, embedded if
    /// it is not set. Connects to nothing.
    ///
    /// With other settings: [`CacheManagerBuilder::backend_from_env`].
    ///
    /// # Errors
    ///
    /// If `REDIS_URL` is not the URL of a server, or if this build has no Redis backend (feature
    /// `redis`): running with a private cache where a shared one was asked for would serve stale
    /// data.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder().backend_from_env()?.build()
    }
}

#[cfg(feature = "redis")]
fn on_redis(builder: CacheManagerBuilder, url: &str) -> Result<CacheManagerBuilder, ConfigError> {
    let backend = two_tier_cache_redis::RedisBackend::lazy(url)
        .map_err(|error| ConfigError::new(format!("{REDIS_URL}: {error}")))?;
    Ok(builder.backend(backend))
}

#[cfg(not(feature = "redis"))]
fn on_redis(_: CacheManagerBuilder, _: &str) -> Result<CacheManagerBuilder, ConfigError> {
    Err(ConfigError::new(format!(
        "{REDIS_URL} is set, but this build has no Redis backend; enable the feature `redis` of \
         `two-tier-cache`, or unset {REDIS_URL} to cache in this process"
    )))
}
