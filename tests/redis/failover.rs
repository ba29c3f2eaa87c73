//! The server is replaced by a copy of it that missed an invalidation: by default the older value is
//! served for the rest of its time to live, with `failover=strict` it is not.

use std::sync::Arc;

use two_tier_cache::redis::{Failover, RedisConfig};
use two_tier_cache::{CacheManager, HealthState, Invalidation};
use two_tier_cache_test_servers::{Proxy, RedisServer};

use crate::service::{LIMIT, Service, until, until_async};
use crate::support::{Db, Gate, in_time, slow_call};

/// A primary, a replica of it, and a process at the end of a line to the one that is primary now.
struct World {
    primary: RedisServer,
    replica: RedisServer,
    line: Proxy,
    db: Arc<Db>,
    service: Service,
}

impl World {
    async fn with(failover: Failover) -> Self {
        let (primary, replica) = (RedisServer::start(), RedisServer::start());
        replica.become_replica_of("127.0.0.1", primary.port());
        replica.wait_until_synced();
        let (line, db) = (Proxy::to(primary.port()), Db::new());
        let config =
            RedisConfig::from_url(&line.url()).unwrap().failover(failover).client_name("shop");
        // No lease runs out before the servers have changed their roles.
        let builder = CacheManager::builder().redis_budget(LIMIT / 3).lease_ttl(LIMIT);
        let service = Service::configured(config, &db, builder);
        service.connects().await;
        Self { primary, replica, line, db, service }
    }

    /// The replica has what the primary has, and hears no more of it.
    async fn cut_off(&self, key: &str) {
        let has = |server: &RedisServer| server.command(&["EXISTS", key]).int() == 1;
        until("the replica has it too", || has(&self.replica)).await;
        self.replica.become_primary();
    }

    /// The clients go over to another server.
    async fn fail_over_to(&self, server: &RedisServer) {
        self.line.point_at(server.port());
        self.line.cut();
        until_async("the process is on the other server", async || {
            self.service.connects().await;
            server.command(&["CLIENT", "LIST"]).text().contains(" name=shop ")
        })
        .await;
    }
}

#[tokio::test]
async fn an_invalidation_that_a_failover_undoes() {
    for (failover, expected) in [(Failover::Bounded, 1), (Failover::Strict, 2)] {
        let world = World::with(failover).await;
        assert_eq!(world.service.read(7).await, 1);
        world.cut_off("row:7").await;
        world.db.add();
        assert_eq!(world.service.invalidate(7).await, Invalidation::Applied);
        world.fail_over_to(&world.replica).await;
        assert_eq!(world.service.read(7).await, expected, "{failover:?}");
        // It is replaced, and no longer a miss.
        let loads = world.db.loads();
        assert_eq!(world.service.read(7).await, expected);
        assert_eq!(world.db.loads(), loads);
    }
}

/// The lease is on the replica too, which accepts the fill.
#[tokio::test]
async fn a_load_that_a_failover_and_an_invalidation_interrupt() {
    for (failover, expected) in [(Failover::Bounded, 1), (Failover::Strict, 2)] {
        let world = World::with(failover).await;
        let gate = Gate::closed();
        let load = slow_call(&world.service.rows, 7, &world.db, &gate);
        gate.reached_by(1).await;
        world.cut_off("row:7").await;
        world.db.add();
        assert_eq!(world.service.invalidate(7).await, Invalidation::Applied);
        world.fail_over_to(&world.replica).await;
        gate.open();
        assert_eq!(in_time(LIMIT, load).await.0.unwrap(), 1);
        assert_eq!(world.service.read(7).await, expected, "{failover:?}");
    }
}

