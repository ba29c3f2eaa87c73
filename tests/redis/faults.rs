//! The server is there and does not work as it should: calls go on, nothing older is served, and the
//! cache is back when the server is.

mod strangers;

use std::time::Duration;

use tokio::time::sleep;
use two_tier_cache::{CacheManager, HealthState, Invalidation, TwoTierCache};
use two_tier_cache_test_servers::{Paused, RedisServer};

use crate::service::{Service, until_async};
use crate::support::events::Events;
use crate::support::variant::tried;
use crate::support::{Db, Gate, PREFIX, TTL, slow_call};

/// Nobody listens there.
const NOWHERE: (&str, u16) = ("127.0.0.1", 1);

fn exists(server: &RedisServer, key: u32) -> bool {
    server.command(&["EXISTS", &format!("row:{key}")]).int() == 1
}

#[tokio::test]
async fn without_memory_hits_are_served_and_misses_are_not_stored() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    let cache = tried(service.caches.cache(PREFIX).ttl(TTL)).settle(Duration::from_secs(60));
    let settling: TwoTierCache<u32> = cache.build();
    for key in 1..=3 {
        service.read(key).await;
    }
    server.fill_memory();
    service.read(1).await;
    assert_eq!(db.loads(), 3, "a hit needs no memory");
    for loads in 4..6 {
        assert_eq!(service.read(4).await, 1);
        assert_eq!(db.loads(), loads);
    }
    assert!(!exists(&server, 4));
    db.write(2);
    assert_eq!(service.invalidate(2).await, Invalidation::Applied);
    assert_eq!(service.caches.health().unsettled_invalidations, 0);
    assert_eq!(settling.invalidate(&3).await, Invalidation::Applied);
    assert_eq!(service.caches.health().unsettled_invalidations, 1, "it holds for no time");
    assert_eq!((exists(&server, 2), exists(&server, 3)), (false, false));
    assert_eq!((service.read(2).await, service.read(3).await), (2, 2));
    assert_eq!(service.state(), HealthState::Connected, "a full server is no outage");
    // A process that starts now uses what is there.
    let other = Service::patient(&server.url(), &db);
    other.connects().await;
    assert_eq!(other.read(1).await, 1);

    server.free_memory();
    service.read(4).await;
    assert!(exists(&server, 4));
}

#[tokio::test]
async fn a_server_that_becomes_a_replica_is_an_outage() {
    let (server, db) = (RedisServer::start(), Db::new());
    let [service, other] = [(); 2].map(|()| Service::patient(&server.url(), &db));
    service.connects().await;
    other.connects().await;
    assert_eq!((service.read(7).await, other.read(7).await), (1, 1));
    server.become_replica_of(NOWHERE.0, NOWHERE.1);
    db.write(2);
    assert_eq!(service.invalidate(7).await, Invalidation::Queued, "it refuses writes");
    assert_eq!(service.queued(), 1);
    assert_eq!(service.read(7).await, 2, "the older row is still there, and not read");
    service.notices().await;
    assert!(service.reason().contains("replica"), "{}", service.reason());
    assert_eq!((service.read(8).await, service.read(7).await), (2, 2));
    assert!(exists(&server, 7) && !exists(&server, 8));
    server.become_primary();
    service.recovers_and_replays().await;
    assert!(!exists(&server, 7));
    other.connects().await;
    assert_eq!((other.read(7).await, service.read(7).await), (2, 2));
    assert!(exists(&server, 7));
}

#[tokio::test]
async fn a_server_that_loads_its_data_is_an_outage() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    service.read(7).await;
    server.restart_loading(Duration::from_millis(1_500));
    db.write(2);
    service.goes_without().await;
    assert_eq!((service.read(8).await, service.read(8).await), (2, 2));
    assert_eq!(service.invalidate(7).await, Invalidation::Queued);
    assert_eq!(service.read(7).await, 2);
    service.recovers_and_replays().await;
    assert_eq!((service.read(7).await, service.read(8).await), (2, 2));
    assert!(exists(&server, 8));
}

#[tokio::test]
async fn a_busy_server_is_an_outage() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    service.read(7).await;
    let busy = server.make_busy(Duration::from_secs(60));
    db.write(2);
    assert_eq!(service.invalidate(7).await, Invalidation::Queued);
    assert_eq!((service.read(7).await, service.read(8).await), (2, 2));
    service.notices().await;
    assert!(service.reason().contains("BUSY"), "{}", service.reason());
    assert_eq!((service.read(7).await, service.read(8).await), (2, 2));
    drop(busy);
    service.recovers_and_replays().await;
    assert!(!exists(&server, 7));
    assert_eq!(service.read(7).await, 2);
}

#[tokio::test]
async fn a_server_that_holds_writes_back_holds_no_call_up() {
    holds_no_call_up(Paused::Writes).await;
}

#[tokio::test]
async fn a_server_that_holds_every_command_back_holds_no_call_up() {
    holds_no_call_up(Paused::Everything).await;
}

