//! Bad input is a clear error when the program starts, or a counted miss: never a panic, never the
//! caller's error, never a wrong value.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use support::events::Events;
use support::{Db, PREFIX, TTL, World, in_time, on_each, on_each_built, read};
use tracing::Level;
use two_tier_cache::codec::{Bincode, Postcard};
use two_tier_cache::{
    CacheManager, CacheManagerBuilder, CacheValue, ConfigError, TwoTierCache, TwoTierCacheBuilder,
    two_tier_cached,
};

const SECOND: Duration = Duration::from_secs(1);

#[two_tier_cached(prefix = "row", ttl = TTL, key(id), manager = db.caches())]
async fn owner(db: &Db, id: u32) -> u32 {
    let Ok(row) = db.load().await;
    row + id
}

#[two_tier_cached(prefix = "row", ttl = TTL, key(id), manager = db.caches())]
async fn intruder(db: &Db, id: u32) -> u32 {
    let Ok(row) = db.load().await;
    row + id + 1_000
}

#[two_tier_cached(prefix = "row", ttl = TTL, key(id), manager = db.caches())]
async fn generic<T: CacheValue + From<u32>>(db: &Db, id: u32) -> Vec<T> {
    let Ok(row) = db.load().await;
    vec![T::from(row + id)]
}

