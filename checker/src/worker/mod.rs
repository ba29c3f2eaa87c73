//! A process of the application: a cache on Redis, and tasks that read and write.

mod dropped;
mod observer;
mod operations;
mod rows;

use std::env;
use std::panic;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use fastrand::Rng;
use tokio::io::{AsyncReadExt, stdin};
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, TwoTierCache};

use self::observer::Observer;
use self::rows::{Row, Store};
use crate::database::Database;
use crate::event::{Count, Log};
use crate::times;

/// What a process is to do: the URL of its server, its database, its log and its seed.
pub(crate) const ORDERS: &str = "TWO_TIER_CACHE_CHECKER";

/// How many tasks of a process act at once.
const TASKS: u64 = 6;

/// Runs until the standard input ends.
pub(crate) fn run() -> Result<()> {
    // Panics are part of the play.
    panic::set_hook(Box::new(|_| {}));
    let orders = env::var(ORDERS)?;
    let mut words = orders.split(' ');
    let mut next = || words.next().context("orders");
    let (url, database, log, seed) = (next()?, next()?, next()?, next()?.parse()?);
    let near = if next()? == "near" { times::NEAR } else { Duration::ZERO };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(act(url, Path::new(database), Path::new(log), seed, near))
}

async fn act(url: &str, database: &Path, log: &Path, seed: u64, near: Duration) -> Result<()> {
    let log = Arc::new(Log::open(log)?);
    let observer = Observer::new(RedisBackend::lazy(url)?, &log, seed);
    let told = observer.told_of_outages();
    let caches = CacheManager::builder()
        .backend(observer)
        .lease_ttl(times::LEASE_TTL)
        .lease_wait(times::LEASE_WAIT)
        .redis_budget(times::REDIS_BUDGET)
        .outage_ttl(times::OUTAGE_TTL)
        .fence_ttl(times::FENCE_TTL)
        .near(near)
        .near_max_lag(times::NEAR_MAX_LAG)
        .build()?;
    let handle: TwoTierCache<Row> = caches.cache("row").ttl(times::TTL).build();
    let db = Database::open(database).await?;
    let store = Arc::new(Store { caches, handle, db, log, told });
    let over = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (store, over) = (Arc::clone(&store), Arc::clone(&over));
            let rng = Rng::with_seed(seed.wrapping_mul(31).wrapping_add(task));
            tokio::spawn(operations::repeat(store, rng, over))
        })
        .collect();
    // It ends with the parent, however that ends.
    let _end = stdin().read(&mut [0]).await;
    over.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await?;
    }
    note_counters(&store);
    Ok(())
}

/// What the cache says of itself.
fn note_counters(store: &Store) {
    let stats = store.caches.stats();
    let Some(rows) = stats.prefix("row") else { return };
    for (count, times) in [
        (Count::Hit, rows.hits),
        (Count::NearHit, rows.near_hits),
        (Count::Shared, rows.shared),
        (Count::Rejected, rows.fills_rejected),
    ] {
        for _ in 0..times {
            store.log.count(count);
        }
    }
}
