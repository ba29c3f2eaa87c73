//! A process of the application, as far as a test needs one: a manager of its own, and what it sees
//! of its server.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use two_tier_cache::redis::{RedisBackend, RedisConfig};
use two_tier_cache::{
    CacheManager, CacheManagerBuilder, FunctionStats, HealthState, Invalidation, TwoTierCache,
};

use crate::support::{Db, PREFIX, call, in_time, read, rows};

/// What takes longer hangs.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// More than a server needs that answers, however busy the machine is.
const AMPLE: Duration = Duration::from_secs(10);

/// One manager with a handle on its rows.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) caches: CacheManager,
    pub(crate) rows: TwoTierCache<u32>,
    pub(crate) db: Arc<Db>,
}

impl Service {
    /// A process that waits for its server for as long as that needs, so that a busy machine does
    /// not look like a fault.
    pub(crate) fn patient(url: &str, db: &Arc<Db>) -> Self {
        Self::built(url, db, CacheManager::builder().redis_budget(AMPLE))
    }

    /// A process with the limits that it has by default.
    pub(crate) fn hasty(url: &str, db: &Arc<Db>) -> Self {
        Self::built(url, db, CacheManager::builder())
    }

    pub(crate) fn built(url: &str, db: &Arc<Db>, builder: CacheManagerBuilder) -> Self {
        Self::configured(RedisConfig::from_url(url).unwrap(), db, builder)
    }

    pub(crate) fn configured(
        config: RedisConfig,
        db: &Arc<Db>,
        builder: CacheManagerBuilder,
    ) -> Self {
        let caches = builder.backend(RedisBackend::new(config)).build().unwrap();
        Self { rows: rows(&caches), caches, db: Arc::clone(db) }
    }

    /// A call that loads at once.
    pub(crate) async fn read(&self, key: u32) -> u32 {
        in_time(LIMIT, read(&self.rows, key, &self.db)).await.0
    }

    /// The same call, on its way.
    pub(crate) fn start_to_read(&self, key: u32) -> tokio::task::JoinHandle<u32> {
        call(&self.rows, key, &self.db)
    }

    pub(crate) async fn invalidate(&self, key: u32) -> Invalidation {
        in_time(LIMIT, self.rows.invalidate(&key)).await.0
    }

    /// The counters of the rows.
    pub(crate) fn stats(&self) -> FunctionStats {
        self.caches.stats().prefix(PREFIX).expect("the prefix was used").clone()
    }

    pub(crate) fn state(&self) -> HealthState {
        self.caches.health().state
    }

    /// Why the server is away.
    pub(crate) fn reason(&self) -> String {
        self.caches.health().reason.unwrap_or_default()
    }

    pub(crate) fn queued(&self) -> usize {
        self.caches.health().queued_invalidations
    }

    /// Waits until the server answers, without a call that would ask it to, and until all that was
    /// queued is applied.
    pub(crate) async fn recovers_and_replays(&self) {
        self.recovers().await;
        self.replays().await;
    }

    /// Waits until the server answers, without a call that would ask it to.
    pub(crate) async fn recovers(&self) {
        until("the server is back", || self.state() == HealthState::Connected).await;
    }

    /// Uses the server, and returns when it answers.
    pub(crate) async fn connects(&self) {
        until_async("the server is used", async || {
            in_time(LIMIT, self.rows.exists(&u32::MAX)).await;
            self.state() == HealthState::Connected
        })
        .await;
    }

    /// Waits until the process knows that its server is away.
    pub(crate) async fn notices(&self) {
        until("the outage is known", || self.state() == HealthState::Down).await;
    }

    /// Waits until nothing is queued any more.
    pub(crate) async fn replays(&self) {
        until("the queue is applied", || self.queued() == 0).await;
    }

    /// Uses the server, and returns when the process knows that it is away.
    pub(crate) async fn goes_without(&self) {
        in_time(LIMIT, self.rows.exists(&u32::MAX)).await;
        self.notices().await;
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LIMIT, "it takes too long until {what}");
        sleep(Duration::from_millis(1)).await;
    }
}

/// The same for something that is found out by asking.
pub(crate) async fn until_async(what: &str, is_so: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < LIMIT, "it takes too long until {what}");
        sleep(Duration::from_millis(1)).await;
    }
}
