//! What this process caches by itself while its backend is down.
//!
//! There is one store per outage, and a call gets the store of the outage that went on *before* its
//! load began. So nothing loaded in one outage is ever served in another, and a store is left behind
//! whole once the backend answers: nothing has to be compared, and nothing is written back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::backend::{Backend, Form, Glob, Key, mutant};
use crate::clock::Clock;
use crate::store::{Bounds, Store};

/// The stores of one manager's outages.
#[derive(Debug)]
pub(crate) struct Outages {
    bounds: Bounds,
    clock: Clock,
    latest: Mutex<Option<Local>>,
    /// Whether there is a store: asking costs less than looking.
    kept: AtomicBool,
}

/// The store of one outage.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    outage: u64,
    store: Arc<Store>,
}

impl Local {
    /// The store, as what a call turns to instead of the backend.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Whether its outage still goes on.
    pub(crate) fn is_current(&self, backend: &dyn Backend) -> bool {
        backend.outage() == Some(self.outage)
    }
}

impl Outages {
    pub(crate) fn new(bounds: Bounds, clock: Clock) -> Self {
        Self { bounds, clock, latest: Mutex::default(), kept: AtomicBool::new(false) }
    }

    /// The store of the outage that goes on, if one does.
    pub(crate) fn current(&self, backend: &dyn Backend) -> Option<Local> {
        let outage = backend.outage()?;
        let mut latest = self.latest.lock();
        match &*latest {
            Some(local) if local.outage == outage => Some(local.clone()),
            // This call was overtaken by the next outage; it does without.
            Some(local) if local.outage > outage => None,
            _ => {
                let store = Store::new(Form::Typed, self.bounds, self.clock.clone());
                let local = Local { outage, store: Arc::new(store) };
                let before = latest.replace(local.clone());
                self.kept.store(true, Ordering::SeqCst);
                drop(latest);
                // Its values are the user's; they are dropped without a lock held.
                drop(before);
                Some(local)
            }
        }
    }

    /// Lets go of the last store, now that the backend answers.
    #[inline]
    pub(crate) fn ended(&self, backend: &dyn Backend) {
        if self.kept.load(Ordering::Relaxed) {
            self.let_go(backend);
        }
    }

    /// The store of the last outage, after it: what nobody may read.
    pub(crate) fn left_behind(&self) -> Option<Local> {
        if mutant("no-flush-on-reconnect") { self.latest() } else { None }
    }

    #[cold]
    fn let_go(&self, backend: &dyn Backend) {
        if mutant("no-flush-on-reconnect") {
            return;
        }
        let mut latest = self.latest.lock();
        let over = latest.take_if(|local| !local.is_current(backend));
        self.kept.store(latest.is_some(), Ordering::SeqCst);
        drop(latest);
        drop(over);
    }

    pub(crate) fn invalidate(&self, backend: &dyn Backend, key: &Key, settle: Duration) {
        // Loads of an outage are held for `settle` too, also if none has come yet.
        let held = (!settle.is_zero()).then(|| self.current(backend)).flatten();
        if let Some(local) = held.or_else(|| self.latest()) {
            local.store.invalidate(key, settle);
        }
    }

    pub(crate) fn invalidate_glob(&self, glob: &Glob, settle: Duration) {
        if let Some(local) = self.latest() {
            local.store.invalidate_glob(glob, settle, |_, _| false);
        }
    }

    fn latest(&self) -> Option<Local> {
        let kept = self.kept.load(Ordering::SeqCst);
        kept.then(|| self.latest.lock().clone()).flatten()
    }
}
