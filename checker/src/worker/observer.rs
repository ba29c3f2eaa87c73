//! A backend that notes what is asked of it: which keys are fenced and invalidated, and how that ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use two_tier_cache::backend::{
    Acquire, Acquired, Backend, BackendError, BoxFuture, Fill, Form, Found, Glob, Key, NearTier,
    Token, Tracked,
};
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{Health, Invalidate, Invalidation};

use crate::clock::{Moment, now};
use crate::event::{Log, Rows, What, this_task};

/// Redis, observed.
#[derive(Debug)]
pub(super) struct Observer {
    redis: RedisBackend,
    log: Arc<Log>,
    told: Arc<AtomicU64>,
    count: AtomicU32,
}

impl Observer {
    pub(super) fn new(redis: RedisBackend, log: &Arc<Log>, seed: u64) -> Self {
        let count = AtomicU32::new(u32::try_from(seed % 1_000).unwrap_or(0));
        Self { redis, log: Arc::clone(log), told: Arc::default(), count }
    }

    /// When the cache was last told that there is an outage.
    pub(super) fn told_of_outages(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.told)
    }

    /// Notes how an invalidation ends that was asked for at `begun`. Every other one is awaited
    /// here, also if the application drops it; of the rest it is noted that it was dropped.
    fn noted(&self, begun: Moment, rows: Vec<Rows>, invalidation: Invalidate) -> Invalidate {
        let mut unseen = Unseen { log: Arc::clone(&self.log), begun, rows };
        let note = async move {
            let outcome = invalidation.await;
            let applied = outcome == Invalidation::Applied;
            for rows in std::mem::take(&mut unseen.rows) {
                unseen.log.note(begun, What::Invalidated { rows, applied });
            }
            outcome
        };
        let awaited_here = self.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        match Handle::try_current() {
            Ok(runtime) if awaited_here => {
                let noted = runtime.spawn(note);
                Invalidate::reporting(async move { noted.await.unwrap_or(Invalidation::Queued) })
            }
            _ => Invalidate::reporting(note),
        }
    }
}

/// An invalidation whose end nobody has seen yet.
struct Unseen {
    log: Arc<Log>,
    begun: Moment,
    rows: Vec<Rows>,
}

impl Drop for Unseen {
    fn drop(&mut self) {
        for &rows in &self.rows {
            self.log.note(self.begun, What::Unawaited { rows });
        }
    }
}

/// The row that a key is of.
fn row(key: &Key) -> u32 {
    let number = key.as_str().rsplit(':').next().and_then(|part| part.parse().ok());
    number.expect("all keys are of rows")
}

impl Backend for Observer {
    fn form(&self) -> Form {
        self.redis.form()
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Found, BackendError>> {
        self.redis.get(key)
    }

    fn attach_near(&self, near: Arc<dyn NearTier>, max_lag: Duration) {
        self.redis.attach_near(near, max_lag);
    }

    fn get_near<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Tracked, BackendError>> {
        self.redis.get_near(key)
    }

    fn acquire<'a>(
        &'a self,
        key: &'a Key,
        request: Acquire,
    ) -> BoxFuture<'a, Result<Acquired, BackendError>> {
        self.redis.acquire(key, request)
    }

    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        self.redis.renew(key, token, lease_ttl)
    }

    fn fill<'a>(&'a self, key: &'a Key, fill: Fill) -> BoxFuture<'a, Result<bool, BackendError>> {
        self.redis.fill(key, fill)
    }

    fn release(&self, key: &Key, token: Token) {
        self.redis.release(key, token);
    }

    fn invalidate(&self, key: Key, settle: Duration) -> Invalidate {
        let (begun, rows) = (now(), vec![Rows::One(row(&key))]);
        self.noted(begun, rows, self.redis.invalidate(key, settle))
    }

    fn invalidate_many(&self, keys: Vec<Key>, settle: Duration) -> Invalidate {
        let (begun, rows) = (now(), keys.iter().map(|key| Rows::One(row(key))).collect());
        self.noted(begun, rows, self.redis.invalidate_many(keys, settle))
    }

    fn invalidate_glob(&self, glob: Glob, settle: Duration) -> Invalidate {
        let begun = now();
        let all: Vec<u32> =
            (0..crate::times::ROWS).filter(|row| glob.matches(&format!("row:{row}"))).collect();
        let rows = match all[..] {
            [one] => Rows::One(one),
            _ => Rows::All,
        };
        self.noted(begun, vec![rows], self.redis.invalidate_glob(glob, settle))
    }

    fn fence<'a>(
        &'a self,
        key: &'a Key,
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        self.redis.fence(key, writer, fence_ttl)
    }

    fn fence_many<'a>(
        &'a self,
        keys: &'a [Key],
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<(), BackendError>> {
        Box::pin(async move {
            let begun = now();
            let fenced = self.redis.fence_many(keys, writer, fence_ttl).await;
            if fenced.is_ok() {
                for key in keys {
                    self.log.note(begun, What::Fenced { row: row(key), task: this_task() });
                }
            }
            fenced
        })
    }

    fn finish(&self, key: Key, writer: Token, settle: Duration) -> Invalidate {
        let (begun, rows) = (now(), vec![Rows::One(row(&key))]);
        self.noted(begun, rows, self.redis.finish(key, writer, settle))
    }

    fn finish_many(&self, keys: Vec<Key>, writer: Token, settle: Duration) -> Invalidate {
        let (begun, rows) = (now(), keys.iter().map(|key| Rows::One(row(key))).collect());
        self.noted(begun, rows, self.redis.finish_many(keys, writer, settle))
    }

    fn attach(&self, budget: Duration) {
        self.redis.attach(budget);
    }

    fn outage(&self) -> Option<u64> {
        let outage = self.redis.outage();
        if outage.is_some() {
            self.told.fetch_max(now(), Ordering::SeqCst);
        }
        outage
    }

    fn health(&self) -> Health {
        self.redis.health()
    }

    fn ready(&self) -> BoxFuture<'_, ()> {
        self.redis.ready()
    }

    fn drained(&self) -> BoxFuture<'_, ()> {
        self.redis.drained()
    }

    fn shut_down(&self) -> usize {
        self.redis.shut_down()
    }
}
