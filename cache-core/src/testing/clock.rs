use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;

/// A clock for the in-process store that stands still until it is advanced.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use two_tier_cache_core::{CacheManager, testing::ManualClock};
///
/// let clock = ManualClock::new();
/// let caches = CacheManager::builder().clock(&clock).build()?;
/// clock.advance(Duration::from_secs(600));
/// # Ok::<(), two_tier_cache_core::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualClock {
    millis: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock at its start.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock on, in whole milliseconds.
    pub fn advance(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        Clock::Manual(Arc::clone(&self.millis))
    }
}
