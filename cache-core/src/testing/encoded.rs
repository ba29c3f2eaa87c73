use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{
    Acquire, Acquired, Backend, BackendError, Body, BoxFuture, Entry, Fill, Form, Found, Glob,
    Health, HealthState, Invalidate, Invalidation, Key, Token, entry,
};
use crate::codec::Erased;
use crate::store::{Bounds, Store};
use crate::testing::ManualClock;

/// A backend in this process that keeps what a server would: header and payload, as bytes.
///
/// With it, tests see what the codec makes of their values. Clones share one content, so two
/// managers on it are two processes on one server.
///
/// # Examples
///
/// ```
/// use two_tier_cache_core::{CacheManager, testing::EncodedBackend};
///
/// let server = EncodedBackend::new();
/// let one = CacheManager::builder().backend(server.clone()).build()?;
/// let other = CacheManager::builder().backend(server).build()?;
/// # Ok::<(), two_tier_cache_core::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct EncodedBackend {
    store: Arc<Store>,
}

impl Default for EncodedBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl EncodedBackend {
    /// An empty backend.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(&ManualClock::new())
    }

    /// An empty backend whose times follow this clock.
    #[must_use]
    pub fn with_clock(clock: &ManualClock) -> Self {
        let mib = 1024 * 1024;
        let bounds = Bounds { capacity: 10_000, max_bytes: 256 * mib, max_value_bytes: 32 * mib };
        Self { store: Arc::new(Store::new(Form::Typed, bounds, clock.clock())) }
    }

    /// The bytes under a key.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        bytes_of(&self.store.value(key)?).map(<[u8]>::to_vec)
    }

    /// Changes the bytes under a key, as a fault or another application would; `false` if there
    /// are none.
    pub fn tamper(&self, key: &str, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.store.replace_value(key, |mut stored| {
            let mut bytes = bytes_of(&stored).unwrap_or_default().to_vec();
            change(&mut bytes);
            if let Some(id) = entry::id(&bytes) {
                stored.id = id;
            }
            stored.body = Body::Typed(Arc::new(bytes));
            stored
        })
    }

    fn holds_foreign(&self, key: &Key) -> bool {
        let stored = self.store.value(key.as_str());
        matches!(stored, Some(Entry { body: Body::Typed(value), .. }) if is_foreign(key, &value))
    }

    /// Makes of a stored value what a server's reply would be.
    fn found(key: &Key, stored: &Entry) -> Found {
        let Some(bytes) = bytes_of(stored) else {
            return Found::Absent;
        };
        match entry::decode(key.as_str(), bytes, 0, 0) {
            // The store keeps the soft expiry, so the bytes need not.
            Found::Value(entry) => Found::Value(Entry { stale: stored.stale, ..entry }),
            other => other,
        }
    }
}

fn bytes_of(entry: &Entry) -> Option<&[u8]> {
    match &entry.body {
        Body::Typed(value) => bytes_in(value),
        Body::Encoded { .. } => None,
    }
}

fn bytes_in(value: &Erased) -> Option<&[u8]> {
    value.downcast_ref::<Vec<u8>>().map(Vec::as_slice)
}

/// Whether these are the bytes of another application.
fn is_foreign(key: &Key, value: &Erased) -> bool {
    bytes_in(value)
        .is_some_and(|bytes| matches!(entry::decode(key.as_str(), bytes, 0, 0), Found::Foreign))
}

fn done<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, BackendError>> {
    Box::pin(ready(Ok(value)))
}

impl Backend for EncodedBackend {
    fn form(&self) -> Form {
        Form::Encoded
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Found, BackendError>> {
        done(match self.store.get(key) {
            Found::Value(stored) => Self::found(key, &stored),
            other => other,
        })
    }

    fn acquire<'a>(
        &'a self,
        key: &'a Key,
        request: Acquire,
    ) -> BoxFuture<'a, Result<Acquired, BackendError>> {
        if self.holds_foreign(key) {
            return done(Acquired::Foreign);
        }
        let acquired = self.store.acquire(key, request);
        let refresh = matches!(acquired, Acquired::Refresh(_));
        done(match acquired {
            Acquired::Value(stored) | Acquired::Refresh(stored) => {
                match Self::found(key, &stored) {
                    Found::Value(entry) if refresh => Acquired::Refresh(entry),
                    Found::Value(entry) => Acquired::Value(entry),
                    _ => Acquired::Busy,
                }
            }
            other => other,
        })
    }

    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        done(self.store.renew(key, token, lease_ttl))
    }

    fn fill<'a>(
        &'a self,
        key: &'a Key,
        mut fill: Fill,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        let Body::Encoded { codec, payload } = &fill.entry.body else {
            return Box::pin(ready(Err(BackendError::new("the value is not encoded"))));
        };
        let bytes = entry::encode(key.as_str(), &fill.entry, *codec, payload, 0, 0);
        fill.entry.body = Body::Typed(Arc::new(bytes));
        done(self.store.fill(key, fill))
    }

    fn release(&self, key: &Key, token: Token) {
        self.store.release(key, token);
    }

    fn invalidate(&self, key: Key, settle: Duration) -> Invalidate {
        if !self.holds_foreign(&key) {
            self.store.invalidate(&key, settle);
        }
        Invalidate::ended(Invalidation::Applied)
    }

    fn invalidate_glob(&self, glob: Glob, settle: Duration) -> Invalidate {
        self.store.invalidate_glob(&glob, settle, is_foreign);
        Invalidate::ended(Invalidation::Applied)
    }

    fn fence<'a>(
        &'a self,
        key: &'a Key,
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        let ours = !self.holds_foreign(key);
        if ours {
            self.store.fence(key, writer, fence_ttl);
        }
        done(ours)
    }

    fn finish(&self, key: Key, writer: Token, settle: Duration) -> Invalidate {
        if !self.holds_foreign(&key) {
            self.store.finish(&key, writer, settle);
        }
        Invalidate::ended(Invalidation::Applied)
    }

    fn health(&self) -> Health {
        Health::new(HealthState::Connected)
    }
}
