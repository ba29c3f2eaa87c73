//! Which manager a call uses when it names none: the one in scope, else the installed one, else an
//! embedded one made for the purpose.

use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::CacheManager;
use crate::backend::ConfigError;

static PROCESS: OnceLock<Process> = OnceLock::new();

/// Whether any scope was ever entered. Reading it is far cheaper than asking the task.
static SCOPED: AtomicBool = AtomicBool::new(false);

tokio::task_local! {
    static SCOPE: CacheManager;
}

/// The manager of the process.
struct Process {
    caches: CacheManager,
    installed: bool,
}

impl CacheManager {
    /// Makes this the manager of the process, for every call that names none.
    ///
    /// Programs install; libraries take a manager and name it with `manager = ..`.
    ///
    /// # Errors
    ///
    /// If a manager is installed already, or a call that came before this made an embedded one:
    /// what that cached would be left behind, out of reach of every invalidation.
    pub fn install(&self) -> Result<(), ConfigError> {
        let mine = Process { caches: self.clone(), installed: true };
        let Err(_) = PROCESS.set(mine) else {
            return Ok(());
        };
        let installed = PROCESS.get().is_some_and(|process| process.installed);
        Err(ConfigError::new(if installed {
            "a cache manager is installed already; install one, once, when the program starts"
        } else {
            "a cached function ran before a manager was installed, and an embedded one was made \
             for it; install yours first thing in `main`"
        }))
    }

    /// Runs a future in which this manager is the one that calls use. Meant for tests; it does not
    /// reach into tasks spawned inside.
    ///
    /// # Cancel safety
    ///
    /// That of the future itself.
    pub async fn scope<F: Future>(&self, future: F) -> F::Output {
        SCOPED.store(true, Ordering::Relaxed);
        SCOPE.scope(self.clone(), future).await
    }
}

/// Carries the scope of this task, if it has one, into another task.
pub(crate) fn in_this_scope<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let scope = SCOPE.try_with(Clone::clone).ok();
    async move {
        match scope {
            Some(caches) => SCOPE.scope(caches, future).await,
            None => future.await,
        }
    }
}

/// The manager of a call that names none.
#[derive(Debug)]
pub enum Current {
    /// Set for the process.
    Process(&'static CacheManager),
    /// Set for a scope.
    Scoped(CacheManager),
}

impl Deref for Current {
    type Target = CacheManager;

    fn deref(&self) -> &CacheManager {
        match self {
            Self::Process(caches) => caches,
            Self::Scoped(caches) => caches,
        }
    }
}

/// The manager of a call that names none.
#[inline]
#[must_use]
pub fn current() -> Current {
    if SCOPED.load(Ordering::Relaxed)
        && let Ok(caches) = SCOPE.try_with(Clone::clone)
    {
        return Current::Scoped(caches);
    }
    match PROCESS.get() {
        Some(process) => Current::Process(&process.caches),
        None => Current::Process(implicit()),
    }
}

#[cold]
fn implicit() -> &'static CacheManager {
    let mut made = false;
    let process = PROCESS.get_or_init(|| {
        made = true;
        Process { caches: CacheManager::embedded(), installed: false }
    });
    // Only now: a subscriber may itself call a cached function.
    if made {
        tracing::warn!(
            target: "two_tier_cache",
            "no cache manager is installed; caching in this process only"
        );
    }
    &process.caches
}
