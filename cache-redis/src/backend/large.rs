//! Where large values are met. They go over a connection of their own (`supervision/bulk.rs`).
//!
//! How large a value is that is asked for shows when it comes. So the next one of its prefix is expected
//! to be large too.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use two_tier_cache_backend::{BackendError, Key, Token};

use super::RedisBackend;
use crate::commands::Got;
use crate::connect::connection::Connection;
use crate::supervision::bulk::carry_out_large;

/// From how many bytes on a value is large: what takes about as long as a round trip.
const LARGE: usize = 64 * 1024;

/// The prefixes in which large values were met.
#[derive(Debug, Default)]
pub(crate) struct Large {
    met: AtomicBool,
    scopes: RwLock<HashSet<String>>,
}

impl Large {
    /// Whether any was.
    #[inline]
    pub(crate) fn was_met(&self) -> bool {
        self.met.load(Ordering::Relaxed)
    }

    /// Whether the value of a key may be large. One atomic load while none was.
    #[inline]
    pub(crate) fn expects(&self, key: &Key) -> bool {
        self.was_met() && self.scopes.read().contains(key.scope())
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

impl RedisBackend {
    /// Reads a value that is expected to be large on the connection of such; `None` if the other has to be
    /// asked.
    pub(super) async fn get_large(&self, key: &Key) -> Option<Result<Got, BackendError>> {
        self.check(key).ok()?;
        let command = |bulk: Arc<Connection>| async move { bulk.get(key.as_str()).await };
        carry_out_large(&self.link, command).await
    }

    /// The same of a value to store.
    pub(super) async fn fill_large(
        &self,
        key: &Key,
        token: Token,
        bytes: &[u8],
        ttl: Duration,
    ) -> Option<Result<bool, BackendError>> {
        self.check(key).ok()?;
        let command =
            |bulk: Arc<Connection>| async move { bulk.fill(key, token, bytes, ttl).await };
        carry_out_large(&self.link, command).await
    }
}
