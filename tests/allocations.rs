//! What a hit of this process allocates: nothing.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, HealthState, two_tier_cached};
use two_tier_cache_test_servers::RedisServer;

const TTL: Duration = Duration::from_secs(600);
const HITS: usize = 1_000;

type Found = Result<Arc<u64>, Infallible>;

/// What this thread allocates in so many calls that end at once; `None` if one does not.
fn allocations_of<F: Future<Output = Found>>(call: impl Fn() -> F) -> Option<u64> {
    let mut all_ended = true;
    let counted = allocation_counter::measure(|| {
        for _ in 0..HITS {
            let polled = pin!(call()).poll(&mut Context::from_waker(Waker::noop()));
            all_ended &= matches!(polled, Poll::Ready(Ok(_)));
        }
    });
    all_ended.then_some(counted.count_total)
}

struct App {
    caches: CacheManager,
    loads: Cell<usize>,
}

impl App {
    fn row(&self) -> Arc<u64> {
        self.loads.set(self.loads.get() + 1);
        Arc::new(1)
    }
}

#[two_tier_cached(prefix = "number", ttl = TTL, key(id), manager = app.caches)]
async fn by_number(app: &App, id: u64) -> Found {
    Ok(app.row())
}

#[two_tier_cached(prefix = "text", ttl = TTL, key(name), manager = app.caches)]
async fn by_text(app: &App, name: &str) -> Found {
    Ok(app.row())
}

#[two_tier_cached(prefix = "both", ttl = TTL, key(tenant, id), manager = app.caches)]
async fn by_both(app: &App, tenant: &str, id: u64) -> Found {
    Ok(app.row())
}

/// What fills the room for a key: with `text:` it is 128 bytes.
const LONG: [u8; 123] = [b'k'; 123];

/// What is allocated by hits with a number, a short text, a long one, and with two parts.
fn of_hits(app: &App) -> Option<[u64; 4]> {
    let long = std::str::from_utf8(&LONG).unwrap();
    Some([
        allocations_of(|| by_number(app, u64::MAX))?,
        allocations_of(|| by_text(app, "a-short-name"))?,
        allocations_of(|| by_text(app, long))?,
        allocations_of(|| by_both(app, "tenant:7", 42))?,
    ])
}

/// Makes each of those calls once.
async fn load_all(app: &App) {
    by_number(app, u64::MAX).await.unwrap();
    by_text(app, "a-short-name").await.unwrap();
    by_text(app, std::str::from_utf8(&LONG).unwrap()).await.unwrap();
    by_both(app, "tenant:7", 42).await.unwrap();
}

#[tokio::test]
async fn a_hit_allocates_nothing() {
    let app = App { caches: CacheManager::builder().build().unwrap(), loads: Cell::new(0) };
    load_all(&app).await;
    assert_eq!(app.loads.get(), 4);
    assert_eq!(of_hits(&app), Some([0; 4]));
    assert_eq!(app.loads.get(), 4);
    let longer = "k".repeat(200);
    by_text(&app, &longer).await.unwrap();
    let of_longer = allocations_of(|| by_text(&app, &longer));
    assert_eq!(of_longer, Some(HITS as u64), "a longer key is written on the heap");
}

#[tokio::test]
async fn a_hit_near_allocates_nothing() {
    let server = RedisServer::start();
    let backend = RedisBackend::lazy(&server.url()).unwrap();
    let caches = CacheManager::builder().backend(backend).near(TTL).build().unwrap();
    let health = caches.ready(Duration::from_secs(30)).await;
    assert_eq!(health.state, HealthState::Connected);
    let app = App { caches, loads: Cell::new(0) };
    // Until all of them are near, and the channel is not silent for a moment on a busy machine.
    for _ in 0..1_000 {
        load_all(&app).await;
        if let Some(allocations) = of_hits(&app) {
            return assert_eq!(allocations, [0; 4]);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never were all of them near");
}
