//! What it costs Redis that processes keep values near: a memory of who has read what, and a message to
//! each of them with every change.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt};
use redis::Connection;
use tokio::time::sleep;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, Invalidation};
use two_tier_cache_figures::short;
use two_tier_cache_test_servers::RedisServer;

use super::cpu;
use super::histogram::Histogram;
use super::row::{Ours, Row, load_near};
use super::server::{connect, info, put};
use super::table::Table;

const AT_ONCE: usize = 64;
/// Connections that have read what is invalidated.
const READERS: [usize; 4] = [0, 1, 10, 100];
const KEYS: u64 = 200;

/// After so long, a connection whose near tier was asked for is tracked: the next probe does it.
const TRACKED_AFTER: Duration = Duration::from_millis(700);
/// A key that nothing is measured of.
const ELSEWHERE: u64 = u64::MAX;

/// So many, which keep what they read from now on.
async fn ours(server: &RedisServer, count: usize) -> Result<Vec<Arc<Ours>>> {
    let mut all = Vec::new();
    for _ in 0..count {
        let caches = CacheManager::builder().backend(RedisBackend::lazy(&server.url())?).build()?;
        let ours = Arc::new(Ours::new(caches, 64));
        load_near(&ours, ELSEWHERE).await;
        all.push(ours);
    }
    sleep(TRACKED_AFTER).await;
    Ok(all)
}

/// What the server keeps for each key that somebody has read, and for each further reader.
pub async fn memory(entries: u64) -> Result<Table> {
    let server = RedisServer::start();
    let mut connection = connect(&server)?;
    // A fill is a change, so what this one has read is not remembered any more.
    read_all(&ours(&server, 1).await?[0], entries).await;
    let mut table = Table::new(&["connections that read all keys", "`used_memory` per key, bytes"]);
    let before = info(&mut connection, "memory", "used_memory")?;
    let mut readers = Vec::new();
    for count in 1..=3 {
        // All of them stay: with its connection, a reader is forgotten.
        readers.extend(ours(&server, 1).await?);
        read_all(&readers[count - 1], entries).await;
        let tracked = info(&mut connection, "stats", "tracking_total_keys")?;
        ensure!(tracked >= entries as f64, "{tracked} of {entries} are tracked");
        let used = info(&mut connection, "memory", "used_memory")? - before;
        table.row(&[&count.to_string(), &short(used / entries as f64)]);
    }
    Ok(table)
}

async fn read_all(ours: &Ours, entries: u64) {
    let load = |id| async move { drop(load_near(ours, id).await) };
    stream::iter(0..entries).for_each_concurrent(AT_ONCE, load).await;
}

/// What an invalidation costs by the number of those who are told.
pub async fn messages(rounds: usize) -> Result<Table> {
    let mut table = Table::new(&[
        "connections that have read the key",
        "`invalidate`, µs: p50",
        "p99",
        "server, µs of CPU per invalidation",
        "messages per invalidation",
    ]);
    for count in READERS {
        let server = RedisServer::start();
        let readers = ours(&server, count).await?;
        let mut watched = Watched { connection: connect(&server)?, server, cpu: 0.0, told: 0.0 };
        let mut histogram = Histogram::default();
        for _ in 0..rounds {
            watched.fill(&readers).await?;
            watched.invalidate(&mut histogram).await?;
        }
        let all = histogram.count() as f64;
        table.row(&[
            &count.to_string(),
            &short(histogram.quantile(0.5)),
            &short(histogram.quantile(0.99)),
            &short(watched.cpu * 1e6 / all),
            &short(watched.told / all),
        ]);
    }
    Ok(table)
}

struct Watched {
    server: RedisServer,
    connection: Connection,
    cpu: f64,
    told: f64,
}

impl Watched {
    /// So that all readers are told of the next change of each key.
    async fn fill(&mut self, readers: &[Arc<Ours>]) -> Result<()> {
        // The first fills, which is a change; what is read after it is remembered.
        for reader in readers.iter().chain(readers) {
            for id in 0..KEYS {
                load_near(reader, id).await;
            }
        }
        if readers.is_empty() {
            // An invalidation looks at the header alone.
            load_near(&ours(&self.server, 1).await?[0], 0).await;
            let bytes: Vec<u8> = redis::cmd("GET").arg("near:0").query(&mut self.connection)?;
            put(&mut self.connection, KEYS, |id| format!("near:{id}"), &bytes)?;
        }
        Ok(())
    }

    async fn invalidate(&mut self, histogram: &mut Histogram) -> Result<()> {
        let writer = ours(&self.server, 1).await?;
        let near = writer[0].caches.cache::<Arc<Row>>("near").build();
        let pid = self.server.pid();
        let (cpu, told) = (cpu::main_thread_of(pid)?, self.remembered()?);
        for id in 0..KEYS {
            let since = Instant::now();
            let outcome = near.invalidate(&id).await;
            histogram.add(since.elapsed());
            ensure!(outcome == Invalidation::Applied, "an invalidation was {outcome:?}");
        }
        self.cpu += (cpu::main_thread_of(pid)? - cpu).as_secs_f64();
        self.told += told - self.remembered()?;
        Ok(())
    }

    /// The keys that are remembered, each once for each reader: as many go as are told.
    fn remembered(&mut self) -> Result<f64> {
        info(&mut self.connection, "stats", "tracking_total_items")
    }
}