async fn holds_no_call_up(paused: Paused) {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::hasty(&server.url(), &db);
    service.connects().await;
    service.read(7).await;
    server.pause_clients(Duration::from_secs(3), paused);
    db.write(2);
    assert_eq!(service.invalidate(7).await, Invalidation::Queued);
    for key in [7, 0, 1, 7, 0, 1] {
        assert_eq!(service.read(key).await, 2);
    }
    service.notices().await;
    service.recovers_and_replays().await;
    assert_eq!(service.read(7).await, 2);
    // Leases that were asked for during the pause are granted after it, to nobody.
    until_async("it caches again", async || service.read(0).await == 2 && exists(&server, 0)).await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_replaced_without_an_outage() {
    // On a busy machine connecting may take so long that it counts as one.
    for _ in 0..5 {
        if breaks_unnoticed().await {
            return;
        }
    }
    panic!("every time it was an outage");
}

/// Breaks the connection during a load and while nothing happens, and says whether nobody noticed.
async fn breaks_unnoticed() -> bool {
    let (server, db, gate) = (RedisServer::start(), Db::new(), Gate::closed());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    let (events, before) = (Events::catch(), service.stats());
    // One that lasts for less does not really stand.
    sleep(Duration::from_millis(1_100)).await;
    let loading = slow_call(&service.rows, 7, &db, &gate);
    gate.reached_by(1).await;
    assert!(server.kill_clients() > 0);
    gate.open();
    assert_eq!(loading.await.unwrap(), 1);
    // Its fill goes over the next connection.
    let filled = exists(&server, 7) && service.rows.exists(&7).await;
    sleep(Duration::from_millis(1_100)).await;
    server.kill_clients();
    let applied = service.invalidate(7).await == Invalidation::Applied;
    let errors = service.stats().backend_errors - before.backend_errors;
    filled && applied && errors == 0 && events.loud().is_empty()
}

#[tokio::test]
async fn a_server_that_forgets_is_no_outage() {
    let (server, db) = (RedisServer::start(), Db::new());
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    let before = service.stats();
    for forget in [&["SCRIPT", "FLUSH"][..], &["FLUSHALL"], &["FUNCTION", "FLUSH"]] {
        service.read(7).await;
        service.read(8).await;
        server.command(forget);
        assert_eq!(service.invalidate(7).await, Invalidation::Applied);
        server.command(forget);
        assert_eq!(service.read(7).await, db.row());
        server.command(forget);
        assert_eq!(service.rows.invalidate_pattern("*").await, Invalidation::Applied);
        db.add();
        assert_eq!((service.read(7).await, service.read(8).await), (db.row(), db.row()));
        server.command(forget);
        assert!(service.rows.set(&7, &db.row()).await);
    }
    assert_eq!(service.stats().backend_errors, before.backend_errors);
}

#[tokio::test]
async fn what_the_server_refuses_to_invalidate_is_not_read() {
    let (server, db) = (RedisServer::start(), Db::new());
    let all = ["on", ">pw", "~*", "+@all"];
    server.add_acl_user("shop", &all);
    let service = Service::patient(&server.url_as("shop", "pw"), &db);
    service.connects().await;
    service.read(7).await;
    service.read(8).await;
    server.add_acl_user("shop", &["-unlink"]);
    db.write(2);
    assert_eq!(service.invalidate(7).await, Invalidation::Queued);
    for loads in 3..6 {
        assert_eq!(service.read(7).await, 2, "it is read from the database");
        assert_eq!(db.loads(), loads);
        assert!(
            !service.rows.exists(&7).await,
            "{:?} {:?}",
            service.caches.health(),
            service.stats()
        );
        assert!(!service.rows.set(&7, &2).await);
    }
    assert_eq!(service.read(8).await, 1, "others are read as ever");
    assert_eq!((service.state(), service.queued()), (HealthState::Connected, 1));
    // A connection that is made meanwhile has the refused one wait, too.
    server.kill_clients();
    until_async("the next connection", async || service.rows.exists(&8).await).await;
    assert_eq!((service.read(7).await, service.queued()), (2, 1));
    server.add_acl_user("shop", &["+unlink"]);
    service.replays().await;
    assert!(!exists(&server, 7));
    assert_eq!(service.read(7).await, 2);
    assert!(exists(&server, 7));
}

#[tokio::test]
async fn a_server_with_its_most_clients_is_an_outage() {
    let (server, db) = (RedisServer::start(), Db::new());
    let mut admin = server.client();
    let set = |admin: &mut two_tier_cache_test_servers::Client, most: &str| {
        admin.command(&["CONFIG", "SET", "maxclients", most]);
    };
    let service = Service::patient(&server.url(), &db);
    service.connects().await;
    set(&mut admin, "1");
    service.read(7).await;
    assert_eq!(db.loads(), 1, "the connection that stands goes on");
    admin.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    service.notices().await;
    until_async("the reason is known", async || service.reason().contains("most clients")).await;
    db.write(2);
    assert_eq!((service.read(7).await, service.read(8).await), (2, 2));
    set(&mut admin, "100");
    service.recovers().await;
    service.read(8).await;
    assert!(exists(&server, 8));
}

#[tokio::test]
async fn a_full_server_and_a_short_budget_change_no_value() {
    let (server, db) = (RedisServer::start(), Db::new());
    let builder = CacheManager::builder().redis_budget(Duration::from_millis(10));
    let service = Service::built(&server.url(), &db, builder);
    for round in 0..50 {
        match round % 5 {
            0 => server.fill_memory(),
            2 => server.free_memory(),
            4 => drop(server.kill_clients()),
            _ => {}
        }
        db.add();
        let _outcome = service.invalidate(round % 3).await;
        assert_eq!(service.read(round % 3).await, db.row());
    }
}
