//! An invalidation that is asked for while Redis is away, and Redis comes back with the older value.

use std::{
    convert::Infallible,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::time::sleep;
use two_tier_cache::{CacheManager, Invalidation, TwoTierCache, redis::RedisBackend};

use crate::failure::{Failure, Server};

const OLDER: u64 = 1;
const LIMIT: Duration = Duration::from_secs(10);

/// What came of it.
#[derive(Clone, Copy)]
pub(crate) struct Queued {
    failure: Failure,
    /// How often the process that asked read the key through all of it, and how often the older value.
    reads: u64,
    stale: u64,
    /// How long after the end of the outage another process still read the older value.
    others: Duration,
}

/// Two processes, as far as the cache can tell, and the row of one key.
struct Reader {
    rows: TwoTierCache<u64>,
    row: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

pub(crate) async fn round(failure: Failure, outage: Duration) -> anyhow::Result<Queued> {
    let server = Server::start(failure).await?;
    let (row, over) = (Arc::new(AtomicU64::new(OLDER)), Arc::new(AtomicBool::new(false)));
    let mut readers = Vec::new();
    for _ in 0..2 {
        let caches = CacheManager::builder().backend(RedisBackend::lazy(&server.url)?).build()?;
        caches.ready(LIMIT).await;
        let rows = caches.cache("row").build();
        let reader = Reader { rows, row: Arc::clone(&row), over: Arc::clone(&over) };
        ensure!(reader.read().await == OLDER && reader.rows.exists(&7).await);
        readers.push((caches, Arc::new(reader)));
    }
    // A server that is killed comes back with what it had.
    server.command(vec![b"SAVE".into()]).await?;
    server.fail(failure).await?;
    row.store(OLDER + 1, Ordering::SeqCst);
    let (caches, one) = &readers[0];
    ensure!(one.rows.invalidate(&7).await == Invalidation::Queued, "it was not queued");
    let own = tokio::spawn(Arc::clone(one).go_on());
    let others = tokio::spawn(Arc::clone(&readers[1].1).go_on());
    sleep(outage).await;
    server.repair(failure).await?;
    let back = Instant::now();
    while caches.health().queued_invalidations > 0 {
        ensure!(back.elapsed() < LIMIT, "the queue is not replayed");
        sleep(Duration::from_millis(1)).await;
    }
    sleep(Duration::from_millis(500)).await;
    over.store(true, Ordering::SeqCst);
    let (own, others) = (own.await?, others.await?);
    let stale = own.iter().filter(|(value, _)| *value == OLDER).count() as u64;
    let last = others.iter().filter(|(value, at)| *value == OLDER && *at > back).map(|(_, at)| *at);
    let others = last.max().map_or(Duration::ZERO, |last| last - back);
    Ok(Queued { failure, reads: own.len() as u64, stale, others })
}

impl Reader {
    async fn read(&self) -> u64 {
        let load = || async { Ok::<_, Infallible>(self.row.load(Ordering::SeqCst)) };
        let Ok(value) = self.rows.get(&7, load).await;
        value
    }

    /// Reads all the time, and notes each value with when it came.
    async fn go_on(self: Arc<Self>) -> Vec<(u64, Instant)> {
        let mut read = Vec::new();
        while !self.over.load(Ordering::SeqCst) {
            let value = self.read().await;
            read.push((value, Instant::now()));
            sleep(Duration::from_micros(200)).await;
        }
        read
    }
}

/// The rounds of one failure, in a line.
pub(crate) struct Line<'a>(pub(crate) &'a [Queued]);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, ..] = self.0 else { return Ok(()) };
        let mut others: Vec<Duration> = self.0.iter().map(|round| round.others).collect();
        others.sort_unstable();
        let millis = |at: usize| others[at].as_secs_f64() * 1_000.0;
        let sum = |count: fn(&Queued) -> u64| self.0.iter().map(count).sum::<u64>();
        write!(
            f,
            "{}: the process that asked read the older value {} times of {}; others until {:.1} / \
             {:.1} / {:.1} ms after the end",
            first.failure,
            sum(|round| round.stale),
            sum(|round| round.reads),
            millis(0),
            millis(others.len() / 2),
            millis(others.len() - 1),
        )
    }
}
