//! Loads of a key whose last load failed.
//!
//! An error cannot be shared, so every waiter has to load for itself. One after the other they
//! would take for ever; all at once they would be the stampede that flights prevent. A bounded
//! number runs at a time; it grows while none of them comes to an end, because those may hang.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::{Flights, Patience, Seat};
use crate::key::Key;
use crate::timer;

/// How many loads of a failing key run at once.
const LOADS_AT_ONCE: usize = 32;

/// The callers of one failing key, as long as one of them waits or loads.
#[derive(Debug, Default)]
pub(super) struct Failing(Weak<Crowd>);

#[derive(Debug)]
struct Crowd {
    permits: Arc<Semaphore>,
    /// When one of them last came to an end, or another was let in.
    progress: Mutex<Instant>,
}

/// The right to load a failing key.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    flights: &'a Flights,
    key: &'a Key,
    crowd: Option<Arc<Crowd>>,
    granted: Option<OwnedSemaphorePermit>,
}

impl Failing {
    pub(super) fn is_idle(&self) -> bool {
        self.0.strong_count() == 0
    }

    fn crowd(&mut self) -> Arc<Crowd> {
        self.0.upgrade().unwrap_or_else(|| {
            let permits = Arc::new(Semaphore::new(LOADS_AT_ONCE));
            let crowd = Arc::new(Crowd { permits, progress: Mutex::new(Instant::now()) });
            self.0 = Arc::downgrade(&crowd);
            crowd
        })
    }
}

impl Crowd {
    /// Waits for a permit.
    async fn permit(&self, patience: Patience) -> Option<OwnedSemaphorePermit> {
        loop {
            let permit = Arc::clone(&self.permits).acquire_owned();
            match timer::limited(patience.wait, permit).await {
                Some(permit) => return permit.ok(),
                None => self.let_another_in(patience),
            }
        }
    }

    /// Makes one more permit if none came back for too long, once for all callers who notice.
    fn let_another_in(&self, patience: Patience) {
        let mut progress = self.progress.lock();
        if progress.elapsed() >= patience.wait {
            *progress = Instant::now();
            self.permits.add_permits(1);
        }
    }
}

impl Flights {
    /// Waits for the right to load a failing key.
    pub(crate) async fn permit<'a>(&'a self, key: &'a Key, patience: Patience) -> Permit<'a> {
        let crowd = self.keys.lock().entry(key.clone()).or_default().failing.crowd();
        // Made before the wait, so that a call dropped in it leaves nothing behind.
        let mut permit = Permit { flights: self, key, crowd: Some(crowd), granted: None };
        if let Some(crowd) = &permit.crowd {
            permit.granted = crowd.permit(patience).await;
        }
        permit
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let ended = self.granted.take().is_some();
        if let Some(crowd) = self.crowd.take()
            && ended
        {
            *crowd.progress.lock() = Instant::now();
        }
        let mut keys = self.flights.keys.lock();
        if keys.get(self.key).is_some_and(Seat::is_idle) {
            keys.remove(self.key);
        }
    }
}
