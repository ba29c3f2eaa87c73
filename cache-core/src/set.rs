//! Storing a value that nobody loaded: under a lease that is forced at once, so that an invalidation
//! which comes between wins.

use std::time::Duration;

use crate::access::{Access, Right};
use crate::backend::{Invalidate, Over, timer};
use crate::codec::Erased;
use crate::contained::Kept;

/// Stores a value, and says whether it is stored.
///
/// # Cancel safety
///
/// The value may or may not be stored; the older one is gone either way.
pub(crate) async fn set(access: &Access<'_>, value: Erased) -> bool {
    // A copy of the cache's own.
    let value = Kept::new(value);
    let older = Older { access, armed: true };
    let mut right = access.acquire(Over::Everything).await;
    let granted = matches!(&right, Right::Fill(lease) if !lease.is_local());
    if access.has_failed() && !granted {
        // The backend may still hold the older value.
        let gone = older.invalidate();
        let _in_time = timer::limited(access.budget_left(), gone).await;
        drop(right);
        // Only the store of an outage is worth another attempt.
        right = match access.fall_back() {
            Some(_) => access.acquire(Over::Everything).await,
            None => Right::None,
        };
    } else {
        older.disarm();
    }
    let Right::Fill(lease) = right else {
        return false;
    };
    match value.get().and_then(|value| lease.prepare(value, Duration::ZERO)) {
        Some(fill) => lease.fill(fill).await,
        None => false,
    }
}

/// The value that a `set` replaces. Unless it is known to be gone, dropping this invalidates it.
struct Older<'a> {
    access: &'a Access<'a>,
    armed: bool,
}

impl Older<'_> {
    fn disarm(mut self) {
        self.armed = false;
    }

    fn invalidate(mut self) -> Invalidate {
        self.armed = false;
        self.access.invalidate()
    }
}

impl Drop for Older<'_> {
    fn drop(&mut self) {
        if self.armed {
            drop(self.access.invalidate());
        }
    }
}
