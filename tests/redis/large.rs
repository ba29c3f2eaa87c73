//! Large values, and the small ones beside them.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;
use two_tier_cache::redis::RedisConfig;
use two_tier_cache::{CacheManager, HealthState, TwoTierCache};
use two_tier_cache_test_servers::{Proxy, RedisServer};

use crate::service::{LIMIT, Service, until, until_async};
use crate::support::{Db, in_time};

/// More than a line of this speed carries in the time of the test.
const SIZE: usize = 4 * 1024 * 1024;
const SLOW: usize = 100;
/// Enough to take its time.
const SLOW_SIZE: usize = 1024 * 1024;
/// Large, and at once there.
const LARGE: usize = 256 * 1024;
/// For calls that meet a connection on which nothing comes.
const BUDGET: Duration = Duration::from_secs(1);
/// What a healthy connection needs less than.
const CONNECT: Duration = Duration::from_millis(500);

struct World {
    server: RedisServer,
    line: Proxy,
    service: Service,
    texts: TwoTierCache<String>,
    loads: AtomicUsize,
    /// Which of the connections of the line is the first one.
    first: usize,
}

impl World {
    async fn new(parameters: &str, budget: Duration) -> Self {
        let server = RedisServer::start();
        let (line, db) = (Proxy::to(server.port()), Db::new());
        let config = RedisConfig::from_url(&format!("{}{parameters}", line.url())).unwrap();
        let config = config.connect_timeout(CONNECT);
        let builder = CacheManager::builder().redis_budget(budget);
        let service = Service::configured(config, &db, builder);
        service.connects().await;
        let first = line.accepted() - 1;
        let texts = service.caches.cache("text").build();
        Self { server, line, service, texts, loads: AtomicUsize::new(0), first }
    }

    /// One in which the connection of large values is in use.
    async fn with_both(budget: Duration) -> Self {
        let world = Self::new("", budget).await;
        world.uses_both(LARGE).await;
        world
    }

    async fn uses_both(&self, size: usize) {
        until_async("the one for large values is used", async || {
            self.text(size).await;
            self.server
                .resp3_clients()
                .values()
                .nth(1)
                .is_some_and(|line| line.contains(" cmd=get "))
        })
        .await;
    }

    async fn text(&self, size: usize) {
        let load = || async {
            self.loads.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>("x".repeat(size))
        };
        let Ok(text) = in_time(LIMIT, self.texts.get("large", load)).await.0;
        assert_eq!(text.len(), size);
    }

    /// How often it was hit.
    fn hits(&self) -> u64 {
        self.service.caches.stats().prefix("text").map_or(0, |texts| texts.hits)
    }

    /// How often it was loaded.
    fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    /// The connections, the first one first.
    fn ids(&self) -> Vec<u64> {
        self.server.resp3_clients().into_keys().collect()
    }
}

#[tokio::test]
async fn a_small_value_does_not_wait_behind_a_large_one() {
    let world = World::new("", LIMIT).await;
    world.uses_both(SIZE).await;
    world.service.read(7).await;
    world.line.slow(SLOW);
    let texts = world.texts.clone();
    let large = tokio::spawn(async move {
        texts.get("large", || async { Ok::<_, Infallible>(String::new()) }).await.unwrap().len()
    });
    // It is under way, and takes about forty seconds.
    sleep(Duration::from_millis(200)).await;
    for _ in 0..5 {
        assert_eq!(world.service.read(7).await, 1);
    }
    assert!(!large.is_finished());
    world.line.pass();
    assert_eq!(in_time(LIMIT, large).await.0.unwrap(), SIZE);
}

#[tokio::test]
async fn who_has_no_large_values_has_one_connection() {
    let world = World::new("", LIMIT).await;
    world.text(1_000).await;
    // Time enough to make another.
    sleep(Duration::from_millis(200)).await;
    assert_eq!(world.line.accepted(), world.first + 1);
    world.texts.invalidate("large").await;
    world.uses_both(SIZE).await;
    let world = World::new("?failover=strict", LIMIT).await;
    for _ in 0..2 {
        world.text(SIZE).await;
    }
    // Time enough to make one.
    sleep(Duration::from_millis(200)).await;
    assert_eq!(world.loads(), 1);
    assert_eq!(world.line.accepted(), world.first + 1, "nobody would know where another leads");
}

#[tokio::test]
async fn large_values_do_not_hide_that_the_first_connection_hangs() {
    let world = World::with_both(BUDGET).await;
    world.service.read(7).await;
    world.line.silence(world.first);
    let texts = world.texts.clone();
    let large = tokio::spawn(async move {
        loop {
            let load = || async { Ok::<_, Infallible>("x".repeat(LARGE)) };
            assert!(texts.get("large", load).await.is_ok());
            // In an outage it is hit in the process, without a wait.
            yield_now().await;
        }
    });
    let hits = world.hits();
    until("large values are hit meanwhile", || world.hits() > hits + 10).await;
    until_async("another takes its place", async || {
        let hits = world.service.stats().hits;
        world.service.read(7).await;
        world.service.stats().hits > hits && world.service.state() == HealthState::Connected
    })
    .await;
    large.abort();
}

