//! The near tier: values of this process in front of the server, never older than it promises.

mod own;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use two_tier_cache::redis::RedisConfig;
use two_tier_cache::testing::ManualClock;
use two_tier_cache::{CacheManager, CacheManagerBuilder, HealthState, Invalidation, TwoTierCache};
use two_tier_cache_test_servers::{Proxy, RedisServer};

use crate::service::{LIMIT, Service, until, until_async};
use crate::support::events::Events;
use crate::support::{Db, PREFIX, in_time, polled};

const NEAR: Duration = Duration::from_secs(60);
const MAX_LAG: Duration = Duration::from_secs(1);
/// More than the coarse clock is late by.
const TICK: Duration = Duration::from_millis(10);

fn near() -> CacheManagerBuilder {
    CacheManager::builder().near(NEAR).near_max_lag(MAX_LAG)
}

/// A process with a near tier, another without, and the server of both.
struct World {
    server: RedisServer,
    line: Proxy,
    clock: ManualClock,
    db: Arc<Db>,
    near: Service,
    other: Service,
}

impl World {
    async fn new() -> Self {
        let server = RedisServer::start();
        let (line, db, clock) = (Proxy::to(server.port()), Db::new(), ManualClock::new());
        // Of the tests of time: everything else has enough of it.
        let builder = near().clock(&clock).redis_budget(LIMIT);
        let near = Service::built(&line.url(), &db, builder);
        let other = Service::patient(&server.url(), &db);
        near.connects().await;
        other.connects().await;
        Self { server, line, clock, db, near, other }
    }

    /// Waits until a read of the key is answered near.
    async fn is_near(&self, key: u32) {
        until_async("a read is answered near", async || self.reads_near(key).await).await;
    }

    /// Whether a read of the key, which finds the row as it is, is answered near.
    async fn reads_near(&self, key: u32) -> bool {
        let before = self.near.stats().near_hits;
        assert_eq!(self.near.read(key).await, self.db.row());
        self.near.stats().near_hits > before
    }

    fn gets(&self) -> i64 {
        self.server.calls_of("get")
    }

    /// Of how many keys the server remembers that they were read.
    fn remembered(&self) -> String {
        let info = self.server.command(&["INFO", "stats"]).text();
        info.lines().find(|line| line.starts_with("tracking_total_keys:")).unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_value_that_is_near_costs_nothing_at_the_server() {
    let world = World::new().await;
    world.is_near(7).await;
    let gets = world.gets();
    for _ in 0..100 {
        assert!(world.reads_near(7).await);
    }
    assert_eq!(world.gets(), gets);
    let stats = world.near.stats();
    assert!(stats.near_hits >= 100 && stats.hits >= stats.near_hits);
    assert_eq!(world.db.loads(), 1);
}

#[tokio::test]
async fn what_another_process_invalidates_is_gone() {
    let world = World::new().await;
    for _ in 0..50 {
        world.is_near(7).await;
        let row = world.db.add();
        assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
        until_async("the new row is read", async || world.near.read(7).await == row).await;
    }
    world.is_near(7).await;
    world.db.add();
    let pattern = in_time(LIMIT, world.other.rows.invalidate_pattern("7")).await.0;
    assert_eq!(pattern, Invalidation::Applied);
    until_async("the new row is read", async || world.near.read(7).await == world.db.row()).await;
}

#[tokio::test]
async fn a_server_that_hangs_is_believed_for_max_lag_and_no_longer() {
    let world = World::new().await;
    world.is_near(7).await;
    world.server.pause();
    // An answer that is on its way proves nothing newer: the clock stood still.
    world.clock.advance(MAX_LAG.saturating_sub(2 * TICK));
    assert!(world.reads_near(7).await);
    world.clock.advance(2 * TICK);
    let mut late = pin!(world.near.read(7));
    assert_eq!(polled(late.as_mut(), 1).await, None, "it asks the server");
    world.server.resume();
    assert_eq!(late.await, world.db.row());
}

#[tokio::test]
async fn a_line_of_which_one_half_is_gone_is_believed_for_max_lag() {
    let world = World::new().await;
    world.is_near(7).await;
    // The server gets everything and its messages do not arrive.
    world.line.hold_replies();
    world.db.add();
    assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
    world.clock.advance(MAX_LAG);
    let mut late = pin!(world.near.read(7));
    assert_eq!(polled(late.as_mut(), 1).await, None, "it asks the server");
    world.line.pass();
    assert_eq!(late.await, world.db.row());
}

#[tokio::test]
async fn nothing_of_one_connection_is_served_on_the_next() {
    let world = World::new().await;
    for key in 0..5 {
        world.is_near(key).await;
        let connections = world.server.command(&["INFO", "stats"]).text();
        world.line.refuse();
        world.line.cut();
        until("the connection is gone", || world.near.state() != HealthState::Connected).await;
        world.db.add();
        assert_eq!(world.other.invalidate(key).await, Invalidation::Applied);
        world.line.pass();
        world.near.recovers().await;
        assert_eq!(world.near.read(key).await, world.db.row(), "{connections}");
        world.is_near(key).await;
    }
}

/// A reply and the push that takes it back arrive together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_is_overtaken_is_not_kept() {
    let world = World::new().await;
    world.is_near(7).await;
    for round in 0..50 {
        // Nobody has it near, and the server has it.
        world.clock.advance(NEAR);
        world.other.read(7).await;
        world.line.hold_replies();
        let gets = world.gets();
        let read = world.near.start_to_read(7);
        until("the server has carried out the read", || world.gets() > gets).await;
        let older = world.db.row();
        let row = world.db.add();
        assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
        world.line.pass();
        assert!([older, row].contains(&read.await.unwrap()));
        // Whatever is near is served from here on.
        world.is_near(1_000 + round).await;
        assert_eq!(world.near.read(7).await, row, "the older row was kept");
    }
}

#[tokio::test]
async fn a_value_is_not_kept_for_longer_than_at_the_server() {
    let world = World::new().await;
    let ttl = Duration::from_secs(5);
    let short: TwoTierCache<u32> = world.near.caches.cache("short").ttl(ttl).build();
    let near_hits = || world.near.caches.stats().prefix("short").map_or(0, |short| short.near_hits);
    let is_near = async || {
        let before = near_hits();
        assert_eq!(short.get(&7, || world.db.load()).await, Ok(world.db.row()));
        near_hits() > before
    };
    until_async("it is near", is_near).await;
    world.clock.advance(ttl);
    // Whatever is near is served from here on.
    world.is_near(8).await;
    assert!(!is_near().await, "it has run out at the server");
}

/// A value of the application's that panics when it goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Fragile(u32);

static BREAKS: AtomicBool = AtomicBool::new(false);

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(!BREAKS.load(Ordering::SeqCst), "a value of the application's panics");
    }
}

