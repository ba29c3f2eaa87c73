//! Time limits that do not insist on tokio's timers.
//!
//! Outside of a tokio runtime, or in one without a time driver, there are none; asking for one would
//! panic. There, waits have no limit.

use std::cell::Cell;
use std::panic::catch_unwind;
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

/// Awaits `future` for at most `limit`; `None` if the time is over.
pub async fn limited<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    if has_timers() { tokio::time::timeout(limit, future).await.ok() } else { Some(future.await) }
}

/// Awaits `future` until `limit` after `began`; `None` if the time is over.
pub async fn limited_since<F: Future>(
    began: Instant,
    limit: Duration,
    future: F,
) -> Option<F::Output> {
    match began.checked_add(limit).filter(|_| has_timers()) {
        Some(end) => tokio::time::timeout_at(end, future).await.ok(),
        None => Some(future.await),
    }
}

/// Sleeps; `false` if there are no timers to sleep by.
pub async fn sleep(time: Duration) -> bool {
    let timers = has_timers();
    if timers {
        tokio::time::sleep(time).await;
    }
    timers
}

fn has_timers() -> bool {
    thread_local! {
        /// The runtime this thread last asked, and its answer.
        static ASKED: Cell<Option<(Id, bool)>> = const { Cell::new(None) };
    }
    let Ok(runtime) = Handle::try_current() else {
        return false;
    };
    match ASKED.get() {
        Some((asked, timers)) if asked == runtime.id() => timers,
        _ => {
            let timers = ask();
            ASKED.set(Some((runtime.id(), timers)));
            timers
        }
    }
}

/// Asks the runtime for a timer. It answers with a panic if it has none; there is no other way.
fn ask() -> bool {
    let timers = catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).is_ok();
    if !timers {
        tracing::warn!(
            target: "two_tier_cache",
            "the tokio runtime has no time driver, so waits for other calls have no limit; build \
             it with `enable_time`"
        );
    }
    timers
}
