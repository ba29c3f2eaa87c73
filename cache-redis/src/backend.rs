//! The backend itself: the contract of the cache, in commands.

mod answers;
pub(crate) mod large;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use two_tier_cache_backend::{
    Acquire, Acquired, Backend, BackendError, Body, BoxFuture, ConfigError, Fill, Form, Found,
    Glob, Health, HealthState, Invalidate, Key, NearTier, Over, Token, Tracked, entry, mutant,
};

use crate::config::RedisConfig;
use crate::error::{CommandError, Kind};
use crate::failover::Leases;
use crate::supervision::call::{Repeat, carry_out};
use crate::supervision::invalidation;
use crate::supervision::link::{Link, Live, State};

/// How often a shutdown looks whether somebody is at what is queued.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Entries in Redis or Valkey, shared by every process on the same server.
///
/// It connects when it is first used, on the tokio runtime of that call, and looks after the
/// connection from then on: while the server does not answer, calls go on without it at once, and
/// they are back on it within about half a second after it answers again. The runtime needs its I/O
/// and time drivers (`enable_all`), as `#[tokio::main]` makes it.
///
/// # Examples
///
/// ```
/// use two_tier_cache_redis::RedisBackend;
///
/// // The server may be down.
/// let backend = RedisBackend::lazy("redis://127.0.0.1:6379")?;
/// # Ok::<(), two_tier_cache_backend::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct RedisBackend {
    link: Arc<Link>,
    leases: Leases,
}

impl RedisBackend {
    /// A backend on the server that this URL names; see [`RedisConfig::from_url`]. Connects to
    /// nothing.
    ///
    /// # Errors
    ///
    /// For a URL that names no server or asks for something unknown.
    pub fn lazy(url: &str) -> Result<Self, ConfigError> {
        Ok(Self::new(RedisConfig::from_url(url)?))
    }

    /// A backend with this configuration. Connects to nothing.
    #[must_use]
    pub fn new(config: RedisConfig) -> Self {
        Self { link: Arc::new(Link::new(config)), leases: Leases::default() }
    }

    /// A failed invalidation keeps this process from reading the key, or filling it.
    fn check(&self, key: &Key) -> Result<(), CommandError> {
        if self.link.queue.covers(key) && !mutant("replay-after-publish") {
            return Err(CommandError::new(Kind::Dirty, "an invalidation of the key is queued"));
        }
        Ok(())
    }
}

impl Drop for RedisBackend {
    fn drop(&mut self) {
        self.link.close();
    }
}

