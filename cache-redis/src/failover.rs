//! What happens to values when the server is replaced by a copy of it.

use std::collections::HashMap;

use parking_lot::Mutex;
use two_tier_cache_backend::Token;

/// What is done about values that may have outlived their invalidation: a failover to a replica, or a
/// restart from an older dump, can undo what the server had acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Failover {
    /// Nothing: such a value is served for at most the rest of its time to live.
    #[default]
    Bounded,
    /// A value is read only from the incarnation of the server in which its load was begun. Every
    /// restart, every failover and every failing back makes another incarnation, so all that was
    /// cached before is loaded anew.
    ///
    /// What is left is an old primary that still runs, cut off from its replicas together with some
    /// of its clients: those do not learn of what is invalidated on the new one. One that becomes a
    /// replica is noticed within two probes, about half a second.
    ///
    /// It needs the permission for `INFO`, and costs one more round trip with each probe of the
    /// connection, four times a second; calls send nothing more. A primary without replicas changes its
    /// replication id after a while (`repl-backlog-ttl`), which costs one miss for each key. All
    /// processes on a server should agree: to those that do not, each other's values are misses.
    Strict,
}

/// In which incarnation each lease that this process holds was asked for. Its value is stamped with
/// that one, and not with that of its fill: a replica may have the lease too, and accept the fill
/// after an invalidation that it never heard of.
#[derive(Debug, Default)]
pub(crate) struct Leases(Mutex<HashMap<Token, u64>>);

impl Leases {
    /// Notes that a lease is asked for. Whoever holds a lease fills or releases it in the end.
    pub(crate) fn note(&self, token: Token, incarnation: u64) {
        // Where nothing is strict, there is nothing to note.
        if incarnation != 0 {
            self.0.lock().insert(token, incarnation);
        }
    }

    /// The incarnation in which a lease was asked for; 0 if nothing is strict.
    pub(crate) fn of(&self, token: Token) -> u64 {
        self.0.lock().get(&token).copied().unwrap_or(0)
    }

    /// Forgets a lease that is over.
    pub(crate) fn forget(&self, token: Token) {
        self.0.lock().remove(&token);
    }
}
