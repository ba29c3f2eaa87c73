//! The connection of large values, so that no small one waits behind them.
//!
//! The supervisor makes it beside the calls once it is wanted, and makes another where it breaks or hangs.
//! Until there is one, the first serves; so nothing depends on it, and nothing that becomes of it says
//! anything about the first. It leads to the same server as the first, whose probes are of both.
//!
//! Nothing depends on the order between the two either: a fill needs its token, and a read that begins
//! after an invalidation finds it done. Reads for the near tier stay on the first, where their changes are
//! told, and so do the values that come with the answer to a request for a lease.

use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};
use two_tier_cache_backend::{BackendError, coarse};

use crate::connect::connect;
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::failover::Failover;
use crate::supervision::call::{is_suspicious, while_up};
use crate::supervision::link::{Link, Live};

/// The shortest time between two attempts to connect.
const PAUSE: Duration = Duration::from_secs(1);

/// The connection of large values that belongs to a first one.
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    connection: ArcSwapOption<Connection>,
    /// Wakes who keeps it: it is wanted, or in doubt.
    kick: Notify,
    /// Counts the answers on it.
    answers: AtomicU64,
}

impl Bulk {
    /// The connection. If there is none, it is wanted from now on.
    fn wanted(&self) -> Option<Arc<Connection>> {
        let connection = self.connection.load_full();
        if connection.is_none() {
            self.kick.notify_one();
        }
        connection
    }

    /// Gives a connection up, unless another stands in its place.
    fn give_up(&self, connection: &Arc<Connection>) {
        self.connection.compare_and_swap(connection, None);
        self.kick.notify_one();
    }

    /// Whether it works. What is large comes first, so this may take long; meanwhile other answers will do.
    async fn works(&self, connection: &Connection, limit: Duration) -> bool {
        let mut probe = pin!(connection.probe());
        loop {
            let answers = self.answers.load(Ordering::Relaxed);
            match timeout(limit, probe.as_mut()).await {
                Ok(Ok(_)) => return true,
                Ok(Err(error)) => return error.kind == Kind::Refused,
                Err(_) if self.answers.load(Ordering::Relaxed) == answers => return false,
                Err(_) => {}
            }
        }
    }
}

/// Makes the connection once it is wanted, and another when it does not work any more.
///
/// With `failover=strict` there is none, because only of the first it is known at any time which
/// incarnation of the server it leads to.
pub(crate) async fn keep_bulk(link: &Link, live: &Live) -> Infallible {
    let (bulk, limit) = (&live.bulk, link.config.connect_timeout);
    if link.config.failover == Failover::Strict {
        return pending().await;
    }
    if link.large.was_met() {
        bulk.kick.notify_one();
    }
    let mut next = Instant::now();
    loop {
        bulk.kick.notified().await;
        if let Some(connection) = bulk.connection.load_full()
            && bulk.works(&connection, limit).await
        {
            continue;
        }
        sleep_until(next).await;
        next = Instant::now() + PAUSE;
        // The old one is in use until then: large values are not to get among the small ones for this.
        bulk.connection.store(make(link, live).await.map(Arc::new));
    }
}

/// Connects to the server to which the first connection leads. Behind a name or a proxy may be several.
async fn make(link: &Link, live: &Live) -> Option<Connection> {
    let connection = connect(&link.config).await.ok()?;
    let is_the_same = async {
        let there = connection.ask_incarnation().await?;
        Ok::<_, CommandError>(there == live.connection.ask_incarnation().await?)
    };
    match timeout(link.config.connect_timeout, is_the_same).await {
        Ok(Ok(true)) => Some(connection),
        Ok(Ok(false)) | Err(_) => None,
        Ok(Err(error)) => {
            tracing::debug!(target: "two_tier_cache", %error, "large values have no connection");
            None
        }
    }
}

/// Carries out a command for a large value; `None` if the first connection has to be asked, because there
/// is no other, or it broke.
///
/// # Cancel safety
///
/// The command may run on the server, also later.
pub(crate) async fn carry_out_large<A, F>(
    link: &Link,
    command: impl FnOnce(Arc<Connection>) -> F,
) -> Option<Result<A, BackendError>>
where
    F: Future<Output = Result<A, CommandError>>,
{
    let live = link.up()?;
    let connection = live.bulk.wanted()?;
    let asked = Asked { link, bulk: &live.bulk, since: coarse::millis() };
    let command = pin!(command(Arc::clone(&connection)));
    let outcome = while_up(link, &live, command).await;
    // There is an answer, if only from this side.
    std::mem::forget(asked);
    match outcome? {
        Ok(answer) => {
            live.bulk.answers.fetch_add(1, Ordering::Relaxed);
            Some(Ok(answer))
        }
        Err(error) if error.kind == Kind::Refused => {
            link.trouble(&error);
            Some(Err(BackendError::new(error.to_string())))
        }
        Err(_) => {
            live.bulk.give_up(&connection);
            None
        }
    }
}

/// A command that waits for its answer.
struct Asked<'a> {
    link: &'a Link,
    bulk: &'a Bulk,
    /// When it was sent, in milliseconds of the coarse clock.
    since: u64,
}

impl Drop for Asked<'_> {
    /// The caller gave up waiting.
    fn drop(&mut self) {
        if is_suspicious(self.since) {
            self.bulk.kick.notify_one();
            self.link.doubt();
        }
    }
}
