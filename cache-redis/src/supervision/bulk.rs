//! The connection of large values, so that no small one waits behind them.
//!
//! The supervisor makes it beside the calls once it is wanted, and replaces it when it hangs. Until it is
//! there, and when it breaks, the first serves. Nothing that becomes of it says anything about the first. It
//! leads to the same server as the first, whose probes are of both.
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
use tokio::time::{Instant, sleep, sleep_until, timeout};
use two_tier_cache_backend::BackendError;

use crate::connect::connect;
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::failover::Failover;
use crate::supervision::call::{Asked, while_up};
use crate::supervision::link::{Link, Live};
use crate::supervision::supervisor::PROBE_EVERY;

/// The time between two attempts to connect: longer with each, until a connection is found to work. There
/// may be none to be had, as where the user may not ask which server it is.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How many connections in a row may break under a command.
const ATTEMPTS: u32 = 2;

/// The connection of large values that belongs to a first one.
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    connection: ArcSwapOption<Connection>,
    /// Told when it is wanted, and not there.
    wanted: Notify,
    /// How many commands were sent since it was last asked whether it works.
    sent: AtomicU64,
}

/// Who makes the connection, and asks whether it works.
struct Keeper<'a> {
    link: &'a Link,
    live: &'a Live,
    /// When the next attempt may be made, and how long after it the one after.
    next: Instant,
    pause: Duration,
}

/// Keeps the connection of large values for as long as the first one is in use.
///
/// With `failover=strict` there is none, because only of the first it is known at any time which
/// incarnation of the server it leads to.
pub(crate) async fn keep_bulk(link: &Link, live: &Live) -> Infallible {
    if link.config.failover == Failover::Strict {
        return pending().await;
    }
    if link.large.was_met() {
        live.bulk.wanted.notify_one();
    }
    let mut keeper = Keeper { link, live, next: Instant::now(), pause: FIRST_PAUSE };
    loop {
        match live.bulk.connection.load_full() {
            None => {
                live.bulk.wanted.notified().await;
                let made = keeper.make().await;
                live.bulk.connection.store(made.map(Arc::new));
            }
            Some(connection) => keeper.look_after(&connection).await,
        }
    }
}

impl Keeper<'_> {
    /// Asks a connection that is used whether it works. What is large comes first, so the answer may take
    /// long; meanwhile any byte will do.
    async fn look_after(&mut self, connection: &Arc<Connection>) {
        let live = self.live;
        let bulk = &live.bulk;
        sleep(PROBE_EVERY).await;
        if bulk.sent.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        let received = connection.received();
        let another = match timeout(self.link.config.connect_timeout, connection.probe()).await {
            Ok(Err(error)) if error.kind == Kind::Lost => return bulk.give_up(connection),
            Ok(_) => {
                self.pause = FIRST_PAUSE;
                return;
            }
            Err(_) if connection.received() == received => self.make().await,
            Err(_) => None,
        };
        match another {
            Some(another) if connection.received() == received => {
                bulk.connection.store(Some(Arc::new(another)));
                connection.close();
            }
            // It is slow; or it hangs, and there is no other. Then it stays, because large values are not
            // to get among the small ones, and is asked again.
            _ => {
                bulk.sent.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Connects to the server to which the first connection leads. Behind a name or a proxy may be several.
    async fn make(&mut self) -> Option<Connection> {
        sleep_until(self.next).await;
        let made = timeout(2 * self.link.config.connect_timeout, self.connect()).await;
        self.next = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        match made {
            Ok(Ok(connection)) => connection,
            Ok(Err(reason)) => {
                tracing::debug!(target: "two_tier_cache", reason, "large values have no connection");
                None
            }
            Err(_) => None,
        }
    }

    /// `None` if it leads elsewhere.
    async fn connect(&self) -> Result<Option<Connection>, String> {
        let connection = connect(&self.link.config).await.map_err(|error| error.to_string())?;
        let here = connection.ask_incarnation().await.map_err(|error| error.to_string())?;
        let there = self.live.connection.ask_incarnation().await;
        let there = there.map_err(|error| error.to_string())?;
        Ok((here == there).then_some(connection))
    }
}

impl Bulk {
    /// The connection. If there is none, it is wanted from now on.
    fn get(&self) -> Option<Arc<Connection>> {
        let connection = self.connection.load_full();
        if connection.is_none() {
            self.wanted.notify_one();
        }
        connection
    }

    /// Gives a connection up, unless another stands in its place.
    fn give_up(&self, connection: &Arc<Connection>) {
        self.connection.compare_and_swap(connection, None);
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
    command: impl Fn(Arc<Connection>) -> F,
) -> Option<Result<A, BackendError>>
where
    F: Future<Output = Result<A, CommandError>>,
{
    let live = link.up()?;
    for _ in 0..ATTEMPTS {
        let connection = live.bulk.get()?;
        live.bulk.sent.fetch_add(1, Ordering::Relaxed);
        // Who gives up says nothing about the first connection.
        let asked = Asked::of(link, u64::MAX);
        let outcome = while_up(link, &live, pin!(command(Arc::clone(&connection)))).await;
        asked.answered();
        match outcome? {
            Ok(answer) => return Some(Ok(answer)),
            // Another may stand in its place by now.
            Err(error) if error.kind == Kind::Lost => live.bulk.give_up(&connection),
            Err(error) => {
                link.trouble(&error);
                return Some(Err(BackendError::new(error.to_string())));
            }
        }
    }
    None
}
