//! Loads whose body calls their own key.

use std::sync::Arc;

use crate::backend::Key;

tokio::task_local! {
    static LOADING: Arc<Loading>;
}

/// The keys this task is loading, innermost first.
struct Loading {
    caches: u64,
    key: Key,
    outer: Option<Arc<Self>>,
}

/// Runs a load so that [`is_loading`] is true inside it, in the same task. `caches` is the id of
/// the manager.
pub(crate) async fn loading<F: Future>(caches: u64, key: Key, load: F) -> F::Output {
    let outer = LOADING.try_with(Arc::clone).ok();
    LOADING.scope(Arc::new(Loading { caches, key, outer }), load).await
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
