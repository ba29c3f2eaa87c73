//! Panics of the user's own code where nobody but the cache runs it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::codec::{Erased, ValueCodec};

/// What code of the user's comes to; `None` if it panics. What it has broken is its own, and its panic
/// must not be that of whoever happens to call the cache.
pub(crate) fn contained<R>(of_the_user: impl FnOnce() -> R) -> Option<R> {
    // The payload may panic in its `Drop`; it is leaked, which is less than a panic costs.
    catch_unwind(AssertUnwindSafe(of_the_user)).map_err(std::mem::forget).ok()
}

/// A value that the cache keeps. When it goes, wherever that is, a panic of its `Drop` is contained.
#[derive(Debug, Clone)]
pub(crate) struct Kept(
    /// There until it is taken.
    Option<Erased>,
);

impl Kept {
    pub(crate) fn new(value: Erased) -> Self {
        Self(Some(value))
    }

    /// The value, for somebody else to keep.
    #[inline]
    pub(crate) fn take(mut self) -> Erased {
        self.0.take().unwrap_or_else(|| Arc::new(()))
    }

    /// Whether it is of the type of a codec's values.
    pub(crate) fn is_of(&self, codec: ValueCodec<'_>) -> bool {
        self.get().is_some_and(|value| codec.is_of(value))
    }

    pub(crate) fn get(&self) -> Option<&Erased> {
        self.0.as_ref()
    }
}

impl Drop for Kept {
    #[inline]
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            contained(|| drop(value));
        }
    }
}
