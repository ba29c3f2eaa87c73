//! The server is not there, from the start or for a while: every call still returns what the
//! database has, and what this process kept meanwhile is gone when the server is back.

use std::time::Duration;

use tracing::Level;
use two_tier_cache::testing::ManualClock;
use two_tier_cache::{CacheManager, HealthState, Invalidation};
use two_tier_cache_test_servers::RedisServer;

use crate::service::Service;
use crate::support::events::Events;
use crate::support::{Db, Gate, slow_call};

/// A server on whose port nobody listens yet.
fn absent() -> RedisServer {
    let server = RedisServer::start();
    server.kill();
    server
}

fn keys(server: &RedisServer) -> i64 {
    server.command(&["DBSIZE"]).int()
}

#[tokio::test]
async fn a_service_starts_without_its_server_and_finds_it_later() {
    let (server, db, events) = (absent(), Db::new(), Events::catch());
    let service = Service::patient(&server.url(), &db);
    assert_eq!(service.state(), HealthState::Connecting, "nothing was tried yet");
    for key in 0..20 {
        assert_eq!(service.read(key).await, 1);
        assert_eq!(service.read(key).await, 1);
        assert_eq!(db.loads(), key as usize + 1, "the second call is served from this process");
    }
    assert_eq!(service.state(), HealthState::Down);
    assert!(service.reason().contains("connection refused"), "{}", service.reason());
    let told = events.at(Level::WARN);
    assert!(told.len() == 1 && told[0].contains("connection refused"), "{told:?}");

    db.write(2);
    server.restart();
    service.recovers().await;
    assert_eq!(service.caches.health().reason, None);
    assert_eq!(keys(&server), 0, "what was loaded for the outage is never written back");
    assert_eq!(service.read(7).await, 2, "and never served after it");
    assert_eq!(keys(&server), 1, "Redis caches again");
    assert_eq!(Service::patient(&server.url(), &Db::new()).read(7).await, 2);
    assert_eq!(service.read(7).await, 2);
    assert_eq!(db.loads(), 21);
    let told = events.at(Level::WARN);
    assert!(told.len() == 2 && told[1].contains("answers again"), "{told:?}");
    assert_eq!(events.at(Level::ERROR), [""; 0]);
}

#[tokio::test]
async fn without_its_server_every_call_returns_what_the_database_has() {
    for dies in [true, false] {
        let (server, db, events) = (RedisServer::start(), Db::new(), Events::catch());
        let service = Service::hasty(&server.url(), &db);
        service.connects().await;
        if dies {
            server.kill();
        } else {
            server.pause();
        }
        for key in 0..300 {
            db.write(key + 2);
            assert_eq!(service.read(key).await, key + 2);
        }
        service.notices().await;
        for key in 1_000..2_000 {
            assert_eq!(service.read(key).await, db.row());
        }
        assert_eq!(service.invalidate(7).await, Invalidation::Queued);
        assert!(!service.reason().is_empty());
        if dies {
            server.restart();
        } else {
            server.resume();
        }
        service.recovers().await;
        db.write(5_000);
        assert_eq!(service.read(7).await, 5_000);
        assert_eq!(service.read(1_500).await, 5_000, "the local values are gone");
        assert_eq!(events.at(Level::WARN).len(), 2, "{:?}", events.at(Level::WARN));
    }
}

#[tokio::test]
async fn a_wrong_password_can_be_put_right_on_the_server() {
    let (server, db) = (RedisServer::builder().password("old").start(), Db::new());
    let service = Service::patient(&server.url_as("", "new"), &db);
    service.goes_without().await;
    assert_eq!((service.read(7).await, service.read(7).await, db.loads()), (1, 1, 1));
    assert!(service.reason().contains("WRONGPASS"), "{}", service.reason());
    server.set_password("new");
    service.recovers().await;
    service.read(7).await;
    assert_eq!(keys(&server), 1);
    // The same while it is in use.
    server.set_password("newer");
    server.kill_clients();
    service.notices().await;
    service.read(7).await;
    server.set_password("new");
    service.recovers().await;
}

