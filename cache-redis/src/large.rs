//! Large values go over a connection of their own, so that no small one waits behind them.
//!
//! How large a value is that is asked for shows when it comes. So the next one of its prefix is expected
//! to be large too. Nothing depends on the order between the two connections: a fill needs its token, and
//! a read that begins after an invalidation finds it done.
//!
//! Nothing depends on the second connection either. It is made beside the calls, and used once it is
//! there; what comes to nothing on it is asked for on the first, and says nothing about that one.
//!
//! Reads for the near tier stay on the first, where their changes are told, and so do the values that come
//! with the answer to a request for a lease.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use parking_lot::RwLock;
use tokio::runtime::Handle;
use two_tier_cache_backend::{Key, coarse};

use crate::connect::connect;
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::failover::Failover;
use crate::supervision::call::is_suspicious;
use crate::supervision::link::{Link, Live};

/// From how many bytes on a value is large: what takes about as long as a round trip.
const LARGE: usize = 64 * 1024;

/// How many milliseconds after one that failed another connection is tried.
const PAUSE: u64 = 1_000;

/// Where large values were met.
#[derive(Debug, Default)]
pub(crate) struct Large {
    met: AtomicBool,
    scopes: RwLock<HashSet<String>>,
}

impl Large {
    /// Whether the value of a key may be large. One atomic load while none was.
    #[inline]
    pub(crate) fn expects(&self, key: &Key) -> bool {
        self.met.load(Ordering::Relaxed) && self.scopes.read().contains(key.scope())
    }

    /// Notes the size of a value; whether it is large.
    #[inline]
    pub(crate) fn note(&self, key: &Key, bytes: usize) -> bool {
        if bytes >= LARGE {
            self.add(key);
        }
        bytes >= LARGE
    }

    #[cold]
    fn add(&self, key: &Key) {
        if !self.expects(key) {
            // There are as many as there are prefixes.
            self.scopes.write().insert(key.scope().to_owned());
            self.met.store(true, Ordering::Relaxed);
        }
    }
}

/// The connection of large values that belongs to a first one.
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    connection: ArcSwapOption<Connection>,
    dialling: AtomicBool,
    /// In milliseconds of the coarse clock.
    not_before: AtomicU64,
}

impl Bulk {
    fn set(&self, connection: Option<Connection>) {
        if connection.is_none() {
            self.not_before.store(coarse::millis() + PAUSE, Ordering::Relaxed);
        }
        self.connection.store(connection.map(Arc::new));
    }
}

impl Live {
    /// The connection of large values, if it is there; else it is made, and the first serves meanwhile.
    ///
    /// With `failover=strict` there is none, because of the first alone it is known which incarnation of
    /// the server it leads to.
    pub(crate) fn bulk(self: &Arc<Self>, link: &Arc<Link>) -> Option<InUse<'_>> {
        if link.config.failover == Failover::Strict {
            return None;
        }
        let connection = self.bulk.connection.load_full();
        if connection.is_none() {
            self.dial(link);
        }
        Some(InUse {
            bulk: &self.bulk,
            connection: connection?,
            since: coarse::millis(),
            ended: false,
        })
    }

    fn dial(self: &Arc<Self>, link: &Arc<Link>) {
        let too_soon = coarse::millis() < self.bulk.not_before.load(Ordering::Relaxed);
        let Ok(runtime) = Handle::try_current() else { return };
        if too_soon || self.bulk.dialling.swap(true, Ordering::SeqCst) {
            return;
        }
        let (dialling, link) = (Dialling(Arc::clone(self)), Arc::clone(link));
        let _detached = runtime.spawn(async move {
            dialling.0.bulk.set(connect(&link.config).await.ok());
        });
    }
}

/// An attempt to connect. If it is dropped, also with its runtime, another may be made.
struct Dialling(Arc<Live>);

impl Drop for Dialling {
    fn drop(&mut self) {
        self.0.bulk.dialling.store(false, Ordering::SeqCst);
    }
}

/// The connection of large values, while a command waits for its answer.
pub(crate) struct InUse<'a> {
    bulk: &'a Bulk,
    connection: Arc<Connection>,
    since: u64,
    ended: bool,
}

impl InUse<'_> {
    /// What a command came to; `None` if the first connection has to be asked.
    pub(crate) fn ended<A>(mut self, outcome: Result<A, CommandError>) -> Option<A> {
        self.ended = true;
        if outcome.as_ref().is_err_and(|error| error.kind == Kind::Lost) {
            self.discard();
        }
        outcome.ok()
    }

    /// It is of no use; unless another stands in its place already.
    fn discard(&self) {
        let current = self.bulk.connection.load();
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &self.connection)) {
            self.bulk.set(None);
        }
    }
}

impl Deref for InUse<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for InUse<'_> {
    /// The caller gave up waiting: nobody else asks whether the connection still works.
    fn drop(&mut self) {
        if !self.ended && is_suspicious(self.since) {
            self.discard();
        }
    }
}
