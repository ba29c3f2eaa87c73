//! One connection: a handle that many calls share, and the task that drives it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    _driver: Arc<Driver>,
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
    pub(crate) fn new(wire: MultiplexedConnection, driver: AbortHandle) -> Self {
        Self { wire, incarnation: Arc::default(), _driver: Arc::new(Driver(driver)) }
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
