//! Invalidations that the server does not get to hear of at once.

mod restarts;
mod unawaited;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tracing::Level;
use two_tier_cache::redis::RedisConfig;
use two_tier_cache::{CacheManager, HealthState, Invalidation, TwoTierCache};
use two_tier_cache_test_servers::RedisServer;

use crate::service::{LIMIT, Service};
use crate::support::events::Events;
use crate::support::{Db, TTL, in_time, read, rows};

/// Two processes that know each other's values, on a server that then stands still, with all its
/// data, and both know that.
async fn cut_off(keys: u32) -> (RedisServer, Arc<Db>, [Service; 2]) {
    let (server, db) = (RedisServer::start(), Db::new());
    let services = [(); 2].map(|()| Service::patient(&server.url(), &db));
    for service in &services {
        service.connects().await;
        for key in 0..keys {
            assert_eq!(service.read(key).await, 1);
        }
    }
    assert_eq!(db.loads(), keys as usize, "the other one reads them from the server");
    server.pause();
    for service in &services {
        service.notices().await;
    }
    (server, db, services)
}

#[tokio::test]
async fn a_queued_invalidation_is_applied_before_its_key_is_read_again() {
    let (server, db, [service, other]) = cut_off(3).await;
    db.write(2);
    assert_eq!(service.invalidate(0).await, Invalidation::Queued);
    assert_eq!(service.rows.invalidate_pattern("[1]").await, Invalidation::Queued);
    assert_eq!(service.queued(), 2);
    assert_eq!(service.caches.health().state, HealthState::Down);
    server.resume();
    service.recovers().await;
    assert_eq!((service.read(0).await, service.read(1).await), (2, 2), "applied or not");
    service.replays().await;
    other.recovers().await;
    for key in [0, 1] {
        assert_eq!(other.read(key).await, 2, "the other process sees it, too");
        assert_eq!(service.read(key).await, 2);
    }
    assert_eq!(service.read(2).await, 1, "nothing else is invalidated");
}