#[tokio::test]
async fn a_value_that_panics_when_it_goes_keeps_no_other() {
    let world = World::new().await;
    let fragile: TwoTierCache<Arc<Fragile>> = world.near.caches.cache("fragile").near(NEAR).build();
    let load = async |key: u32| {
        let Ok(found) = fragile
            .get(&key, || async { Ok::<_, Infallible>(Arc::new(Fragile(world.db.row()))) })
            .await;
        found.0
    };
    let near_hits =
        || world.near.caches.stats().prefix("fragile").map_or(0, |fragile| fragile.near_hits);
    for key in 0..5 {
        until_async("it is near", async || {
            let before = near_hits();
            load(key).await;
            near_hits() > before
        })
        .await;
    }
    let row = world.db.add();
    BREAKS.store(true, Ordering::SeqCst);
    let invalidated = in_time(LIMIT, fragile.invalidate_pattern("*")).await.0;
    BREAKS.store(false, Ordering::SeqCst);
    assert_eq!(invalidated, Invalidation::Applied);
    for key in 0..5 {
        assert_eq!(load(key).await, row);
    }
}

#[tokio::test]
async fn a_flush_takes_everything() {
    let world = World::new().await;
    for key in 0..10 {
        world.is_near(key).await;
    }
    world.db.add();
    world.server.command(&["FLUSHALL"]);
    for key in 0..10 {
        until_async("the new row is read", async || world.near.read(key).await == world.db.row())
            .await;
    }
}

#[tokio::test]
async fn who_does_not_ask_for_it_keeps_nothing_near() {
    let world = World::new().await;
    world.is_near(7).await;
    let far: TwoTierCache<u32> = world.near.caches.cache(PREFIX).near(Duration::ZERO).build();
    let hits = world.near.stats().near_hits;
    let gets = world.gets();
    for _ in 0..10 {
        assert_eq!(far.get(&7, || world.db.load()).await.unwrap(), world.db.row());
    }
    assert_eq!((world.near.stats().near_hits, world.gets()), (hits, gets + 10));
    // The server remembers none of its reads.
    let remembered = world.remembered();
    world.other.read(9).await;
    assert_eq!(far.get(&9, || world.db.load()).await.unwrap(), world.db.row());
    assert_eq!(world.remembered(), remembered);
}

#[tokio::test]
async fn over_the_older_protocol_it_does_without() {
    let (server, db) = (RedisServer::start(), Db::new());
    let config = RedisConfig::from_url(&server.url()).unwrap().resp2();
    let service = Service::configured(config, &db, near().redis_budget(LIMIT));
    service.connects().await;
    for _ in 0..20 {
        assert_eq!(service.read(7).await, db.row());
    }
    assert_eq!((service.stats().near_hits, db.loads()), (0, 1));
}

#[tokio::test]
async fn a_server_that_refuses_to_tell_is_read_each_time_and_that_is_told_once() {
    let (server, db, events) = (RedisServer::start(), Db::new(), Events::catch());
    server.add_acl_user("app", &["on", ">pw", "~*", "+@all", "-client|tracking"]);
    let config = RedisConfig::from_url(&server.url_as("app", "pw")).unwrap();
    let service = Service::configured(config, &db, near().redis_budget(LIMIT));
    service.connects().await;
    for _ in 0..20 {
        assert_eq!(service.read(7).await, db.row());
    }
    assert_eq!((service.stats().near_hits, db.loads()), (0, 1));
    let told = events.loud();
    assert_eq!(told.iter().filter(|text| text.contains("Redis refuses a command")).count(), 1);
}