#[tokio::test]
async fn the_second_function_of_a_prefix_runs_uncached() {
    on_each(async |world| {
        let (db, events) = (Db::with(&world.caches), Events::catch());
        for _ in 0..3 {
            assert_eq!(owner(&db, 42).await, 43);
            assert_eq!(intruder(&db, 42).await, 1_043);
        }
        assert_eq!(db.loads(), 4, "the owner hits, the intruder loads each time");
        let stats = world.stats();
        assert_eq!((stats.conflicts, stats.hits, stats.misses), (3, 2, 1));
        assert_eq!(stats.function, Some("bad_input::owner"));
        let [told] = &*events.at(Level::ERROR) else { panic!("{:?}", events.loud()) };
        for named in ["row", "bad_input::owner", "bad_input::intruder"] {
            assert!(told.contains(named), "{told}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_second_type_of_a_generic_function_runs_uncached() {
    on_each(async |world| {
        let (db, events) = (Db::with(&world.caches), Events::catch());
        for _ in 0..3 {
            assert_eq!(generic::<u64>(&db, 1).await, [2]);
            assert_eq!(generic::<f64>(&db, 1).await, [2.0]);
        }
        assert_eq!((db.loads(), world.stats().conflicts), (4, 3));
        assert_eq!(events.at(Level::ERROR).len(), 1);
    })
    .await;
}

const ODD: [&str; 19] = [
    "", ":", "%", "*", "?", "[a]", "\\", "\n", "\0", "\u{7f}", "%3A", "%-", "%+", "%#", "a:b", "é",
    "🦀", " ", "''",
];

#[tokio::test]
async fn keys_of_any_text_and_length_are_kept_apart() {
    let long = "x".repeat(10_000);
    let long = [&long[1..], &long, &format!("{long}:"), &format!("{long}%")];
    let parts: Vec<_> = ODD.iter().chain(&long).copied().collect();
    let parts: Vec<_> = parts.iter().flat_map(|a| parts.iter().map(|b| (*a, *b))).collect();
    on_each(async |world| {
        let texts: TwoTierCache<usize> = world.caches.cache(PREFIX).build();
        for (at, part) in parts.iter().enumerate() {
            assert!(texts.set(part, &at).await);
        }
        for (at, part) in parts.iter().enumerate() {
            let load = async || Err::<usize, ()>(());
            assert_eq!(texts.get(part, load).await, Ok(at), "part {at}");
            texts.invalidate(part).await;
            assert!(!texts.exists(part).await, "part {at}");
        }
    })
    .await;
}

fn refused(result: Result<impl Sized, ConfigError>, named: &str) {
    let error = result.err().unwrap_or_else(|| panic!("`{named}` should be refused")).to_string();
    assert!(error.contains(named), "`{named}` is not named: {error}");
}

#[test]
fn a_mistake_in_the_manager_is_an_error_that_names_it() {
    let build = |change: fn(CacheManagerBuilder) -> CacheManagerBuilder| {
        change(CacheManager::builder()).build()
    };
    refused(build(|it| it.namespace("")), "namespace");
    refused(build(|it| it.namespace("Shop")), "Shop");
    refused(build(|it| it.namespace("a:b")), "namespace");
    refused(build(|it| it.namespace("x".repeat(65))), "64");
    refused(build(|it| it.capacity(0)), "capacity");
    refused(build(|it| it.max_bytes(0)), "max_bytes");
    refused(build(|it| it.max_value_bytes(0)), "max_value_bytes");
    refused(build(|it| it.lease_ttl(Duration::ZERO)), "lease_ttl");
    refused(build(|it| it.lease_wait(Duration::ZERO)), "lease_wait");
}

#[test]
fn a_mistake_in_a_handle_is_an_error_that_names_it() {
    let caches = CacheManager::builder().build().unwrap();
    let build = |change: fn(TwoTierCacheBuilder<u32>) -> TwoTierCacheBuilder<u32>| {
        change(caches.cache("row")).try_build()
    };
    refused(build(|it| it.prefix("")), "prefix");
    refused(build(|it| it.prefix("a:b")), "a:b");
    refused(build(|it| it.prefix("x".repeat(65))), "64");
    refused(build(|it| it.ttl(Duration::ZERO)), "`ttl`");
    refused(build(|it| it.none_ttl(Duration::ZERO)), "none_ttl");
    refused(build(|it| it.jitter(2.0)), "jitter");
    refused(build(|it| it.jitter(-0.1)), "jitter");
    refused(build(|it| it.jitter(f64::NAN)), "jitter");
    refused(build(|it| it.codec(Postcard)), "version");
    refused(build(|it| it.codec(Bincode)), "version");
}

#[test]
#[should_panic(expected = "`ttl` must be greater than zero")]
fn a_handle_built_with_a_mistake_panics_with_the_same_text() {
    let caches = CacheManager::builder().build().unwrap();
    let _handle: TwoTierCache<u32> = caches.cache("row").ttl(Duration::ZERO).build();
}

#[tokio::test(start_paused = true)]
async fn the_largest_settings_are_no_reason_to_panic() {
    let largest = || {
        let limits = CacheManager::builder().capacity(usize::MAX).max_bytes(usize::MAX);
        limits.max_value_bytes(1)
    };
    assert!(largest().build().is_ok());
    on_each_built(
        || largest().max_value_bytes(usize::MAX),
        async |world| {
            let handle = world.caches.cache(PREFIX).ttl(Duration::MAX).none_ttl(Duration::MAX);
            let rows: TwoTierCache<u32> = handle.jitter(1.0).settle(Duration::MAX).build();
            let db = Db::new();
            let (one, other) = tokio::join!(read(&rows, 7, &db), read(&rows, 7, &db));
            assert_eq!((one, other), (1, 1));
            rows.invalidate(&7).await;
            assert_eq!(in_time(10 * SECOND, read(&rows, 7, &db)).await.0, 1);
        },
    )
    .await;
}

/// Runs a future that needs no runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Two calls at once, one of which waits for the other, where there are no timers.
async fn without_timers() {
    let (rows, db) = (World::embedded(CacheManager::builder()).rows(), Db::new());
    let call = || rows.get(&7, || db.load());
    for loads in 1..3 {
        assert_eq!(tokio::join!(call(), call()), (Ok(1), Ok(1)));
        assert_eq!(db.loads(), loads);
        rows.invalidate(&7).await;
    }
}

#[test]
fn a_runtime_without_timers_is_no_reason_to_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(without_timers());
}

#[test]
fn no_runtime_is_no_reason_to_panic() {
    block_on(without_timers());
}
