//! What the server answers, in the words of the contract.

use two_tier_cache_backend::{Acquired, Fill, Found, Key, entry};

use super::RedisBackend;
use crate::commands::{Answer, Got};

impl RedisBackend {
    /// Reads what stands under a key.
    pub(super) fn found(&self, key: &Key, got: Got, incarnation: u64) -> Found {
        match got {
            Got::Absent => Found::Absent,
            Got::Foreign => Found::Foreign,
            Got::Bytes(bytes) => {
                self.link.large.note(key, bytes.len());
                self.decoded(key, bytes, incarnation)
            }
        }
    }

    fn decoded(&self, key: &Key, bytes: Vec<u8>, incarnation: u64) -> Found {
        entry::decode_owned(key.as_str(), bytes, self.link.server_now(), incarnation)
    }

    /// When a value becomes stale, by the server's clock; 0 if it never does.
    pub(super) fn soft_expiry(&self, fill: &Fill) -> u64 {
        if fill.fresh_for >= fill.ttl {
            return 0;
        }
        let fresh_for = u64::try_from(fill.fresh_for.as_millis()).unwrap_or(u64::MAX);
        self.link.server_now().saturating_add(fresh_for)
    }

    /// What a request for a lease came to.
    pub(super) fn acquired(&self, key: &Key, reply: Answer, incarnation: u64) -> Acquired {
        let (bytes, refresh) = match reply {
            Answer::Won => return Acquired::Won,
            Answer::Busy => return Acquired::Busy,
            Answer::Held => return Acquired::Held,
            Answer::Foreign => return Acquired::Foreign,
            Answer::Value(bytes) => (bytes, false),
            Answer::Refresh(bytes) => (bytes, true),
        };
        match self.decoded(key, bytes, incarnation) {
            Found::Value(entry) if refresh => Acquired::Refresh(entry),
            Found::Value(entry) => Acquired::Value(entry),
            // Nobody can be served what does not check out, but it may be filled over.
            _ if refresh => Acquired::Won,
            // It came after the look that this request followed. The next look rejects it.
            _ => Acquired::Held,
        }
    }
}
