//! Calls of a key whose flights come to nothing: the load fails, panics, or takes too long.
//!
//! An error cannot be shared, so each of them has to load for itself. One after the other they would
//! take for ever; all at once they would be the stampede that flights prevent. A bounded number
//! loads at a time, and as many more each time that a call has waited as long as calls wait: a slow
//! or hung source sees them come in steps, and every wait has an end.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::{Flights, Patience};
use crate::backend::Key;
use crate::backend::timer;

/// How many loads of one key run at once, at first, and how many more with each step.
const STEP: usize = 32;

/// The crowd of one key, as long as one of its calls waits or loads.
#[derive(Debug, Default)]
pub(super) struct Gathering(Weak<Crowd>);

#[derive(Debug)]
struct Crowd {
    permits: Arc<Semaphore>,
    last_step: Mutex<Instant>,
}

/// The right of one call in a crowd to load.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    flights: &'a Flights,
    key: &'a Key,
    crowd: Option<Arc<Crowd>>,
    granted: Option<OwnedSemaphorePermit>,
}

impl Gathering {
    pub(super) fn is_over(&self) -> bool {
        self.0.strong_count() == 0
    }

    fn join(&mut self) -> Arc<Crowd> {
        self.0.upgrade().unwrap_or_else(|| {
            let permits = Arc::new(Semaphore::new(STEP));
            let crowd = Arc::new(Crowd { permits, last_step: Mutex::new(Instant::now()) });
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
                None => self.step(patience),
            }
        }
    }

    /// Lets more loads run, once for all calls whose patience ends together.
    fn step(&self, patience: Patience) {
        let mut last_step = self.last_step.lock();
        if last_step.elapsed() >= patience.wait {
            *last_step = Instant::now();
            self.permits.add_permits(STEP);
        }
    }
}

impl Flights {
    /// Waits for the right to load in the crowd of a key.
    pub(crate) async fn permit<'a>(&'a self, key: &'a Key, patience: Patience) -> Permit<'a> {
        let crowd = self.keys.lock().entry(key.clone()).or_default().crowd.join();
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
        drop(self.granted.take());
        drop(self.crowd.take());
        self.flights.forget_idle(self.key);
    }
}
