//! Loads of a key whose last load failed.
//!
//! An error cannot be shared, so every waiter has to load for itself. One after the other they
//! would take for ever; all at once they would be the stampede that flights prevent. A bounded
//! number runs at a time.

use std::sync::{Arc, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Flights, Patience, Seat};
use crate::key::Key;
use crate::timer;

/// How many loads of a failing key run at once.
const LOADS_AT_ONCE: usize = 32;

/// The permits of one key, as long as somebody holds or awaits one.
#[derive(Debug, Default)]
pub(super) struct Failing(Weak<Semaphore>);

impl Failing {
    pub(super) fn is_idle(&self) -> bool {
        self.0.strong_count() == 0
    }

    fn semaphore(&mut self) -> Arc<Semaphore> {
        self.0.upgrade().unwrap_or_else(|| {
            let semaphore = Arc::new(Semaphore::new(LOADS_AT_ONCE));
            self.0 = Arc::downgrade(&semaphore);
            semaphore
        })
    }
}

/// The right to load a failing key, or the end of the wait for it.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    flights: &'a Flights,
    key: &'a Key,
    held: Option<OwnedSemaphorePermit>,
}

impl Flights {
    /// Waits for the right to load a failing key, up to the end of patience.
    pub(super) async fn permit<'a>(&'a self, key: &'a Key, patience: Patience) -> Permit<'a> {
        let semaphore = self.keys.lock().entry(key.clone()).or_default().failing.semaphore();
        // Made before the wait, so that a call dropped in it leaves nothing behind.
        let mut permit = Permit { flights: self, key, held: None };
        let held = timer::limited(patience.wait, semaphore.acquire_owned()).await;
        permit.held = held.and_then(Result::ok);
        permit
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        drop(self.held.take());
        let mut keys = self.flights.keys.lock();
        if keys.get(self.key).is_some_and(Seat::is_idle) {
            keys.remove(self.key);
        }
    }
}
