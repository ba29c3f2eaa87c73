//! What the calls, the supervisor and the invalidations under way share: the state of the
//! connection and the queue.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, watch};
use two_tier_cache_backend::{BackendError, coarse};

use crate::backend::large::Large;
use crate::config::RedisConfig;
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::supervision::bulk::Bulk;
use crate::supervision::queue::Queue;
use crate::supervision::term::Office;
use crate::tracking::Tracking;

/// The connection, as calls see it. It is the open circuit breaker too: only in `Up` does a call
/// reach for the server.
#[derive(Debug)]
pub(crate) enum State {
    /// No supervisor runs: none was needed yet, or its runtime has ended.
    Idle,
    /// A connection is being made, and whether it succeeds will be known in a moment: calls wait.
    Connecting,
    /// A connection is being made, and takes its time: calls go on without.
    Slow,
    /// The server answers.
    Up(Arc<Live>),
    /// The server does not answer.
    Down { outage: u64, reason: String },
}

/// A connection that calls use.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) connection: Connection,
    /// For large values, once there is need for it.
    pub(crate) bulk: Bulk,
    /// Told when it is no longer in use: whoever waits for an answer on it need not.
    pub(crate) gone: Notify,
    id: u64,
}

/// A glob makes the server look at all its keys, so there is nothing to gain from more.
const SWEEPS: usize = 2;

/// A clock that is this many milliseconds earlier than expected was put back.
const PUT_BACK: i64 = 1_000;

/// The shared part of a backend.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) config: RedisConfig,
    pub(crate) queue: Queue,
    pub(crate) tracking: Arc<Tracking>,
    pub(crate) large: Large,
    /// The longest that an invalidation waits for the server, in milliseconds.
    pub(crate) budget: AtomicU64,
    /// Invalidations whose hold the server had no memory for.
    pub(crate) unsettled: AtomicU64,
    /// How many globs may be invalidated at once, each on a connection of its own.
    pub(crate) sweeps: Semaphore,
    /// Wakes the supervisor: look after the connection now.
    pub(crate) kick: Notify,
    /// Wakes the replay: something has failed.
    pub(crate) replay: Notify,
    /// Taken to change the state, so that changes have one order.
    pub(crate) office: Mutex<Office>,
    /// Counts the answers of the server to calls.
    answers: AtomicU64,
    /// The refusals that were told of, by their code.
    told: Mutex<BTreeSet<String>>,
    state: ArcSwap<State>,
    /// Counts the changes of state, for those that wait for one.
    changes: watch::Sender<u64>,
    began: Instant,
    /// The same by the coarse clock, in milliseconds.
    began_coarse: u64,
    /// When the supervisor last ran, in milliseconds since `began`.
    beat: AtomicU64,
    /// The server's clock minus ours, in milliseconds.
    offset: AtomicI64,
}

impl Link {
    pub(crate) fn new(config: RedisConfig) -> Self {
        let tracking = Arc::new(Tracking::default());
        Self {
            queue: Queue::new(config.replay_queue, Arc::clone(&tracking)),
            tracking,
            large: Large::default(),
            config,
            budget: AtomicU64::new(100),
            unsettled: AtomicU64::new(0),
            sweeps: Semaphore::new(SWEEPS),
            kick: Notify::new(),
            replay: Notify::new(),
            office: Mutex::default(),
            answers: AtomicU64::new(0),
            told: Mutex::default(),
            state: ArcSwap::from_pointee(State::Idle),
            changes: watch::Sender::new(0),
            began: Instant::now(),
            began_coarse: coarse::millis(),
            beat: AtomicU64::new(0),
            offset: AtomicI64::new(0),
        }
    }

    pub(crate) fn state(&self) -> Arc<State> {
        self.state.load_full()
    }

    /// The connection, if it is up.
    #[inline]
    pub(crate) fn up(&self) -> Option<Arc<Live>> {
        match &**self.state.load() {
            State::Up(live) => Some(Arc::clone(live)),
            _ => None,
        }
    }

