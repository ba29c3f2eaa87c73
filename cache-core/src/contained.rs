//! Panics of the user's own code where nobody but the cache runs it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What code of the user's comes to; `None` if it panics. What it has broken is its own, and its panic
/// must not be that of whoever happens to call the cache.
pub(crate) fn contained<R>(of_the_user: impl FnOnce() -> R) -> Option<R> {
    // The payload may panic in its `Drop`; it is leaked, which is less than a panic costs.
    catch_unwind(AssertUnwindSafe(of_the_user)).map_err(std::mem::forget).ok()
}

/// Drops values, each by itself: one that panics keeps no other from going.
pub(crate) fn let_go<T>(values: impl IntoIterator<Item = T>) {
    for value in values {
        let _panicked = contained(|| drop(value));
    }
}