#[tokio::test]
async fn an_outage_does_not_serve_what_an_earlier_one_kept() {
    let (server, db) = (absent(), Db::new());
    let service = Service::patient(&server.url(), &db);
    // Nobody calls while the server is back, or somebody does.
    for calls in [false, true] {
        let old = db.row();
        assert_eq!(service.read(7).await, old);
        service.notices().await;
        server.restart();
        service.recovers().await;
        if calls {
            assert_eq!(service.read(8).await, old);
        }
        server.kill();
        service.notices().await;
        let new = db.add();
        assert_eq!(service.read(7).await, new);
        assert_eq!(service.read(8).await, new);
    }
}

#[tokio::test]
async fn what_is_kept_for_an_outage_lives_for_outage_ttl() {
    let (server, db, clock) = (absent(), Db::new(), ManualClock::new());
    let builder = CacheManager::builder().outage_ttl(Duration::from_secs(10)).clock(&clock);
    let service = Service::built(&server.url(), &db, builder);
    service.goes_without().await;
    for loads in 1..4 {
        service.read(7).await;
        clock.advance(Duration::from_millis(9_999));
        service.read(7).await;
        assert_eq!(db.loads(), loads);
        clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn during_an_outage_an_invalidation_is_seen_at_once() {
    let (server, db) = (absent(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.goes_without().await;
    for pattern in [false, true] {
        service.read(7).await;
        let new = db.add();
        if pattern {
            assert_eq!(service.rows.invalidate_pattern("7*").await, Invalidation::Queued);
        } else {
            assert_eq!(service.invalidate(7).await, Invalidation::Queued);
        }
        assert_eq!(service.read(7).await, new);
        // What is set is kept for the outage too, and replaces the older value everywhere.
        assert!(service.rows.set(&7, &db.add()).await);
        assert_eq!(service.read(7).await, db.row());
    }
}

#[tokio::test]
async fn a_load_that_the_outage_interrupts_is_cached_nowhere() {
    let (server, db, gate) = (RedisServer::start(), Db::new(), Gate::closed());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    let loading = slow_call(&service.rows, 7, &db, &gate);
    gate.reached_by(1).await;
    server.kill();
    service.notices().await;
    db.write(2);
    gate.open();
    assert_eq!(loading.await.unwrap(), 1, "it began before the write");
    assert_eq!(service.read(7).await, 2);
}

#[tokio::test]
async fn a_load_that_outlasts_its_outage_is_cached_nowhere() {
    let (server, db, gate) = (absent(), Db::new(), Gate::closed());
    let [service, other] = [(); 2].map(|()| Service::patient(&server.url(), &db));
    service.goes_without().await;
    let loading = slow_call(&service.rows, 7, &db, &gate);
    gate.reached_by(1).await;
    server.restart();
    service.recovers().await;
    other.connects().await;
    db.write(2);
    assert_eq!(other.invalidate(7).await, Invalidation::Applied);
    // It starts after the invalidation, while the load of the older row still runs.
    let after = service.start_to_read(7);
    tokio::task::yield_now().await;
    gate.open();
    assert_eq!(loading.await.unwrap(), 1, "it began before the write");
    assert_eq!(after.await.unwrap(), 2, "the older row is not shared");
    assert_eq!(service.read(7).await, 2);
    assert_eq!(other.read(7).await, 2);
}

#[tokio::test]
async fn a_load_of_one_outage_fills_nothing_in_the_next() {
    let (server, db, gate) = (absent(), Db::new(), Gate::closed());
    let service = Service::patient(&server.url(), &db);
    service.goes_without().await;
    let loading = slow_call(&service.rows, 7, &db, &gate);
    gate.reached_by(1).await;
    server.restart();
    service.recovers().await;
    db.write(2);
    server.kill();
    service.notices().await;
    let after = service.start_to_read(7);
    tokio::task::yield_now().await;
    gate.open();
    assert_eq!(loading.await.unwrap(), 1, "it began before the write");
    assert_eq!(after.await.unwrap(), 2, "the older row is not shared");
    assert_eq!(service.read(7).await, 2);
}
