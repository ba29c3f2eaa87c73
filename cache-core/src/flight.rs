//! Flights: one load per key in this process, and who may share it.
//!
//! A call may take the value that another call loaded in two cases only:
//!
//! - It joined before the leader sent its fill, and the fill was *accepted*. Then no invalidation
//!   came between the start of the load and the fill, so none came before this call began either.
//! - The load *started after* this call. Then the value is as fresh as one loaded by itself.
//!
//! Every other combination would let a call that starts after an invalidation return a value that
//! was read before it. Waiting is always bounded, and a leader that is dropped or no longer polled
//! loses its flight to a waiter.

mod crowd;
mod waiting;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use self::crowd::Gathering;
pub(crate) use self::crowd::Permit;
pub(crate) use self::waiting::{Waited, Waiter};
use crate::backend::Key;
use crate::codec::Erased;
use crate::contained::Kept;

/// A point in the order of arrivals and load starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn(u64);

/// The flights of one manager.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    keys: Mutex<HashMap<Key, Seat>>,
    turns: AtomicU64,
}

/// What is known of one key.
#[derive(Debug, Default)]
struct Seat {
    flight: Option<Arc<Flight>>,
    crowd: Gathering,
    /// Leases that calls of this process hold.
    leases: usize,
}

#[derive(Debug)]
struct Flight {
    phase: Mutex<Phase>,
    landed: watch::Sender<Option<Landing>>,
}

#[derive(Debug)]
struct Phase {
    /// When the leader's load started.
    started: Option<(Turn, Instant)>,
    /// Whether the leader has sent, or is about to send, its fill.
    sealed: bool,
    /// When the leader last ran.
    beat: Instant,
}

/// How a flight ended.
#[derive(Debug, Clone)]
enum Landing {
    /// Nothing to share: the leader was dropped, or found the value in the backend.
    Empty,
    /// The load failed.
    Failed,
    /// The load returned a value.
    Loaded { value: Kept, started: Turn, accepted: bool },
    /// The load panicked.
    Panicked,
}

/// The role of a call in the flight of its key.
pub(crate) enum Role<'a> {
    Leader(Leader<'a>),
    Waiter(Waiter<'a>),
}

/// The one call that loads. Dropping it ends the flight, so that a waiter takes over.
#[derive(Debug)]
pub(crate) struct Leader<'a> {
    flights: &'a Flights,
    key: &'a Key,
    flight: Arc<Flight>,
}

impl Flights {
    /// The next turn: of a call that arrives, or of a load that starts.
    pub(crate) fn turn(&self) -> Turn {
        Turn(self.turns.fetch_add(1, Ordering::SeqCst))
    }

    /// Joins the flight of a key, or starts it.
    pub(crate) fn join<'a>(&'a self, key: &'a Key, arrived: Turn) -> Role<'a> {
        let mut keys = self.keys.lock();
        let seat = keys.entry(key.clone()).or_default();
        if let Some(flight) = seat.flight.clone() {
            return Role::Waiter(Waiter::new(self, key, flight, arrived));
        }
        let flight = Arc::new(Flight::new());
        seat.flight = Some(Arc::clone(&flight));
        Role::Leader(Leader { flights: self, key, flight })
    }

    /// Notes that a call of this process holds the lease of a key.
    pub(crate) fn leased<'a>(&'a self, key: &'a Key) -> LeasedHere<'a> {
        self.keys.lock().entry(key.clone()).or_default().leases += 1;
        LeasedHere { flights: self, key }
    }

    /// Whether the lease of a key is held by a call of this process: waiting for another process
    /// would be in vain.
    pub(crate) fn is_leased_here(&self, key: &Key) -> bool {
        self.keys.lock().get(key).is_some_and(|seat| seat.leases > 0)
    }

    /// Forgets a key that no call is about.
    fn forget_idle(&self, key: &Key) {
        let mut keys = self.keys.lock();
        if keys.get(key).is_some_and(Seat::is_idle) {
            keys.remove(key);
        }
    }

    /// Takes a flight off its key, if it is still there, so that the next call starts another.
    fn retire(&self, key: &Key, flight: &Arc<Flight>) {
        let mut keys = self.keys.lock();
        let Some(seat) = keys.get_mut(key) else {
            return;
        };
        if seat.flight.as_ref().is_some_and(|current| Arc::ptr_eq(current, flight)) {
            seat.flight = None;
        }
        if seat.is_idle() {
            keys.remove(key);
        }
    }
}

impl Seat {
    fn is_idle(&self) -> bool {
        self.flight.is_none() && self.crowd.is_over() && self.leases == 0
    }
}

impl Flight {
    fn new() -> Self {
        let phase = Phase { started: None, sealed: false, beat: Instant::now() };
        Self { phase: Mutex::new(phase), landed: watch::Sender::new(None) }
    }
}

impl Leader<'_> {
    /// Notes that the load starts now.
    pub(crate) fn start(&self) {
        let mut phase = self.flight.phase.lock();
        phase.beat = Instant::now();
        phase.started = Some((self.flights.turn(), phase.beat));
    }

    /// Notes that the leader is alive.
    pub(crate) fn beat(&self) {
        self.flight.phase.lock().beat = Instant::now();
    }

    /// Closes the flight to further calls, before the fill is sent.
    pub(crate) fn seal(&self) {
        self.flight.phase.lock().sealed = true;
    }

    /// Ends the flight with a value and whether its fill was accepted.
    pub(crate) fn loaded(self, value: Erased, accepted: bool) {
        let started = self.flight.phase.lock().started;
        self.land(match started {
            Some((started, _)) => Landing::Loaded { value: Kept::new(value), started, accepted },
            None => Landing::Empty,
        });
    }

    /// Ends the flight with a failed load.
    pub(crate) fn failed(self) {
        self.land(Landing::Failed);
    }

    fn land(&self, landing: Landing) {
        self.flights.retire(self.key, &self.flight);
        self.flight.landed.send_replace(Some(landing));
    }
}

impl Drop for Leader<'_> {
    /// Ends a flight that has not ended: the leader's future was dropped, or its load panicked.
    fn drop(&mut self) {
        if self.flight.landed.borrow().is_some() {
            return;
        }
        let panicked = std::thread::panicking();
        self.land(if panicked { Landing::Panicked } else { Landing::Empty });
    }
}

/// The note that a call of this process holds a lease.
#[derive(Debug)]
pub(crate) struct LeasedHere<'a> {
    flights: &'a Flights,
    key: &'a Key,
}

impl Drop for LeasedHere<'_> {
    fn drop(&mut self) {
        if let Some(seat) = self.flights.keys.lock().get_mut(self.key) {
            seat.leases = seat.leases.saturating_sub(1);
        }
        self.flights.forget_idle(self.key);
    }
}

/// How long calls wait for others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// A leader that has not run for so long is given up.
    pub(crate) stalled_after: Duration,
    /// The longest wait for a load that runs, and the longest wait for it to begin.
    pub(crate) wait: Duration,
}
