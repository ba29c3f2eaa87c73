//! Invalidations that nobody awaits, or that are made where nothing can be awaited.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use two_tier_cache::{CacheManager, Invalidation, TwoTierCache};
use two_tier_cache_test_servers::RedisServer;

use crate::service::{LIMIT, Service, until};
use crate::support::Db;

fn exists(server: &RedisServer, key: u32) -> bool {
    server.command(&["EXISTS", &format!("row:{key}")]).int() == 1
}

/// Two processes that have read some keys.
async fn in_use(keys: u32) -> (RedisServer, Arc<Db>, Service) {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    for key in 0..keys {
        service.read(key).await;
        assert!(exists(&server, key));
    }
    (server, db, service)
}

#[tokio::test]
async fn a_dropped_invalidation_is_carried_out() {
    let (server, _db, service) = in_use(2).await;
    drop(service.rows.invalidate(&0));
    drop(service.rows.invalidate_pattern("1"));
    until("they are applied", || !exists(&server, 0) && !exists(&server, 1)).await;
}

#[tokio::test]
async fn an_invalidation_from_a_thread_without_a_runtime_is_carried_out() {
    let (server, db, service) = in_use(2).await;
    let rows = service.rows.clone();
    let dropped = thread::spawn(move || {
        drop(rows.invalidate(&0));
        drop(rows.invalidate_pattern("1"));
    });
    dropped.join().unwrap();
    db.write(2);
    // Nothing older is read from now on, whether the supervisor came to it or not.
    assert_eq!((service.read(0).await, service.read(1).await), (2, 2));
    service.replays().await;
    let other = Service::patient(&server.url(), &db);
    assert_eq!((other.read(0).await, other.read(1).await), (2, 2));
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Invalidates when it is dropped.
struct Leaving(TwoTierCache<u32>);

impl Drop for Leaving {
    fn drop(&mut self) {
        drop(self.0.invalidate(&0));
        drop(self.0.invalidate_pattern("1"));
    }
}

/// Invalidates when its runtime is shut down, and waits for as long as it can there.
struct Waiting(TwoTierCache<u32>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut invalidation = std::pin::pin!(self.0.invalidate(&0));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for _ in 0..3 {
            if let std::task::Poll::Ready(outcome) = invalidation.as_mut().poll(&mut context) {
                assert_eq!(outcome, Invalidation::Queued);
            }
        }
    }
}

#[test]
fn an_invalidation_while_a_runtime_shuts_down_is_carried_out_on_the_next() {
    let first = runtime();
    let (server, db, service) = first.block_on(in_use(2));
    let leaving = (Leaving(service.rows.clone()), Waiting(service.rows.clone()));
    first.spawn(async move {
        let _leaving = leaving;
        std::future::pending::<()>().await;
    });
    first.block_on(tokio::task::yield_now());
    drop(first);
    db.write(2);
    assert_eq!(service.queued(), 2, "nobody could carry them out any more");
    let second = runtime();
    second.block_on(async {
        assert_eq!((service.read(0).await, service.read(1).await), (2, 2));
        service.replays().await;
        let other = Service::patient(&server.url(), &db);
        assert_eq!((other.read(0).await, other.read(1).await), (2, 2));
    });
}

#[test]
fn an_invalidation_under_way_when_its_runtime_ends_is_carried_out_on_the_next() {
    let first = runtime();
    let (server, db, service) = first.block_on(in_use(20));
    server.pause();
    let context = first.enter();
    let under_way = service.rows.invalidate_pattern("1?");
    drop(context);
    first.block_on(async {
        (0..10).for_each(|key| drop(service.rows.invalidate(&key)));
        // They are sent, or about to be.
        tokio::task::yield_now().await;
    });
    drop(first);
    assert_eq!(runtime().block_on(under_way), Invalidation::Queued);
    server.resume();
    db.write(2);
    runtime().block_on(async {
        let left = service.caches.shutdown(LIMIT).await.invalidations_left;
        assert_eq!(left, 0, "a shutdown connects, to apply what is queued");
        let other = Service::patient(&server.url(), &db);
        for key in 0..20 {
            assert_eq!(other.read(key).await, 2, "{key}");
        }
    });
}

#[test]
fn an_invalidation_before_there_is_any_runtime_is_carried_out() {
    let (server, db, service) = runtime().block_on(in_use(1));
    let fresh = Service::built(&server.url(), &db, CacheManager::builder());
    db.write(2);
    drop(fresh.rows.invalidate(&0));
    assert_eq!(fresh.queued(), 1);
    runtime().block_on(async {
        fresh.connects().await;
        fresh.replays().await;
        assert_eq!((fresh.read(0).await, service.read(0).await), (2, 2));
    });
    // And where nobody calls, a shutdown does it.
    drop(fresh.rows.invalidate(&0));
    let left = runtime().block_on(fresh.caches.shutdown(Duration::from_secs(10)));
    assert_eq!((left.invalidations_left, exists(&server, 0)), (0, false));
}
