//! The clock of the in-process store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::backend::coarse;

/// Milliseconds since an arbitrary start. Never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    #[inline]
    pub(crate) fn millis(self) -> u64 {
        self.0
    }

    /// This moment plus `duration`, rounded up to a millisecond.
    pub(crate) fn after(self, duration: Duration) -> Self {
        let millis = duration.as_nanos().div_ceil(1_000_000);
        Self(self.0.saturating_add(u64::try_from(millis).unwrap_or(u64::MAX)))
    }
}

/// Where the in-process store takes the time from.
#[derive(Debug, Clone, Default)]
pub(crate) enum Clock {
    /// The kernel's coarse monotonic clock: a hit reads it, and it costs a fraction of a precise
    /// one. Exact to about 4 ms.
    #[default]
    System,
    /// A clock that only moves when told to.
    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "made by `testing`"))]
    Manual(Arc<AtomicU64>),
}

impl Clock {
    #[inline]
    pub(crate) fn now(&self) -> Moment {
        match self {
            Self::System => Moment(coarse::millis()),
            Self::Manual(millis) => Moment(millis.load(Ordering::SeqCst)),
        }
    }
}
