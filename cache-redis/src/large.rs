//! Large values go over a connection of their own, so that no small one waits behind them.
//!
//! How large a value is that is asked for shows when it comes. So the next one of its prefix is expected
//! to be large too. Nothing depends on the order between the two connections: a fill needs its token, and
//! a read that begins after an invalidation finds it done.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use two_tier_cache_backend::Key;

use crate::connect::connect;
use crate::connect::connection::Connection;
use crate::failover::Failover;
use crate::supervision::link::{Link, Live};

/// From how many bytes on a value is large: what takes about as long as a round trip.
const LARGE: usize = 64 * 1024;

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

impl Live {
    /// The connection for a value of this size. That of large ones is made when the first is met; where
    /// it cannot be made, they go with the others.
    ///
    /// With `failover=strict` there is one connection, because it is known of that which incarnation of
    /// the server it leads to.
    pub(crate) async fn connection_for(&self, link: &Link, large: bool) -> &Connection {
        if !large || link.config.failover == Failover::Strict {
            return &self.connection;
        }
        let made = self.bulk.get_or_try_init(|| connect(&link.config)).await;
        made.unwrap_or(&self.connection)
    }
}
