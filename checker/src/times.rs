//! The times of the cache in these histories: short, so that much happens.

use std::time::Duration;

/// How many rows there are.
pub(crate) const ROWS: u32 = 4;

pub(crate) const TTL: Duration = Duration::from_secs(20);
pub(crate) const LEASE_TTL: Duration = Duration::from_millis(150);
pub(crate) const LEASE_WAIT: Duration = Duration::from_millis(250);
pub(crate) const REDIS_BUDGET: Duration = Duration::from_millis(50);
pub(crate) const OUTAGE_TTL: Duration = Duration::from_millis(1_200);
pub(crate) const FENCE_TTL: Duration = Duration::from_millis(1_500);

/// How long a process keeps a value near, and for how long it does so without a proof.
pub(crate) const NEAR: Duration = Duration::from_secs(10);
pub(crate) const NEAR_MAX_LAG: Duration = Duration::from_millis(300);

/// The longest load. What is loaded in an outage lives for `OUTAGE_TTL` from its end.
pub(crate) const LONGEST_LOAD: Duration = Duration::from_millis(800);

/// What a loaded machine may add to a load, and to the end of a time on a coarse clock.
pub(crate) const SLACK: Duration = Duration::from_millis(150);

/// How long what nobody waits for may be under way, before it is applied or queued.
pub(crate) const UNDER_WAY: Duration = Duration::from_millis(250);

/// The longest that a process stands still.
pub(crate) const LONGEST_STOP: Duration = Duration::from_millis(900);
