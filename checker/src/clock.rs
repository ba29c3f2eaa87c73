//! The clock of the machine, which all its processes share.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A moment, in nanoseconds since the machine started.
pub(crate) type Moment = u64;

/// Now.
pub(crate) fn now() -> Moment {
    let time = clock_gettime(ClockId::Monotonic);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
    u64::try_from(time.tv_sec).unwrap_or_default() * 1_000_000_000 + nanos
}

/// The moment so much later.
pub(crate) fn after(moment: Moment, time: Duration) -> Moment {
    moment.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// The moment so much earlier.
pub(crate) fn before(moment: Moment, time: Duration) -> Moment {
    moment.saturating_sub(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