/// Calls without a pause, on a few keys, until told to stop: none may return the older row.
fn hammer(service: &Service, keys: u32, stop: &Arc<AtomicBool>) -> JoinHandle<usize> {
    let (service, stop) = (service.clone(), Arc::clone(stop));
    tokio::spawn(async move {
        let mut calls = 0;
        while !stop.load(Ordering::SeqCst) {
            for key in 0..keys {
                assert_eq!(service.read(key).await, 2, "key {key}, call {calls}");
                calls += 1;
            }
        }
        calls
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_after_a_queued_invalidation_reads_the_older_value_through_the_recovery() {
    let (server, db, [service, _other]) = cut_off(40).await;
    db.write(2);
    for key in 0..20 {
        assert_eq!(service.invalidate(key).await, Invalidation::Queued);
    }
    assert_eq!(service.rows.invalidate_pattern("[23]?").await, Invalidation::Queued);
    let stop = Arc::new(AtomicBool::new(false));
    let hammers: Vec<_> = (0..6).map(|_| hammer(&service, 20, &stop)).collect();
    server.resume();
    service.recovers().await;
    // Each of them goes on for a while on the server that is back.
    let reads = service.stats().hits;
    while service.stats().hits < reads + 500 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.store(true, Ordering::SeqCst);
    for hammer in hammers {
        assert!(in_time(LIMIT, hammer).await.0.unwrap() > 0);
    }
    for key in 20..40 {
        assert_eq!(service.read(key).await, 2);
    }
}

#[tokio::test]
async fn ten_thousand_queued_keys_are_replayed() {
    let (server, db, [service, other]) = cut_off(5).await;
    db.write(2);
    for key in 0..10_000 {
        assert_eq!(service.invalidate(key).await, Invalidation::Queued);
    }
    // Twice is once.
    assert_eq!(service.invalidate(0).await, Invalidation::Queued);
    assert_eq!(service.queued(), 10_000);
    server.resume();
    service.recovers_and_replays().await;
    other.recovers().await;
    for key in 0..5 {
        assert_eq!((other.read(key).await, service.read(key).await), (2, 2));
    }
}

#[tokio::test]
async fn more_than_the_queue_holds_invalidates_the_prefix_and_no_other() {
    let (server, db) = (RedisServer::start(), Db::new());
    let config = || RedisConfig::from_url(&server.url()).unwrap().replay_queue(3);
    let builder = || CacheManager::builder().namespace("shop");
    let service = Service::configured(config(), &db, builder());
    let beside: Vec<TwoTierCache<u32>> = ["rows", "ro", "row.old"]
        .map(|prefix| service.caches.cache(prefix).ttl(TTL).build())
        .into();
    let elsewhere = Service::configured(config(), &db, CacheManager::builder().namespace("shop2"));
    service.connects().await;
    let events = Events::catch();
    for key in 0..10 {
        service.read(key).await;
    }
    for others in beside.iter().chain([&elsewhere.rows]) {
        read(others, 1, &db).await;
    }
    server.pause();
    service.notices().await;
    db.write(2);
    for key in 0..5 {
        assert_eq!(service.invalidate(key).await, Invalidation::Queued);
    }
    assert!(service.queued() <= 3, "{}", service.queued());
    assert_eq!(service.read(9).await, 2, "all of the prefix counts as invalidated");
    server.resume();
    service.recovers_and_replays().await;
    elsewhere.recovers().await;
    for key in 0..10 {
        assert_eq!(service.read(key).await, 2);
    }
    for others in beside.iter().chain([&elsewhere.rows]) {
        assert_eq!(read(others, 1, &db).await, 1);
    }
    let told = events.at(Level::WARN);
    let overflows = told.iter().filter(|told| told.contains("whole prefix")).count();
    assert_eq!(overflows, 1, "{told:?}");
}

#[tokio::test]
async fn a_queued_settle_holds_from_when_it_is_applied() {
    let (server, db, [service, other]) = cut_off(2).await;
    let cache = service.caches.cache(crate::support::PREFIX).ttl(TTL);
    let settling: TwoTierCache<u32> = cache.settle(Duration::from_secs(60)).build();
    db.write(2);
    assert_eq!(settling.invalidate(&0).await, Invalidation::Queued);
    assert_eq!(settling.invalidate_pattern("1").await, Invalidation::Queued);
    server.resume();
    service.recovers_and_replays().await;
    other.recovers().await;
    for key in [0, 1] {
        assert_eq!(other.read(key).await, 2);
        assert!(!other.rows.exists(&key).await, "nothing is filled while it holds");
    }
}

#[tokio::test]
async fn a_shutdown_drains_the_queue() {
    let (server, db, [service, other]) = cut_off(3).await;
    db.write(2);
    for key in 0..3 {
        assert_eq!(service.invalidate(key).await, Invalidation::Queued);
    }
    let shutdown = tokio::spawn(async move { service.caches.shutdown(LIMIT).await });
    tokio::task::yield_now().await;
    server.resume();
    assert_eq!(in_time(LIMIT, shutdown).await.0.unwrap().invalidations_left, 0);
    other.recovers().await;
    assert_eq!(other.read(1).await, 2);
}

#[tokio::test]
async fn a_shutdown_without_the_server_tells_what_is_left() {
    let (server, db) = (RedisServer::start(), Db::new());
    server.kill();
    let service = Service::patient(&server.url(), &db);
    service.goes_without().await;
    for key in 0..3 {
        assert_eq!(service.invalidate(key).await, Invalidation::Queued);
    }
    let shutdown = service.caches.shutdown(Duration::from_millis(100));
    let (shutdown, took) = in_time(LIMIT, shutdown).await;
    assert_eq!(shutdown.invalidations_left, 3);
    assert!(took >= Duration::from_millis(100), "it tried for as long as it may: {took:?}");
    assert_eq!(service.state(), HealthState::Disabled);
    assert_eq!((service.read(7).await, service.read(7).await, db.loads()), (1, 1, 2));
    // One that never was used has nothing to drain.
    let unused = Service::patient(&server.url(), &db);
    assert_eq!(unused.caches.shutdown(LIMIT).await.invalidations_left, 0);
    assert_eq!(rows(&unused.caches).invalidate(&1).await, Invalidation::Queued);
}
