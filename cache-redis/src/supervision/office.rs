//! Who supervises the connection: one task at a time, on whatever runtime a call came from.
//!
//! A manager may outlive the runtime that its supervisor runs on (every `#[tokio::test]` has one of
//! its own), or that runtime may stop being driven. Then the next call starts another supervisor. A
//! term tells the one in office from its predecessors, whose word no longer counts.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use two_tier_cache_backend::BackendError;

use crate::connect::connection::Connection;
use crate::supervision::link::{Link, Live, State};
use crate::supervision::supervisor::supervise;

/// A supervisor that has not run for so long beyond its time to connect is given up.
const STALLED: Duration = Duration::from_secs(2);

/// Who is in office.
#[derive(Debug, Default)]
pub(crate) struct Office {
    term: u64,
    task: Option<AbortHandle>,
    /// The number of the last connection or outage.
    last: u64,
    /// Whether there was an outage that nobody was told the end of.
    was_down: bool,
    /// Whether the backend is gone. What is still under way starts no other supervisor then.
    closed: bool,
}

/// The supervisor's stay in office. Ends when dropped, with its task or with its runtime.
#[derive(Debug)]
pub(crate) struct Term {
    link: Arc<Link>,
    number: u64,
}

impl Link {
    /// Starts a supervisor on this runtime if none runs.
    pub(crate) fn ensure_supervised(self: &Arc<Self>) -> Result<(), BackendError> {
        let mut office = self.office.lock();
        if !matches!(*self.state(), State::Idle) && !self.is_stalled() {
            return Ok(());
        }
        if office.closed {
            return Err(BackendError::new("the backend is gone"));
        }
        let runtime = Handle::try_current()
            .map_err(|_| BackendError::new("there is no tokio runtime to connect on"))?;
        office.dismiss();
        self.beat();
        self.change(State::Connecting);
        let term = Term { link: Arc::clone(self), number: office.term };
        office.task = Some(runtime.spawn(supervise(term)).abort_handle());
        Ok(())
    }

    /// Whether the supervisor's runtime is no longer driven, or the supervisor panicked.
    pub(crate) fn is_stalled(&self) -> bool {
        self.last_beat() > self.config.connect_timeout + STALLED
    }

    /// Notes that the server took too long: the supervisor finds out why. If that does not run
    /// either, the next call starts another.
    pub(crate) fn doubt(&self) {
        self.kick.notify_one();
        if self.is_stalled() {
            self.stop();
        }
    }

    /// Ends the supervisor. The next call starts another.
    pub(crate) fn stop(&self) {
        let mut office = self.office.lock();
        office.dismiss();
        self.change(State::Idle);
    }

    /// Ends the supervisor for good.
    pub(crate) fn close(&self) {
        self.office.lock().closed = true;
        self.stop();
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

    /// Puts a connection into use; `None` if an invalidation is queued, unless the server refuses it,
    /// or if this supervisor is no longer in office. An invalidation that is queued just now, behind
    /// that look, is not lost: reads find it in the queue, and it wakes the watch over this
    /// connection.
    pub(crate) fn publish(&self, connection: Connection, stuck: bool) -> Option<Arc<Live>> {
        let mut office = self.link.office.lock();
        if office.term != self.number || (self.link.queue.len() > 0 && !stuck) {
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
        let begins = match &*self.link.state() {
            State::Down { outage, .. } => Err(*outage),
            _ => Ok(office.next()),
        };
        let (Ok(outage) | Err(outage)) = begins;
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

    /// Ends the grace of a first attempt: calls no longer wait for it.
    pub(crate) fn takes_long(&self) {
        if !matches!(*self.link.state(), State::Down { .. }) {
            self.down("connecting takes long");
        }
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
        if office.term != self.number {
            return;
        }
        if std::thread::panicking() {
            drop(office);
            self.down("the connection's task panicked; does the runtime have `enable_all`?");
        } else {
            self.link.change(State::Idle);
        }
    }
}