#[tokio::test]
async fn one_for_large_values_that_hangs_is_replaced_and_hangs_up_no_other() {
    // Less than it takes to replace it.
    let world = World::with_both(BUDGET / 3).await;
    let first = world.ids()[0];
    world.line.silence(world.line.accepted() - 1);
    let loads = world.loads();
    world.text(LARGE).await;
    assert_eq!(world.loads(), loads + 1, "nothing comes on it");
    until_async("large values are hit again", async || {
        let loads = world.loads();
        world.text(LARGE).await;
        assert_eq!(world.service.state(), HealthState::Connected);
        world.loads() == loads
    })
    .await;
    assert_eq!(world.ids()[0], first);
}

#[tokio::test]
async fn it_is_replaced_also_for_those_who_wait_longer_or_shorter() {
    // With so little time, no call that gives up says anything, and on a busy machine the first may seem
    // to hang.
    let world = loop {
        let world = World::with_both(Duration::from_millis(20)).await;
        if world.line.accepted() == world.first + 2 {
            break world;
        }
    };
    world.line.silence(world.first + 1);
    let hits = world.hits();
    until_async("large values are hit again", async || {
        world.text(LARGE).await;
        world.hits() > hits
    })
    .await;
    // And with so much, none gives up in the time of the test.
    let world = World::with_both(2 * LIMIT).await;
    world.line.silence(world.line.accepted() - 1);
    world.text(LARGE).await;
    assert_eq!(world.loads(), 1, "who waited was sent elsewhere");
}

#[tokio::test]
async fn large_values_that_come_too_slowly_do_not_get_among_the_small_ones() {
    for another_can_be_made in [true, false] {
        let world = World::new("", BUDGET / 2).await;
        until_async("it is stored, and hit on a connection of its own", async || {
            let loads = world.loads();
            world.uses_both(SLOW_SIZE).await;
            world.loads() == loads
        })
        .await;
        world.service.read(7).await;
        // It takes four times as long as calls wait.
        world.line.slow(SLOW_SIZE / 2_000);
        if !another_can_be_made {
            world.line.refuse();
        }
        let (loads, hits) = (world.loads(), world.service.stats().hits);
        let connections = world.line.accepted();
        for _ in 0..6 {
            world.text(SLOW_SIZE).await;
            world.service.read(7).await;
            assert_eq!(world.service.state(), HealthState::Connected);
        }
        assert_eq!(world.loads(), loads + 6, "it comes too slowly");
        assert_eq!(world.service.stats().hits, hits + 6);
        assert_eq!(world.line.accepted(), connections, "it is slow, and does not hang");
    }
}

#[tokio::test]
async fn one_for_large_values_that_breaks_is_replaced_and_costs_nothing() {
    let world = World::with_both(LIMIT).await;
    let [first, second] = world.ids()[..] else { unreachable!() };
    world.server.command(&["CLIENT", "KILL", "ID", &second.to_string()]);
    until_async("another takes its place", async || {
        world.text(LARGE).await;
        world.ids().len() == 2
    })
    .await;
    assert_eq!(world.loads(), 1);
    assert_eq!(world.ids()[0], first, "it is none of its business");
}

/// What it is called, and how the line gets it.
type Fault<'a> = (&'a str, &'a dyn Fn(&Proxy));

#[tokio::test]
async fn large_values_are_kept_also_where_a_second_connection_cannot_be_made() {
    let another = RedisServer::start();
    let hangs = |line: &Proxy| line.silence(line.accepted());
    let leads_elsewhere = |line: &Proxy| line.point_at(another.port());
    let faults: [Fault<'_>; 3] = [
        ("it hangs", &hangs),
        ("it is refused", &Proxy::refuse),
        ("it leads elsewhere", &leads_elsewhere),
    ];
    for (what, fault) in faults {
        let world = World::new("", BUDGET).await;
        let connections = world.line.accepted();
        fault(&world.line);
        let reads = Cell::new(0);
        until_async("it is tried again", async || {
            world.text(LARGE).await;
            reads.set(reads.get() + 1);
            world.line.accepted() >= connections + 2
        })
        .await;
        let reads = reads.get();
        assert!(reads > 20, "{what}: tried once in a while, and not with each read: {reads}");
        assert_eq!(world.loads(), 1, "{what}");
        assert_eq!(world.service.state(), HealthState::Connected, "{what}");
    }
}