impl Backend for RedisBackend {
    fn form(&self) -> Form {
        Form::Encoded
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Found, BackendError>> {
        Box::pin(async move {
            let command = |live: Arc<Live>| async move {
                self.check(key)?;
                Ok((live.connection.get(key.as_str()).await?, live.connection.incarnation()))
            };
            // In a box of its own, as few values are large.
            if self.link.large.expects(key)
                && let Some(got) = Box::pin(self.get_large(key)).await
            {
                return Ok(self.found(key, got?, 0));
            }
            let (got, incarnation) = carry_out(&self.link, Repeat::Harmless, command).await?;
            Ok(self.found(key, got, incarnation))
        })
    }

    fn attach_near(&self, near: Arc<dyn NearTier>, max_lag: Duration) {
        self.link.tracking.attach(near, max_lag);
        // The connection that is up is asked to tell, too.
        self.link.kick.notify_one();
    }

    fn get_near<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Tracked, BackendError>> {
        Box::pin(async move {
            let command = |live: Arc<Live>| async move {
                self.check(key)?;
                let connection = &live.connection;
                let (got, left) = if connection.tracked() == Some(true) {
                    connection.get_near(key.as_str()).await?
                } else {
                    (connection.get(key.as_str()).await?, None)
                };
                Ok((got, left, connection.incarnation()))
            };
            let (got, keep_for, incarnation) =
                carry_out(&self.link, Repeat::Harmless, command).await?;
            Ok(Tracked { found: self.found(key, got, incarnation), keep_for })
        })
    }

    fn acquire<'a>(
        &'a self,
        key: &'a Key,
        request: Acquire,
    ) -> BoxFuture<'a, Result<Acquired, BackendError>> {
        Box::pin(async move {
            let command = |live: Arc<Live>| async move {
                self.check(key)?;
                let incarnation = live.connection.incarnation();
                self.leases.note(request.token, incarnation);
                Ok((live.connection.acquire(key, request).await?, incarnation))
            };
            // A value that stands goes, and it may be near. One that cannot be read is not.
            let changes = request.over == Over::Everything;
            let _told = changes.then(|| self.link.tracking.changing(std::slice::from_ref(key)));
            let (answer, incarnation) = carry_out(&self.link, Repeat::Never, command).await?;
            let acquired = self.acquired(key, answer, incarnation);
            if !matches!(acquired, Acquired::Won | Acquired::Refresh(_)) {
                self.leases.forget(request.token);
            }
            Ok(acquired)
        })
    }

    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        Box::pin(async move {
            let command =
                |live: Arc<Live>| async move { live.connection.renew(key, token, lease_ttl).await };
            carry_out(&self.link, Repeat::Harmless, command).await
        })
    }

    fn fill<'a>(&'a self, key: &'a Key, fill: Fill) -> BoxFuture<'a, Result<bool, BackendError>> {
        Box::pin(async move {
            let Body::Encoded { codec, payload } = &fill.entry.body else {
                return Err(BackendError::new("the value is not encoded"));
            };
            let soft_expiry = self.soft_expiry(&fill);
            let (entry, token, ttl) = (&fill.entry, fill.entry.id, fill.ttl);
            let leased_in = self.leases.of(token);
            let bytes =
                &entry::encode(key.as_str(), entry, *codec, payload, soft_expiry, leased_in);
            let command = |live: Arc<Live>| async move {
                self.check(key)?;
                // Another server may have the lease too; whoever waits must not take it for accepted.
                if leased_in != live.connection.incarnation() {
                    return Ok(false);
                }
                live.connection.fill(key, token, bytes, ttl).await
            };
            let _told = self.link.tracking.changing(std::slice::from_ref(key));
            let large = if self.link.large.note(key, bytes.len()) {
                self.fill_large(key, token, bytes, ttl).await
            } else {
                None
            };
            let filled = match large {
                Some(filled) => filled?,
                None => carry_out(&self.link, Repeat::Harmless, command).await?,
            };
            // After an error the lease may stand, and is released.
            self.leases.forget(token);
            Ok(filled)
        })
    }

    fn release(&self, key: &Key, token: Token) {
        self.leases.forget(token);
        // A lease that cannot be given back runs out by itself.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (link, key) = (Arc::clone(&self.link), key.clone());
        let _detached = runtime.spawn(async move {
            // Also on the next connection: the last one may have broken with the lease granted.
            let command = |live: Arc<Live>| {
                let key = key.clone();
                async move { live.connection.release(&key, token).await }
            };
            let released = carry_out(&link, Repeat::Harmless, command);
            let _runs_out = timeout(link.budget(), released).await;
        });
    }

    fn invalidate(&self, key: Key, settle: Duration) -> Invalidate {
        invalidation::start_keys(&self.link, [key], None, settle)
    }

    fn invalidate_many(&self, keys: Vec<Key>, settle: Duration) -> Invalidate {
        invalidation::start_keys(&self.link, keys, None, settle)
    }

    fn invalidate_glob(&self, glob: Glob, settle: Duration) -> Invalidate {
        invalidation::start_glob(&self.link, glob, settle)
    }

    fn fence<'a>(
        &'a self,
        key: &'a Key,
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        Box::pin(async move {
            let command = |live: Arc<Live>| async move {
                live.connection.fence(key, writer, fence_ttl).await
            };
            let _told = self.link.tracking.changing(std::slice::from_ref(key));
            carry_out(&self.link, Repeat::Never, command).await
        })
    }

    fn fence_many<'a>(
        &'a self,
        keys: &'a [Key],
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<(), BackendError>> {
        Box::pin(async move {
            if mutant("no-fence") {
                return Ok(());
            }
            let _told = self.link.tracking.changing(keys);
            // In parts, so that other calls find their turn on the connection.
            for keys in keys.chunks(invalidation::BATCH) {
                let command = |live: Arc<Live>| async move {
                    live.connection.fence_all(keys, writer, fence_ttl).await
                };
                carry_out(&self.link, Repeat::Never, command).await?;
            }
            Ok(())
        })
    }

    fn finish(&self, key: Key, writer: Token, settle: Duration) -> Invalidate {
        invalidation::start_keys(&self.link, [key], Some(writer), settle)
    }

    fn finish_many(&self, keys: Vec<Key>, writer: Token, settle: Duration) -> Invalidate {
        invalidation::start_keys(&self.link, keys, Some(writer), settle)
    }

    fn attach(&self, budget: Duration) {
        let millis = u64::try_from(budget.as_millis()).unwrap_or(u64::MAX);
        self.link.budget.store(millis, Ordering::Relaxed);
    }

    fn outage(&self) -> Option<u64> {
        match *self.link.state() {
            State::Down { outage, .. } => Some(outage),
            _ => None,
        }
    }

    fn health(&self) -> Health {
        let (state, reason) = match &*self.link.state() {
            State::Up(_) => (HealthState::Connected, None),
            State::Idle | State::Connecting | State::Slow => (HealthState::Connecting, None),
            State::Down { reason, .. } => (HealthState::Down, Some(reason.clone())),
        };
        let mut health = Health::new(state);
        health.queued_invalidations = self.link.queue.failed();
        health.unsettled_invalidations = self.link.unsettled.load(Ordering::Relaxed);
        health.reason = reason;
        health
    }

    fn ready(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.link.ready())
    }

    fn drained(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            // Without a runtime there is no supervisor, and nothing to wait for. One whose runtime is
            // no longer driven is relieved after a while.
            while self.link.queue.len() > 0 && self.link.ensure_supervised().is_ok() {
                self.link.replay.notify_one();
                let _looks_again = timeout(LOOK_EVERY, self.link.queue.emptied()).await;
            }
        })
    }

    fn shut_down(&self) -> usize {
        let left = self.link.queue.len();
        self.link.stop();
        left
    }
}
