//! Invalidations by many tasks, while the server goes and comes back.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::task::{JoinHandle, yield_now};
use two_tier_cache::{HealthState, Invalidation};
use two_tier_cache_test_servers::RedisServer;

use crate::service::{LIMIT, Service, until};
use crate::support::variant::told;
use crate::support::{Db, in_time};

const KEYS: u32 = 40;
const WRITERS: u32 = 4;

/// One row for each key, the last row whose invalidation was acknowledged, and whether to go on.
#[derive(Debug)]
struct Table {
    rows: Vec<AtomicU32>,
    acknowledged: Vec<AtomicU32>,
    writes: AtomicU32,
    stop: AtomicBool,
}

impl Table {
    fn new() -> Arc<Self> {
        let zeros = || (0..KEYS).map(|_| AtomicU32::new(0)).collect();
        let (rows, acknowledged) = (zeros(), zeros());
        Arc::new(Self {
            rows,
            acknowledged,
            writes: AtomicU32::new(0),
            stop: AtomicBool::new(false),
        })
    }

    fn row(&self, key: u32) -> u32 {
        self.rows[key as usize].load(Ordering::SeqCst)
    }

    async fn read(&self, service: &Service, key: u32) -> u32 {
        let load = || async {
            let row = self.row(key);
            yield_now().await;
            Ok::<_, Infallible>(row)
        };
        told(&service.rows).await;
        let Ok(row) = in_time(LIMIT, service.rows.get(&key, load)).await.0;
        row
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }
}

/// Writes and invalidates some of the keys, one after the other.
fn writer(service: &Service, table: &Arc<Table>, first: u32) -> JoinHandle<[u32; 2]> {
    let (service, table) = (service.clone(), Arc::clone(table));
    tokio::spawn(async move {
        let mut outcomes = [0; 2];
        while table.goes_on() {
            for key in (first..KEYS).step_by(WRITERS as usize) {
                let row = table.rows[key as usize].fetch_add(1, Ordering::SeqCst) + 1;
                let outcome = service.invalidate(key).await;
                table.acknowledged[key as usize].store(row, Ordering::SeqCst);
                outcomes[usize::from(outcome == Invalidation::Applied)] += 1;
                table.writes.fetch_add(1, Ordering::SeqCst);
                yield_now().await;
            }
        }
        outcomes
    })
}

/// Reads all keys. In the process of the writers nothing older than what was acknowledged may be
/// read; another process may be behind while it has no server.
fn reader(service: &Service, table: &Arc<Table>, is_current: bool) -> JoinHandle<()> {
    let (service, table) = (service.clone(), Arc::clone(table));
    tokio::spawn(async move {
        while table.goes_on() {
            for key in 0..KEYS {
                let acknowledged = table.acknowledged[key as usize].load(Ordering::SeqCst);
                let row = table.read(&service, key).await;
                assert!(!is_current || row >= acknowledged, "{key}: {row} after {acknowledged}");
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_invalidation_is_lost_while_the_server_restarts() {
    // What it has acknowledged it keeps: a process that is killed has written its log.
    let args = ["--appendonly", "yes", "--appendfsync", "no"];
    let server = Arc::new(RedisServer::builder().args(args).start());
    let (table, db) = (Table::new(), Db::new());
    let [service, other] = [(); 2].map(|()| Service::hasty(&server.url(), &db));
    let writers: Vec<_> = (0..WRITERS).map(|first| writer(&service, &table, first)).collect();
    let mut readers = vec![reader(&service, &table, true), reader(&service, &table, true)];
    readers.push(reader(&other, &table, false));
    for _ in 0..5 {
        let enough = table.writes.load(Ordering::SeqCst) + 300;
        until("some are written", || table.writes.load(Ordering::SeqCst) >= enough).await;
        let server = Arc::clone(&server);
        tokio::task::spawn_blocking(move || server.restart()).await.unwrap();
    }
    service.recovers().await;
    let enough = table.writes.load(Ordering::SeqCst) + 300;
    until("some are written", || table.writes.load(Ordering::SeqCst) >= enough).await;
    table.stop.store(true, Ordering::SeqCst);
    let mut outcomes = [0; 2];
    for writer in writers {
        let [queued, applied] = in_time(LIMIT, writer).await.0.unwrap();
        outcomes = [outcomes[0] + queued, outcomes[1] + applied];
    }
    for reader in readers {
        in_time(LIMIT, reader).await.0.unwrap();
    }
    assert!(outcomes.iter().all(|&count| count > 0), "queued and applied: {outcomes:?}");
    service.connects().await;
    service.replays().await;
    other.connects().await;
    let fresh = Service::patient(&server.url(), &db);
    for process in [&fresh, &other, &service] {
        for key in 0..KEYS {
            assert_eq!(table.read(process, key).await, table.row(key), "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_used_again_however_much_is_invalidated_meanwhile() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    server.pause();
    service.notices().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers = [0, 1].map(|writer| {
        let (service, stop) = (service.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut key = writer;
            while !stop.load(Ordering::SeqCst) {
                drop(service.rows.invalidate(&(key % 1_000)));
                key += 2;
                // About ten thousand a second.
                if key % 20 < 2 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        })
    });
    server.resume();
    service.recovers().await;
    assert_eq!(service.state(), HealthState::Connected);
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    service.replays().await;
}
