//! Who supervises the connection: one task at a time, on whatever runtime a call came from.
//!
//! A manager may outlive the runtime that its supervisor runs on (every `#[tokio::test]` has one of
//! its own), or that runtime may stop being driven. Then the next call starts another supervisor. A
//! term tells the one in office from its predecessors, whose word no longer counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::MutexGuard;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use two_tier_cache_backend::BackendError;

use crate::connect::connection::Connection;
use crate::supervision::link::{Link, Live, State};
use crate::supervision::supervisor::supervise;

/// A supervisor that has not run for so long is given up.
const STALLED: Duration = Duration::from_secs(3);

/// Who is in office.
#[derive(Debug, Default)]
pub(crate) struct Office {
    term: u64,
    task: Option<AbortHandle>,
    /// The number of the last connection or outage.
    last: u64,
    /// Whether there was an outage that nobody was told the end of.
    was_down: bool,
    /// Whether the backend is gone. Only what is still queued starts another supervisor then.
    closed: bool,
}

/// The supervisor's stay in office. Ends when dropped, with its task or with its runtime.
#[derive(Debug)]
pub(crate) struct Term {
    link: Arc<Link>,
    number: u64,
    /// Its own work panicked. That of another task on its runtime, which then drops it, is no sign
    /// of anything.
    panicked: AtomicBool,
}

fn no_runtime() -> BackendError {
    BackendError::new("there is no tokio runtime to connect on")
}

impl Link {
    /// Starts a supervisor on this runtime if none runs.
    pub(crate) fn ensure_supervised(self: &Arc<Self>) -> Result<(), BackendError> {
        let Some(term) = self.begin_term()? else {
            return Ok(());
        };
        let runtime = Handle::try_current().map_err(|_| no_runtime())?;
        let number = term.number;
        // Without the lock: a runtime that is shutting down drops the task right here, and with it
        // the term, which takes the lock.
        let task = runtime.spawn(supervise(term)).abort_handle();
        if task.is_finished() {
            return Err(BackendError::new("the tokio runtime is shutting down"));
        }
        let mut office = self.office.lock();
        if office.term == number {
            office.task = Some(task);
        } else {
            task.abort();
        }
        Ok(())
    }

    /// Begins a term, if there is need for one.
    fn begin_term(self: &Arc<Self>) -> Result<Option<Term>, BackendError> {
        let mut office = self.office.lock();
        if !matches!(*self.state(), State::Idle) && !self.is_stalled() {
            return Ok(None);
        }
        // What is still queued may have its supervisor, which ends with it.
        if office.closed && self.queue.len() == 0 {
            return Err(BackendError::new("the backend is gone"));
        }
        Handle::try_current().map_err(|_| no_runtime())?;
        office.dismiss();
        self.beat();
        self.change(State::Connecting);
        Ok(Some(Term {
            link: Arc::clone(self),
            number: office.term,
            panicked: AtomicBool::new(false),
        }))
    }

    /// Whether the supervisor's runtime is no longer driven, or the supervisor panicked.
    pub(crate) fn is_stalled(&self) -> bool {
        self.last_beat() > STALLED
    }

    /// Notes that the server took too long: the supervisor finds out why. If that does not run
    /// either, the next call starts another.
    pub(crate) fn doubt(&self) {
        self.kick.notify_one();
        if self.is_stalled() {
            let office = self.office.lock();
            // Another call may have been here first.
            if self.is_stalled() {
                self.dismiss(office);
            }
        }
    }

    /// Ends the supervisor. The next call starts another.
    pub(crate) fn stop(&self) {
        self.dismiss(self.office.lock());
    }

    fn dismiss(&self, mut office: MutexGuard<'_, Office>) {
        office.dismiss();
        self.change(State::Idle);
    }

    /// Notes that the backend is gone. The supervisor ends once nothing is queued, or after a while.
    pub(crate) fn close(&self) {
        self.office.lock().closed = true;
        let left = self.queue.len();
        if left > 0 && matches!(*self.state(), State::Idle) {
            tracing::warn!(target: "two_tier_cache", left, "a manager ends with a queue");
        }
        self.kick.notify_one();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.office.lock().closed
    }
}

impl Office {
    fn dismiss(&mut self) {
        self.term += 1;
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl Term {
    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    /// Puts a connection into use; `None` if this supervisor is no longer in office.
    pub(crate) fn publish(&self, connection: Connection) -> Option<Arc<Live>> {
        let mut office = self.link.office.lock();
        if office.term != self.number {
            return None;
        }
        let live = Arc::new(Live::new(connection, office.next()));
        self.link.change(State::Up(Arc::clone(&live)));
        let was_down = std::mem::take(&mut office.was_down);
        drop(office);
        let redis = self.link.config.endpoint();
        if was_down {
            tracing::warn!(target: "two_tier_cache", %redis, "Redis answers again");
        } else {
            tracing::debug!(target: "two_tier_cache", %redis, "connected to Redis");
        }
        Some(live)
    }

    /// Notes that the server does not answer. An outage that goes on keeps its number.
    pub(crate) fn down(&self, reason: &str) {
        let mut office = self.link.office.lock();
        if office.term != self.number {
            return;
        }
        let outage = match *self.link.state() {
            State::Down { outage, .. } => outage,
            _ => office.next(),
        };
        let first = !std::mem::replace(&mut office.was_down, true);
        self.link.change(State::Down { outage, reason: reason.to_owned() });
        drop(office);
        let redis = self.link.config.endpoint();
        if first {
            tracing::warn!(
                target: "two_tier_cache",
                %redis,
                reason,
                "Redis does not answer; caching in this process for now"
            );
        } else {
            tracing::debug!(target: "two_tier_cache", %redis, reason, "Redis still does not answer");
        }
    }

    /// Ends the grace of an attempt: calls no longer wait for it.
    pub(crate) fn takes_long(&self) {
        let office = self.link.office.lock();
        if office.term == self.number && matches!(*self.link.state(), State::Connecting) {
            self.link.change(State::Slow);
        }
    }

    /// Notes that the work of this term panicked; a later call begins another.
    pub(crate) fn panicked(&self) {
        self.down("the task of the connection panicked; does the runtime have `enable_all`?");
        self.panicked.store(true, Ordering::SeqCst);
    }

    /// Lets calls wait for a connection that is being made again.
    pub(crate) fn reconnecting(&self) {
        let office = self.link.office.lock();
        if office.term == self.number && matches!(*self.link.state(), State::Up(_)) {
            self.link.change(State::Connecting);
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.link.office.lock().term != self.number
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        let office = self.link.office.lock();
        if office.term == self.number && !self.panicked.load(Ordering::SeqCst) {
            self.link.change(State::Idle);
        }
        drop(office);
    }
}
