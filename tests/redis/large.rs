//! Large values, and the small ones beside them.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;
use two_tier_cache::redis::RedisConfig;
use two_tier_cache::{CacheManager, TwoTierCache};
use two_tier_cache_test_servers::{Proxy, RedisServer};

use crate::service::{LIMIT, Service};
use crate::support::{Db, in_time};

/// More than a line of this speed carries in the time of the test.
const SIZE: usize = 4 * 1024 * 1024;
const SLOW: usize = 100;

struct World {
    server: RedisServer,
    line: Proxy,
    service: Service,
    texts: TwoTierCache<String>,
}

impl World {
    async fn new(parameters: &str) -> Self {
        let server = RedisServer::start();
        let (line, db) = (Proxy::to(server.port()), Db::new());
        let config = RedisConfig::from_url(&format!("{}{parameters}", line.url())).unwrap();
        let builder = CacheManager::builder().redis_budget(LIMIT);
        let service = Service::configured(config, &db, builder);
        service.connects().await;
        let texts = service.caches.cache("text").build();
        Self { server, line, service, texts }
    }

    async fn text(&self, size: usize) -> usize {
        let load = || async { Ok::<_, Infallible>("x".repeat(size)) };
        let Ok(text) = in_time(LIMIT, self.texts.get("large", load)).await.0;
        text.len()
    }

    fn connections(&self) -> usize {
        let list = self.server.command(&["CLIENT", "LIST"]).text();
        list.lines()
            .filter(|line| line.contains("lib-name=two-tier-cache ") || line.contains("resp=3"))
            .count()
    }
}

#[tokio::test]
async fn a_small_value_does_not_wait_behind_a_large_one() {
    let world = World::new("").await;
    assert_eq!(world.text(SIZE).await, SIZE);
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
    let world = World::new("").await;
    assert_eq!(world.text(1_000).await, 1_000);
    assert_eq!(world.connections(), 1);
    world.texts.invalidate("large").await;
    assert_eq!(world.text(SIZE).await, SIZE);
    assert_eq!(world.connections(), 2);
    let world = World::new("?failover=strict").await;
    assert_eq!(world.text(SIZE).await, SIZE);
    assert_eq!(world.connections(), 1, "of another one nobody would know where it leads");
}
