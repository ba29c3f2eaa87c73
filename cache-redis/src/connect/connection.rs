//! One connection: a handle that many calls share, and the task that drives it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, Value};
use tokio::task::AbortHandle;

use crate::error::CommandError;

/// A connection to a server. Clones share it; with the last one it ends.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    wire: MultiplexedConnection,
    /// Which incarnation of the server it leads to; 0 where that does not matter.
    incarnation: Arc<AtomicU64>,
    /// Whether the server tells of changes on it.
    tracked: Arc<OnceLock<bool>>,
    /// How many bytes have come.
    received: Arc<AtomicU64>,
    driver: Arc<Driver>,
}

/// The task that reads and writes. Ends when dropped.
#[derive(Debug)]
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connection {
    /// Takes over a connection and its running driver.
    pub(crate) fn new(
        wire: MultiplexedConnection,
        driver: AbortHandle,
        received: Arc<AtomicU64>,
        is_told: bool,
    ) -> Self {
        // Where nobody listens, or the protocol has no such messages, there is nothing to ask for.
        let tracked = if is_told { OnceLock::new() } else { OnceLock::from(false) };
        let (tracked, driver) = (Arc::new(tracked), Arc::new(Driver(driver)));
        Self { wire, incarnation: Arc::default(), tracked, received, driver }
    }

    /// How many bytes have come: more than before if the server is at work.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Ends it now, for whoever waits for an answer too.
    pub(crate) fn close(&self) {
        self.driver.0.abort();
    }

    /// Whether the server tells of changes; `None` if it was not asked to yet.
    pub(crate) fn tracked(&self) -> Option<bool> {
        self.tracked.get().copied()
    }

    /// Notes whether the server tells of changes.
    pub(crate) fn set_tracked(&self, tracked: bool) {
        self.tracked.get_or_init(|| tracked);
    }

    /// Which incarnation of the server it leads to; 0 where that does not matter.
    pub(crate) fn incarnation(&self) -> u64 {
        self.incarnation.load(Ordering::SeqCst)
    }

    /// Notes which incarnation of the server it leads to.
    pub(crate) fn set_incarnation(&self, incarnation: u64) {
        self.incarnation.store(incarnation, Ordering::SeqCst);
    }

    /// Sends one command. Waits for as long as the server takes: the caller sets the limit.
    ///
    /// # Cancel safety
    ///
    /// The command may run on the server, also later.
    pub(crate) async fn send(&self, command: &Cmd) -> Result<Value, CommandError> {
        let reply = self.wire.clone().send_packed_command(command).await?;
        reply.extract_error().map_err(CommandError::from)
    }

    /// Sends several commands at once and returns their replies, errors among them.
    ///
    /// # Cancel safety
    ///
    /// As [`send`](Self::send).
    pub(crate) async fn send_all(&self, commands: &Pipeline) -> Result<Vec<Value>, CommandError> {
        let count = commands.len();
        Ok(self.wire.clone().send_packed_commands(commands, 0, count).await?)
    }
}
