//! Two managers on one server, which to each other are two processes: what becomes of a lease whose
//! holder is dropped, fails, or loses it.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::time::sleep;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, CacheManagerBuilder, FunctionStats, HealthState, TwoTierCache};
use two_tier_cache_test_servers::RedisServer;

use crate::support::{Db, Gate, PREFIX, call, in_time, read, rows, slow_call};

const KEY: &str = "row:7";
/// What takes longer hangs.
const LIMIT: Duration = Duration::from_secs(30);
/// Longer than any test: who waits for so long hangs.
const LONG: Duration = Duration::from_secs(600);

async fn manager(server: &RedisServer, builder: CacheManagerBuilder) -> CacheManager {
    let backend = RedisBackend::lazy(&server.url()).unwrap();
    let caches = builder.backend(backend).redis_budget(LIMIT).build().unwrap();
    in_time(LIMIT, connected(&caches)).await;
    caches
}

/// Waits until the manager is connected. On a busy machine that takes longer than a call waits for
/// it, and until then calls do without the server.
pub(crate) async fn connected(caches: &CacheManager) {
    while caches.health().state != HealthState::Connected {
        rows(caches).exists(&0).await;
        sleep(Duration::from_millis(1)).await;
    }
}

/// Leases stand, and others wait for them, for longer than the test takes.
fn patient() -> CacheManagerBuilder {
    CacheManager::builder().lease_ttl(LONG).lease_wait(LONG)
}

fn stats(caches: &CacheManager) -> FunctionStats {
    caches.stats().prefix(PREFIX).expect("the prefix was used").clone()
}

/// Waits until a call has looked and found nothing.
async fn missed(caches: &CacheManager) {
    while caches.stats().prefix(PREFIX).is_none_or(|rows| rows.misses == 0) {
        sleep(Duration::from_millis(1)).await;
    }
}

fn is_there(server: &RedisServer) -> bool {
    server.command(&["EXISTS", KEY]).int() == 1
}

#[tokio::test]
async fn another_process_goes_on_at_once_when_a_leader_is_dropped() {
    let (server, db, gate) = (RedisServer::start(), Db::new(), Gate::closed());
    let (mine, theirs) = (manager(&server, patient()).await, manager(&server, patient()).await);
    let dropped = slow_call(&rows(&mine), 7, &db, &gate);
    gate.reached_by(1).await;
    let waiting = call(&rows(&theirs), 7, &db);
    missed(&theirs).await;
    assert_eq!(db.loads(), 1, "it waits for the lease");
    dropped.abort();
    assert_eq!(in_time(LIMIT, waiting).await.0.unwrap(), 1);
    assert_eq!((db.loads(), stats(&theirs).fills), (2, 1));
    assert_eq!(read(&rows(&mine), 7, &db).await, 1);
    assert_eq!(db.loads(), 2);
}

#[tokio::test]
async fn another_process_goes_on_at_once_when_a_load_fails() {
    let (server, db, gate) = (RedisServer::start(), Db::new(), Gate::closed());
    let (mine, theirs) = (manager(&server, patient()).await, manager(&server, patient()).await);
    let failing = tokio::spawn({
        let (rows, gate) = (rows(&mine), Arc::clone(&gate));
        async move {
            let load = || async {
                gate.pass().await;
                Err("the database hung up")
            };
            rows.get(&7, load).await
        }
    });
    gate.reached_by(1).await;
    let waiting = call(&rows(&theirs), 7, &db);
    missed(&theirs).await;
    assert_eq!(db.loads(), 0, "it waits for the lease");
    gate.open();
    assert_eq!(in_time(LIMIT, failing).await.0.unwrap(), Err("the database hung up"));
    assert_eq!(in_time(LIMIT, waiting).await.0.unwrap(), 1);
    assert_eq!((db.loads(), stats(&theirs).fills), (1, 1));
}

#[tokio::test]
async fn a_load_whose_lease_is_evicted_returns_its_value_and_does_not_fill() {
    for loss in [&["DEL", KEY][..], &["FLUSHALL"], &["PEXPIRE", KEY, "0"]] {
        let (server, db, gate) = (RedisServer::start(), Db::new(), Gate::closed());
        let caches = manager(&server, patient()).await;
        let rows = rows(&caches);
        let loading = slow_call(&rows, 7, &db, &gate);
        gate.reached_by(1).await;
        server.command(loss);
        db.write(2);
        gate.open();
        assert_eq!(in_time(LIMIT, loading).await.0.unwrap(), 1, "{loss:?}");
        assert!(!is_there(&server), "{loss:?}");
        assert_eq!(stats(&caches).fills_rejected, 1, "{loss:?}");
        assert_eq!([read(&rows, 7, &db).await, read(&rows, 7, &db).await], [2, 2], "{loss:?}");
        assert_eq!(db.loads(), 2, "{loss:?}");
    }
}

#[tokio::test]
async fn a_load_whose_lease_another_process_has_got_meanwhile_does_not_fill() {
    let (server, db) = (RedisServer::start(), Db::new());
    let (mine, theirs) = (manager(&server, patient()).await, manager(&server, patient()).await);
    let [slow, slower] = [(); 2].map(|()| Gate::closed());
    let before = slow_call(&rows(&mine), 7, &db, &slow);
    slow.reached_by(1).await;
    server.command(&["DEL", KEY]);
    db.write(2);
    let after = slow_call(&rows(&theirs), 7, &db, &slower);
    slower.reached_by(1).await;
    // The lease of the other stands, while the first one sends its fill.
    slow.open();
    assert_eq!(in_time(LIMIT, before).await.0.unwrap(), 1);
    assert_eq!(stats(&mine).fills_rejected, 1);
    slower.open();
    assert_eq!(in_time(LIMIT, after).await.0.unwrap(), 2);
    assert_eq!((stats(&theirs).fills, stats(&theirs).fills_rejected), (1, 0));
    assert_eq!(read(&rows(&mine), 7, &db).await, 2);
    assert_eq!(db.loads(), 2);
}

/// A process that stands still renews nothing.
#[tokio::test]
async fn a_load_whose_lease_runs_out_returns_its_value_and_does_not_fill() {
    let (server, db) = (RedisServer::start(), Db::new());
    let short = CacheManager::builder().lease_ttl(Duration::from_millis(50));
    let caches = manager(&server, short).await;
    let (rows, stood): (TwoTierCache<u32>, _) = (rows(&caches), Cell::new(false));
    let load = || async {
        let row = db.load().await;
        stood.set(is_there(&server));
        let began = Instant::now();
        while is_there(&server) && began.elapsed() < LIMIT {
            thread::sleep(Duration::from_millis(1));
        }
        row
    };
    let Ok::<_, Infallible>(row) = in_time(LIMIT, rows.get(&7, load)).await.0;
    assert_eq!((row, stats(&caches).fills_rejected), (1, 1));
    assert!(stood.get() && !is_there(&server));
    db.write(2);
    assert_eq!([read(&rows, 7, &db).await, read(&rows, 7, &db).await], [2, 2]);
    assert_eq!(db.loads(), 2);
}