    /// The connection; waits while one is being made, and starts a supervisor if none runs.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub(crate) async fn live(self: &Arc<Self>) -> Result<Arc<Live>, BackendError> {
        let mut changes = None;
        loop {
            match &**self.state.load() {
                State::Up(live) => return Ok(Arc::clone(live)),
                State::Down { reason, .. } if !self.is_stalled() => {
                    return Err(BackendError::new(reason.clone()));
                }
                State::Slow if !self.is_stalled() => {
                    return Err(BackendError::new("connecting takes long"));
                }
                State::Down { .. } | State::Slow | State::Connecting | State::Idle => {}
            }
            // Only now, because it takes a lock; and then the state is looked at once more.
            let Some(changes) = &mut changes else {
                changes = Some(self.changes.subscribe());
                continue;
            };
            self.ensure_supervised()?;
            let _closed = changes.changed().await;
        }
    }

    /// Waits until there is a connection, through every attempt.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub(crate) async fn ready(self: &Arc<Self>) {
        let mut changes = self.changes.subscribe();
        // Without a runtime there never is one.
        while self.up().is_none() && self.ensure_supervised().is_ok() {
            let _closed = changes.changed().await;
        }
    }

    /// Notes that a connection is gone; calls wait for the next one.
    pub(crate) fn lost(&self, live: &Live) {
        let office = self.office.lock();
        if self.is_up(live) {
            self.change(State::Connecting);
        }
        drop(office);
        self.kick.notify_one();
    }

    /// Whether this connection is the one in use.
    pub(crate) fn is_up(&self, live: &Live) -> bool {
        matches!(&**self.state.load(), State::Up(now) if now.id == live.id)
    }

    /// Notes that the server has told of all changes up to `since`, on this connection.
    pub(crate) fn proven(&self, live: &Live, since: u64) {
        let _office = self.office.lock();
        if self.is_up(live) && live.connection.tracked() == Some(true) {
            self.tracking.proven(since);
        }
    }

    /// Notes that the server has answered a call.
    #[inline]
    pub(crate) fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Notes what a failed command says about the server.
    pub(crate) fn trouble(&self, error: &CommandError) {
        match error.kind {
            Kind::Lost | Kind::Unready => self.doubt(),
            Kind::Refused | Kind::NoScript => self.refused(error),
            Kind::Dirty => {}
        }
    }

    /// Tells of a command that the server refuses; once for each code.
    #[cold]
    pub(crate) fn refused(&self, error: &CommandError) {
        if self.told.lock().insert(error.to_string()) {
            tracing::warn!(
                target: "two_tier_cache",
                redis = %self.config.endpoint(),
                reason = %error,
                "Redis refuses a command; what it was for is not cached"
            );
        }
    }

    /// Counts invalidations whose hold the server had no memory for.
    pub(crate) fn count_unsettled(&self, count: u64) {
        self.unsettled.fetch_add(count, Ordering::Relaxed);
    }

    /// The longest that an invalidation waits for the server.
    pub(crate) fn budget(&self) -> Duration {
        Duration::from_millis(self.budget.load(Ordering::Relaxed))
    }

    /// The time of the server's clock in milliseconds, about.
    pub(crate) fn server_now(&self) -> u64 {
        // Every read asks for it.
        let elapsed = coarse::millis().saturating_sub(self.began_coarse);
        elapsed.saturating_add_signed(self.offset.load(Ordering::Relaxed))
    }

    /// Notes the time of the server's clock, just answered.
    ///
    /// The answer took its time, so this is too early by that. The best of late samples counts, and
    /// gives way slowly, for clocks drift; a clock that was put back counts at once.
    pub(crate) fn set_clock(&self, server: u64) {
        let sample = i128::from(server) - i128::from(self.elapsed_millis());
        let sample = i64::try_from(sample).unwrap_or(0);
        let best = self.offset.load(Ordering::Relaxed);
        let is_late = sample < best && best - sample < PUT_BACK;
        self.offset.store(if is_late { best - 1 } else { sample }, Ordering::Relaxed);
    }

    /// The time since the backend was made.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn elapsed_millis(&self) -> u64 {
        u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that the supervisor runs.
    pub(crate) fn beat(&self) {
        self.beat.store(self.elapsed_millis(), Ordering::Relaxed);
    }

    /// How long ago the supervisor last ran.
    pub(crate) fn last_beat(&self) -> Duration {
        let beat = self.beat.load(Ordering::Relaxed);
        Duration::from_millis(self.elapsed_millis().saturating_sub(beat))
    }

    /// Changes the state. The caller holds the office.
    pub(crate) fn change(&self, state: State) {
        if let State::Up(live) = &*self.state.swap(Arc::new(state)) {
            self.tracking.lost();
            live.gone.notify_waiters();
        }
        self.changes.send_modify(|count| *count += 1);
    }
}

impl Live {
    pub(crate) fn new(connection: Connection, id: u64) -> Self {
        Self { connection, bulk: Bulk::default(), gone: Notify::new(), id }
    }
}
