//! Client-side caching as Redis 6 has it: the server tells of the next change of each key that was read
//! for the near tier.
//!
//! It is the default mode with `OPTIN` on the connection of the calls, see
//! `docs/decisions/0014-near-reads-opt-in.md`. The messages come in the task that reads the connection,
//! before whatever the server answers later.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use redis::{PushInfo, PushKind, Value};
use two_tier_cache_backend::{Key, NearTier};

use crate::supervision::queue::Subject;

/// In how many parts `near_max_lag` is divided by the questions whether all was told.
const PROOFS: u32 = 4;

/// Who is told of changes.
#[derive(Default)]
pub(crate) struct Tracking(OnceLock<Told>);

struct Told {
    near: Arc<dyn NearTier>,
    max_lag: Duration,
}

impl Tracking {
    /// From now on this one is told.
    pub(crate) fn attach(&self, near: Arc<dyn NearTier>, max_lag: Duration) {
        // There is one manager to a backend.
        drop(self.0.set(Told { near, max_lag }).err());
    }

    /// Whether anybody is to be told.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.get().is_some()
    }

    fn near(&self) -> Option<&dyn NearTier> {
        self.0.get().map(|told| &*told.near)
    }

    /// How often the server has to prove that it tells.
    pub(crate) fn prove_every(&self) -> Option<Duration> {
        self.0.get().map(|told| told.max_lag / PROOFS)
    }

    /// The time to prove from.
    pub(crate) fn now(&self) -> u64 {
        self.near().map_or(0, NearTier::now)
    }

    /// All that had changed by then was told.
    pub(crate) fn proven(&self, since: u64) {
        if let Some(near) = self.near() {
            near.proven(since);
        }
    }

    /// Nothing is told any more.
    pub(crate) fn lost(&self) {
        if let Some(near) = self.near() {
            near.lost();
        }
    }

    /// Anything may have changed.
    pub(crate) fn forget_all(&self) {
        if let Some(near) = self.near() {
            near.invalidate_all();
        }
    }

    /// A key may have changed.
    pub(crate) fn forget_key(&self, key: &str) {
        if let Some(near) = self.near() {
            near.invalidate(key);
        }
    }

    /// Tells of an own change of keys, before its command is sent.
    pub(crate) fn changing<'a>(&'a self, keys: &'a [Key]) -> Changing<'a> {
        let changing = Changing { tracking: self, keys };
        changing.tell();
        changing
    }

    /// What an invalidation of this process is of.
    pub(crate) fn forget(&self, subject: &Subject) {
        match (self.near(), subject) {
            (Some(near), Subject::Key(key)) => near.invalidate(key.as_str()),
            (Some(near), Subject::Glob(glob)) => near.invalidate_glob(glob),
            (None, _) => {}
        }
    }

    /// Takes a message of the server.
    pub(crate) fn receive(&self, message: &PushInfo) {
        match (&message.kind, &message.data[..]) {
            (PushKind::Invalidate, [Value::Array(keys)]) => keys.iter().for_each(|key| {
                // A key that is no text is none of ours.
                if let Value::BulkString(key) = key
                    && let Ok(key) = std::str::from_utf8(key)
                {
                    self.forget_key(key);
                }
            }),
            // The server was flushed, or says something new: whatever that is, it is of a change.
            (PushKind::Invalidate | PushKind::Disconnection, _) => self.forget_all(),
            _ => {}
        }
    }
}

/// An own change of keys. Told of once more when its command was answered, or its caller gave up.
pub(crate) struct Changing<'a> {
    tracking: &'a Tracking,
    keys: &'a [Key],
}

impl Changing<'_> {
    fn tell(&self) {
        if self.tracking.is_wanted() {
            self.keys.iter().for_each(|key| self.tracking.forget_key(key.as_str()));
        }
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}

impl fmt::Debug for Tracking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tracking({})", if self.is_wanted() { "wanted" } else { "not wanted" })
    }
}
