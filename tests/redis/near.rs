//! The near tier: values of this process in front of the server, never older than it promises.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use two_tier_cache::redis::RedisConfig;
use two_tier_cache::testing::ManualClock;
use two_tier_cache::{CacheManager, CacheManagerBuilder, HealthState, Invalidation, TwoTierCache};
use two_tier_cache_test_servers::{Proxy, RedisServer};

use crate::service::{LIMIT, Service, until, until_async};
use crate::support::events::Events;
use crate::support::{Db, Gate, PREFIX, in_time, slow_call};

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

    /// How many commands the server has carried out for calls.
    fn gets(&self) -> usize {
        let info = self.server.command(&["INFO", "commandstats"]).text();
        let line = info.lines().find(|line| line.starts_with("cmdstat_get:"));
        line.map_or(0, |line| {
            line.split_once("calls=").unwrap().1.split(',').next().unwrap().parse().unwrap()
        })
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
async fn ones_own_invalidation_is_seen_at_once() {
    let world = World::new().await;
    for round in 0..200 {
        world.is_near(7).await;
        world.db.add();
        let invalidated = match round % 4 {
            0 => world.near.rows.invalidate(&7),
            1 => world.near.rows.invalidate_many([6, 7]),
            2 => world.near.rows.invalidate_pattern("?"),
            _ => {
                assert!(in_time(LIMIT, world.near.rows.set(&7, &world.db.row())).await.0);
                assert_eq!(world.near.read(7).await, world.db.row());
                continue;
            }
        };
        assert_eq!(in_time(LIMIT, invalidated).await.0, Invalidation::Applied);
        assert_eq!(world.near.read(7).await, world.db.row());
    }
}

/// Reads go on all the time, so that some are under way whenever it is invalidated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_own_invalidation_voids_the_reads_under_way() {
    let world = World::new().await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (near, done) = (world.near.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::SeqCst) {
                    near.read(7).await;
                    // A value that is near is there at once.
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for _ in 0..1_000 {
        let row = world.db.add();
        assert_eq!(world.near.invalidate(7).await, Invalidation::Applied);
        for _ in 0..3 {
            assert_eq!(world.near.read(7).await, row);
        }
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(world.near.stats().near_hits > 0);
}

#[tokio::test]
async fn an_invalidation_that_is_queued_is_seen_at_once_too() {
    let server = RedisServer::start();
    let (line, db) = (Proxy::to(server.port()), Db::new());
    let near = Service::built(&line.url(), &db, near());
    near.connects().await;
    until_async("a read is answered near", async || {
        near.read(7).await;
        near.stats().near_hits > 0
    })
    .await;
    line.hold();
    let row = db.add();
    assert_eq!(near.invalidate(7).await, Invalidation::Queued);
    for _ in 0..3 {
        assert_eq!(near.read(7).await, row);
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_believed_for_max_lag_and_no_longer() {
    let world = World::new().await;
    world.is_near(7).await;
    world.server.pause();
    // What was under way has been answered, and nothing else will be.
    tokio::time::sleep(Duration::from_millis(20)).await;
    world.clock.advance(MAX_LAG.saturating_sub(2 * TICK));
    assert!(world.reads_near(7).await);
    world.clock.advance(2 * TICK);
    let hits = world.near.stats().near_hits;
    let late = world.near.start_to_read(7);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!late.is_finished(), "it asks the server");
    world.server.resume();
    late.await.unwrap();
    assert_eq!(world.near.stats().near_hits, hits);
}

#[tokio::test]
async fn a_line_of_which_one_half_is_gone_is_believed_for_max_lag() {
    let world = World::new().await;
    world.is_near(7).await;
    // The server gets everything and its messages do not arrive.
    world.line.hold_replies();
    tokio::time::sleep(Duration::from_millis(20)).await;
    world.db.add();
    assert_eq!(world.other.invalidate(7).await, Invalidation::Applied);
    world.clock.advance(MAX_LAG);
    let hits = world.near.stats().near_hits;
    let late = world.near.start_to_read(7);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(world.near.stats().near_hits, hits);
    world.line.pass();
    assert_eq!(late.await.unwrap(), world.db.row());
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
    for _ in 0..50 {
        // Nobody has it near, and the server has it.
        world.clock.advance(NEAR);
        until("the channel is alive", || world.near.state() == HealthState::Connected).await;
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
        let later = world.near.read(7).await;
        assert_eq!(later, row, "the older row was kept");
    }
}

#[tokio::test]
async fn a_value_is_not_kept_for_longer_than_at_the_server() {
    let server = RedisServer::start();
    let (db, clock) = (Db::new(), ManualClock::new());
    let near = Service::built(&server.url(), &db, near().clock(&clock).redis_budget(LIMIT));
    near.connects().await;
    let short: TwoTierCache<u32> = near.caches.cache(PREFIX).ttl(Duration::from_secs(5)).build();
    let read = async || short.get(&7, || db.load()).await.unwrap();
    let near_hits = || near.stats().near_hits;
    until_async("it is near", async || {
        read().await;
        near_hits() > 0
    })
    .await;
    clock.advance(Duration::from_secs(5));
    until_async("the channel is proved again", async || {
        clock.advance(Duration::ZERO);
        near.state() == HealthState::Connected
    })
    .await;
    let hits = near_hits();
    read().await;
    assert_eq!(near_hits(), hits, "it has run out at the server");
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
async fn ones_own_fill_is_not_kept() {
    let world = World::new().await;
    world.is_near(7).await;
    let gate = Gate::closed();
    let call = slow_call(&world.near.rows, 8, &world.db, &gate);
    gate.reached_by(1).await;
    gate.open();
    call.await.unwrap();
    assert!(!world.reads_near(8).await, "the server does not tell of a change of it");
    world.is_near(8).await;
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