/// Whoever waits for that load came after the invalidation, and takes what the promoted server accepts.
#[tokio::test]
async fn a_call_that_waits_for_a_load_that_a_failover_interrupts() {
    for (failover, expected) in [(Failover::Bounded, 1), (Failover::Strict, 2)] {
        let world = World::with(failover).await;
        let other = Service::patient(&world.primary.url(), &world.db);
        other.connects().await;
        let gate = Gate::closed();
        let load = slow_call(&world.service.rows, 7, &world.db, &gate);
        gate.reached_by(1).await;
        world.cut_off("row:7").await;
        world.db.add();
        // By another process: this one would leave the flight alone after an invalidation of its own.
        assert_eq!(other.invalidate(7).await, Invalidation::Applied);
        world.fail_over_to(&world.replica).await;
        let waiter = world.service.start_to_read(7);
        // Time to join, which `Bounded` shows to be enough: there it takes the older row.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(!waiter.is_finished(), "it waits");
        gate.open();
        assert_eq!(in_time(LIMIT, load).await.0.unwrap(), 1);
        assert_eq!(in_time(LIMIT, waiter).await.0.unwrap(), expected, "{failover:?}");
        assert_eq!(world.service.read(7).await, expected, "{failover:?}");
    }
}

/// The first server comes back with what the second had, and then misses an invalidation itself.
#[tokio::test]
async fn failing_back_to_the_same_process_is_another_incarnation() {
    for (failover, expected) in [(Failover::Bounded, 1), (Failover::Strict, 2)] {
        let world = World::with(failover).await;
        assert_eq!(world.service.read(7).await, 1);
        world.cut_off("row:7").await;
        world.primary.become_replica_of("127.0.0.1", world.replica.port());
        world.primary.wait_until_synced();
        world.fail_over_to(&world.replica).await;
        world.primary.become_primary();
        world.db.add();
        assert_eq!(world.service.invalidate(7).await, Invalidation::Applied);
        world.fail_over_to(&world.primary).await;
        assert_eq!(world.service.read(7).await, expected, "{failover:?}");
    }
}

#[tokio::test]
async fn a_restart_from_an_older_dump() {
    for (failover, expected) in [(Failover::Bounded, 1), (Failover::Strict, 2)] {
        let (server, db) = (RedisServer::start(), Db::new());
        let config = RedisConfig::from_url(&server.url()).unwrap().failover(failover);
        let builder = CacheManager::builder().redis_budget(LIMIT / 3);
        let service = Service::configured(config, &db, builder);
        service.connects().await;
        assert_eq!(service.read(7).await, 1);
        server.command(&["SAVE"]);
        db.add();
        assert_eq!(service.invalidate(7).await, Invalidation::Applied);
        server.restart();
        service.connects().await;
        assert_eq!(server.command(&["EXISTS", "row:7"]).int(), 1, "the dump had it");
        assert_eq!(service.read(7).await, expected, "{failover:?}");
    }
}

#[tokio::test]
async fn two_strict_processes_share_what_they_cache() {
    let (server, db) = (RedisServer::start(), Db::new());
    let url = format!("{}?failover=strict", server.url());
    let [one, other] = [(); 2].map(|()| Service::patient(&url, &db));
    one.connects().await;
    other.connects().await;
    assert_eq!((one.read(7).await, other.read(7).await, db.loads()), (1, 1, 1));
    // A probe changes nothing while the server stays what it is.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!((one.read(7).await, other.read(7).await, db.loads()), (1, 1, 1));
}

#[tokio::test]
async fn a_server_that_does_not_tell_which_one_it_is_cannot_be_used_strictly() {
    let (server, db) = (RedisServer::start(), Db::new());
    server.add_acl_user("shop", &["on", ">secret", "~*", "+@all", "-info"]);
    let url = server.url_as("shop", "secret");
    let strict = Service::hasty(&format!("{url}?failover=strict"), &db);
    strict.goes_without().await;
    let reason = strict.reason();
    assert!(reason.contains("`INFO`") && reason.contains("failover=strict"), "{reason}");
    let bounded = Service::patient(&url, &db);
    bounded.connects().await;
    assert_eq!(bounded.state(), HealthState::Connected);
}
