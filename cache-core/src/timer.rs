//! Time limits that do not insist on a tokio runtime.

use std::time::Duration;

use tokio::runtime::Handle;

/// Awaits `future` for at most `limit`; `None` if the time is over.
///
/// Outside of a tokio runtime there are no timers; there the wait has no limit, which is better
/// than the panic that asking for one would be.
pub(crate) async fn limited<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    if Handle::try_current().is_err() {
        return Some(future.await);
    }
    tokio::time::timeout(limit, future).await.ok()
}

/// Sleeps, if there is a runtime to sleep in; `false` if there is none.
pub(crate) async fn sleep(time: Duration) -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    tokio::time::sleep(time).await;
    true
}
