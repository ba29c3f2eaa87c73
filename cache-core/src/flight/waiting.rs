//! The calls that wait for a leader.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{Flight, Flights, Landing, Patience, Turn};
use crate::backend::Key;
use crate::backend::{mutant, timer};
use crate::contained::Kept;

/// A call that found a load of its key under way.
#[derive(Debug)]
pub(crate) struct Waiter<'a> {
    flights: &'a Flights,
    key: &'a Key,
    flight: Arc<Flight>,
    landed: watch::Receiver<Option<Landing>>,
    arrived: Turn,
    /// It joined before the leader sent its fill.
    in_time: bool,
}

/// What came of waiting.
#[derive(Debug)]
pub(crate) enum Waited {
    /// Nothing that this call may take: look again.
    Empty,
    /// The load failed, and each call has to load for itself.
    Failed,
    /// The load panicked, which the next one need not.
    Panicked,
    /// A value that this call may take.
    Shared(Kept),
}

impl<'a> Waiter<'a> {
    /// Called with the registry locked, so that joining and sealing have one order.
    pub(super) fn new(
        flights: &'a Flights,
        key: &'a Key,
        flight: Arc<Flight>,
        arrived: Turn,
    ) -> Self {
        let in_time = !flight.phase.lock().sealed;
        let landed = flight.landed.subscribe();
        Self { flights, key, flight, landed, arrived, in_time }
    }

    /// The same as if it had joined after the fill was sent: it takes the value only of a load that
    /// began after it came.
    pub(crate) fn late(self) -> Self {
        Self { in_time: false, ..self }
    }

    /// Waits for the flight to end, or until patience does.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost but the place among the waiters.
    pub(crate) async fn wait(mut self, patience: Patience) -> Waited {
        match self.landing(patience).await {
            Some(Landing::Loaded { value, started, accepted })
                if self.may_share(started, accepted) =>
            {
                Waited::Shared(value)
            }
            Some(Landing::Failed) => Waited::Failed,
            Some(Landing::Panicked) => Waited::Panicked,
            Some(Landing::Empty | Landing::Loaded { .. }) => Waited::Empty,
            None => {
                self.flights.retire(self.key, &self.flight);
                Waited::Empty
            }
        }
    }

    /// The sharing rule, see the [module](super).
    fn may_share(&self, started: Turn, accepted: bool) -> bool {
        let accepted = accepted || mutant("take-rejected-fill");
        let in_time = self.in_time || mutant("join-after-fill-sent");
        (accepted && in_time) || self.arrived < started || mutant("join-older-flight")
    }

    /// The end of the flight; `None` if its leader stopped running or took too long.
    async fn landing(&mut self, patience: Patience) -> Option<Landing> {
        let joined = Instant::now();
        loop {
            let left = self.give_up(joined, patience).saturating_duration_since(Instant::now());
            let landed = async { self.landed.wait_for(Option::is_some).await.ok()?.clone() };
            match timer::limited(patience.stalled_after.min(left), landed).await {
                // The sender lives in the flight that this waiter holds, so it is never gone.
                Some(landed) => return landed,
                None if Instant::now() >= self.give_up(joined, patience) => return None,
                None if self.flight.phase.lock().beat.elapsed() >= patience.stalled_after => {
                    return None;
                }
                None => {}
            }
        }
    }

    /// When patience ends. A leader may itself wait for another process before it loads; its
    /// waiters outlast that.
    fn give_up(&self, joined: Instant, patience: Patience) -> Instant {
        match self.flight.phase.lock().started {
            Some((_, started)) => joined.max(started) + patience.wait,
            None => joined + 2 * patience.wait,
        }
    }
}
