//! A process that keeps rows near, and one that writes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, HealthState, Invalidation, TwoTierCache};
use two_tier_cache_test_servers::{Proxy, RedisServer};

const KEY: u64 = 7;
const READERS: u64 = 8;
const NEAR: Duration = Duration::from_secs(60);
/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Both, on one server; the reader's line can be disturbed.
pub struct Pair {
    pub server: RedisServer,
    pub line: Proxy,
    row: Arc<AtomicU64>,
    reader: CacheManager,
    read: TwoTierCache<u64>,
    written: TwoTierCache<u64>,
    /// Reads of other rows, as long as this lives.
    _others: Vec<Aborted>,
}

struct Aborted(JoinHandle<()>);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Pair {
    pub async fn new(max_lag: Duration) -> Result<Self> {
        let server = RedisServer::start();
        let line = Proxy::to(server.port());
        let near = CacheManager::builder().near(NEAR).near_max_lag(max_lag);
        let reader = near.backend(RedisBackend::lazy(&line.url())?).build()?;
        let writer = CacheManager::builder().backend(RedisBackend::lazy(&server.url())?).build()?;
        for caches in [&reader, &writer] {
            ensure!(caches.ready(PATIENCE).await.state == HealthState::Connected, "no connection");
        }
        let rows = |caches: &CacheManager| caches.cache("row").build();
        let (read, written) = (rows(&reader), rows(&writer));
        let row = Arc::new(AtomicU64::new(1));
        let others =
            (0..READERS).map(|task| Aborted(tokio::spawn(read_others(read.clone(), task))));
        let others = others.collect();
        Ok(Self { server, line, row, reader, read, written, _others: others })
    }

    async fn read(&self) -> u64 {
        read(&self.read, &self.row).await
    }

    fn near_hits(&self) -> u64 {
        self.reader.stats().prefix("row").map_or(0, |rows| rows.near_hits)
    }

    /// Waits until the row is held near, as it is.
    pub async fn is_near(&self) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            // The readers of other rows count as well, so many in a row are waited for.
            let before = self.near_hits();
            let found = self.read().await;
            if self.near_hits() > before && found == self.row.load(Ordering::SeqCst) {
                return Ok(());
            }
            sleep(Duration::from_millis(1)).await;
        }
        bail!("the row is not held near");
    }

    /// Writes the next row and invalidates it; when that was acknowledged, or else committed.
    pub async fn write(&self, acknowledged: bool) -> Result<Instant> {
        self.row.fetch_add(1, Ordering::SeqCst);
        let committed = Instant::now();
        let invalidation = self.written.invalidate(&KEY);
        if !acknowledged {
            drop(invalidation);
            return Ok(committed);
        }
        ensure!(invalidation.await == Invalidation::Applied, "the writer is disturbed too");
        Ok(Instant::now())
    }

    /// Reads again and again until the row that comes next is found, and tells when the last read began
    /// that found an older one.
    pub fn watch(&self) -> JoinHandle<Instant> {
        let next = self.row.load(Ordering::SeqCst) + 1;
        let (rows, row) = (self.read.clone(), Arc::clone(&self.row));
        tokio::spawn(async move {
            let mut stale = Instant::now();
            loop {
                let began = Instant::now();
                if read(&rows, &row).await >= next {
                    return stale;
                }
                stale = began;
                // Timers are coarser.
                std::thread::sleep(Duration::from_micros(100));
                tokio::task::yield_now().await;
            }
        })
    }

    /// Waits until both are connected and nothing is queued.
    pub async fn settle(&self) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            self.written.exists(&0).await;
            let writer = self.written.invalidate(&KEY).await;
            if writer == Invalidation::Applied
                && self.reader.health().state == HealthState::Connected
            {
                return Ok(());
            }
            sleep(Duration::from_millis(5)).await;
        }
        bail!("they do not recover");
    }
}

async fn read(rows: &TwoTierCache<u64>, row: &AtomicU64) -> u64 {
    let load = || async { Ok::<_, Infallible>(row.load(Ordering::SeqCst)) };
    let Ok(found) = rows.get(&KEY, load).await;
    found
}

/// Load on the tier and on the server.
async fn read_others(rows: TwoTierCache<u64>, task: u64) {
    for id in 0.. {
        let Ok(_) = rows
            .get(&(1_000 + task * 1_000 + id % 1_000), || async { Ok::<_, Infallible>(0) })
            .await;
        sleep(Duration::from_millis(1)).await;
    }
}
