//! Loads whose body calls their own key.

use std::sync::Arc;

use crate::backend::Key;

tokio::task_local! {
    static LOADING: Arc<Loading>;
}

/// The keys this task is loading, innermost first.
#[derive(Debug)]
pub(crate) struct Loading {
    caches: u64,
    key: Key,
    outer: Option<Arc<Self>>,
}

impl Loading {
    /// A load of this task, inside of those that go on already. `caches` is the id of the manager.
    pub(crate) fn new(caches: u64, key: Key) -> Arc<Self> {
        let outer = LOADING.try_with(Arc::clone).ok();
        Arc::new(Self { caches, key, outer })
    }

    /// Polls the load, so that [`is_loading`] is true inside of it.
    pub(crate) fn within<P>(self: &Arc<Self>, poll: impl FnOnce() -> P) -> P {
        LOADING.sync_scope(Arc::clone(self), poll)
    }
}

/// Carries what this task is loading into another task that goes on with it.
pub(crate) fn inherited<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let outer = LOADING.try_with(Arc::clone).ok();
    async move {
        match outer {
            Some(outer) => LOADING.scope(outer, future).await,
            None => future.await,
        }
    }
}

/// Whether this task is inside a load of `key` through the same manager.
pub(crate) fn is_loading(caches: u64, key: &Key) -> bool {
    let innermost = LOADING.try_with(Arc::clone).ok();
    let mut next = innermost.as_deref();
    while let Some(loading) = next {
        if loading.caches == caches && loading.key == *key {
            return true;
        }
        next = loading.outer.as_deref();
    }
    false
}
