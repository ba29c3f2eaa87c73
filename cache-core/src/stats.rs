//! Counters, by prefix.

mod hits;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use self::hits::Hits;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The live counters of one prefix.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            pub(crate) hits: Hits,
            pub(crate) near_hits: Hits,
            $(pub(crate) $name: Counter,)*
            pub(crate) load_nanos: Counter,
        }

        /// What the calls of one prefix came to.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct FunctionStats {
            /// The prefix.
            pub prefix: String,
            /// The full path of the function the prefix belongs to; `None` while only handles
            /// have used it. See [`name`](Self::name).
            pub function: Option<&'static str>,
            /// The time all loads took together.
            pub load_time: Duration,
            /// Calls answered from the cache. Every call is one hit or one miss, except where the
            /// manager is disabled or the prefix belongs to another function.
            pub hits: u64,
            /// The hits among them that the near tier answered, without asking the server.
            pub near_hits: u64,
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            pub(crate) fn snapshot(
                &self,
                prefix: &str,
                function: Option<&'static str>,
            ) -> FunctionStats {
                FunctionStats {
                    prefix: prefix.to_owned(),
                    function,
                    load_time: Duration::from_nanos(self.load_nanos.get()),
                    hits: self.hits.get(),
                    near_hits: self.near_hits.get(),
                    $($name: self.$name.get(),)*
                }
            }
        }
    };
}

counters! {
    /// Calls that found nothing in the cache when they began. Each went on to run the body (a
    /// load) or to take the value of a call that did (shared).
    misses,
    /// Misses that took the value another call had loaded.
    shared,
    /// Times the function's own body ran to its end.
    loads,
    /// Loads that returned an error.
    load_errors,
    /// Values stored.
    fills,
    /// Values not stored because an invalidation, or a lost lease, came between.
    fills_rejected,
    /// Values not stored because of what they are: too large, too deep, or not equal when decoded.
    fills_refused,
    /// Entries that could not be read: corrupt, of another version or of another type.
    unreadable,
    /// Times the backend did not do what it was asked.
    backend_errors,
    /// Keys and patterns invalidated.
    invalidations,
    /// Keys that a write could not fence, because the backend did not do it in time: the write went
    /// without, or refused.
    unfenced,
    /// Calls that ran uncached because the prefix belongs to another function or type.
    conflicts,
}

impl FunctionStats {
    /// The part of calls answered from the cache, from 0 to 1; `None` before the first call.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        let calls = self.hits + self.misses;
        #[allow(clippy::cast_precision_loss, reason = "a rate needs no 64 bits")]
        (calls > 0).then(|| self.hits as f64 / calls as f64)
    }

    /// The function's own name, or the prefix while only handles have used it.
    #[must_use]
    pub fn name(&self) -> &str {
        let last = |path: &'static str| path.rsplit("::").next().unwrap_or(path);
        self.function.map_or(self.prefix.as_str(), last)
    }

    /// The time the hits would have taken as loads, at the average of the loads seen: summed over
    /// callers that wait side by side, so it may exceed the time that has passed.
    #[must_use]
    pub fn time_saved(&self) -> Duration {
        let average = self.load_time.as_nanos() / u128::from(self.loads.max(1));
        let saved = average.saturating_mul(self.hits.into());
        Duration::from_nanos(u64::try_from(saved).unwrap_or(u64::MAX))
    }
}

/// The counters of a manager at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// One entry per prefix that was used, in the order of the prefixes.
    pub functions: Vec<FunctionStats>,
}

impl Stats {
    pub(crate) fn new(mut functions: Vec<FunctionStats>) -> Self {
        functions.sort_by(|a, b| a.prefix.cmp(&b.prefix));
        Self { functions }
    }

    /// The counters of one prefix.
    #[must_use]
    pub fn prefix(&self, prefix: &str) -> Option<&FunctionStats> {
        self.functions.iter().find(|function| function.prefix == prefix)
    }

    /// The part of all calls answered from the cache, from 0 to 1; `None` before the first call.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        let hits: u64 = self.functions.iter().map(|function| function.hits).sum();
        let misses: u64 = self.functions.iter().map(|function| function.misses).sum();
        #[allow(clippy::cast_precision_loss, reason = "a rate needs no 64 bits")]
        (hits + misses > 0).then(|| hits as f64 / (hits + misses) as f64)
    }

    /// The time all hits would have taken as loads.
    #[must_use]
    pub fn time_saved(&self) -> Duration {
        self.functions.iter().map(FunctionStats::time_saved).sum()
    }
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn up(&self) {
        self.add(1);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
