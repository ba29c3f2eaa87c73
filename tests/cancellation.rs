//! Every public future is dropped after each of its polls, and the cache goes on as if nothing had
//! been: no lease is left behind, nobody waits, nothing older stays.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use support::wire::Wire;
use support::{Db, TTL, World, call, in_time, polled, read, rows, settled};
use tokio::task::yield_now;
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, TwoTierCache, invalidates, two_tier_cached};

const SECOND: Duration = Duration::from_secs(1);

/// What is dropped half way.
#[derive(Debug, Clone, Copy)]
enum Act {
    Attribute,
    Detached,
    Exists,
    Get,
    Invalidate,
    InvalidateMany,
    InvalidatePattern,
    Ready,
    Refresh,
    Scope,
    Set,
    SetRow,
    Shutdown,
    Write,
}

const ACTS: [Act; 13] = [
    Act::Attribute,
    Act::Detached,
    Act::Exists,
    Act::Get,
    Act::Invalidate,
    Act::InvalidateMany,
    Act::InvalidatePattern,
    Act::Ready,
    Act::Refresh,
    Act::Scope,
    Act::Set,
    Act::SetRow,
    Act::Write,
];

/// More polls than any of them takes.
const POLLS: usize = 60;

#[two_tier_cached(
    prefix = "row", ttl = TTL, key(id), manager = db.caches(), also(exists, refresh, set)
)]
async fn load_row(db: &Db, id: u32) -> Result<u32, Infallible> {
    db.load().await
}

#[two_tier_cached(
    prefix = "row", ttl = TTL, key(id), manager = db.caches(), shares = load_row, detached
)]
async fn load_detached(db: Arc<Db>, id: u32) -> Result<u32, Infallible> {
    db.load().await
}

/// Commits half way.
#[invalidates(load_row(db, id))]
async fn write_row(db: &Db, id: u32) {
    yield_now().await;
    db.add();
    yield_now().await;
    assert_eq!(id, 7);
}

/// Managers of both kinds, the second on a wire whose every step takes turns.
fn managers(seed: u64) -> [CacheManager; 2] {
    let wire = Wire::delaying(&EncodedBackend::new(), seed);
    let encoded = CacheManager::builder().backend(wire).build().unwrap();
    [World::embedded(CacheManager::builder()).caches, encoded]
}

async fn act(act: Act, rows: &TwoTierCache<u32>, db: &Arc<Db>) {
    match act {
        Act::Attribute => drop(load_row(db, 7).await),
        Act::Detached => drop(load_detached(Arc::clone(db), 7).await),
        Act::Exists => drop(rows.exists(&7).await),
        Act::Get => drop(read(rows, 7, db).await),
        Act::Invalidate => drop(rows.invalidate(&7).await),
        Act::InvalidateMany => drop(rows.invalidate_many([6, 7]).await),
        Act::InvalidatePattern => drop(rows.invalidate_pattern("7").await),
        Act::Ready => drop(db.caches().ready(SECOND).await),
        Act::Refresh => drop(refresh_load_row(db, 7).await),
        Act::Scope => assert!(db.caches().scope(load_row(db, 7)).await.is_ok()),
        Act::Set => drop(rows.set(&7, &db.row()).await),
        Act::SetRow => {
            set_load_row(db, 7, db.row()).await;
            assert!(exists_load_row(db, 7).await);
        }
        Act::Shutdown => drop(db.caches().shutdown(SECOND).await),
        Act::Write => write_row(db, 7).await,
    }
}

/// Drops `act` after so many polls; whether it had ended by then.
async fn dropped(what: Act, polls: usize, rows: &TwoTierCache<u32>, db: &Arc<Db>) -> bool {
    let mut act = Box::pin(act(what, rows, db));
    polled(act.as_mut(), polls).await.is_some()
}

/// The next call works, does not wait, and fills the cache.
async fn usable(rows: &TwoTierCache<u32>, db: &Db) {
    settled().await;
    let (row, took) = in_time(10 * SECOND, read(rows, 7, db)).await;
    assert_eq!(row, db.row());
    assert!(took < SECOND, "it waited {took:?}");
    assert!(rows.exists(&7).await);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_leaves_an_empty_cache_usable() {
    for what in ACTS {
        for polls in 0..POLLS {
            for caches in managers(polls as u64 + 1) {
                let (rows, db) = (rows(&caches), Db::with(&caches));
                dropped(what, polls, &rows, &db).await;
                usable(&rows, &db).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_leaves_a_full_cache_usable() {
    for what in ACTS {
        for polls in 0..POLLS {
            for caches in managers(polls as u64 + 1) {
                let (rows, db) = (rows(&caches), Db::with(&caches));
                read(&rows, 7, &db).await;
                dropped(what, polls, &rows, &db).await;
                usable(&rows, &db).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_hands_on_to_those_that_wait_for_it() {
    for what in [Act::Attribute, Act::Detached, Act::Get, Act::Refresh, Act::Set] {
        for polls in 1..POLLS {
            for caches in managers(polls as u64 + 1) {
                let (rows, db) = (rows(&caches), Db::with(&caches));
                let mut first = Box::pin(act(what, &rows, &db));
                let ended = polled(first.as_mut(), 1).await.is_some();
                let waiting: Vec<_> = (0..5).map(|_| call(&rows, 7, &db)).collect();
                if !ended {
                    let _ = polled(first.as_mut(), polls - 1).await;
                }
                drop(first);
                for call in waiting {
                    assert_eq!(in_time(SECOND, call).await.0.unwrap(), 1);
                }
                usable(&rows, &db).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_that_is_dropped_is_applied_all_the_same() {
    for what in [Act::Invalidate, Act::InvalidateMany, Act::InvalidatePattern] {
        for polls in 0..10 {
            for caches in managers(polls as u64 + 1) {
                let (rows, db) = (rows(&caches), Db::with(&caches));
                read(&rows, 7, &db).await;
                db.write(2);
                match what {
                    // The first poll is what makes an async block call it at all.
                    _ if polls > 0 => drop(dropped(what, polls, &rows, &db).await),
                    Act::Invalidate => drop(rows.invalidate(&7)),
                    Act::InvalidateMany => drop(rows.invalidate_many([6, 7])),
                    _ => drop(rows.invalidate_pattern("7")),
                }
                usable(&rows, &db).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_shutdown_leaves_a_manager_that_passes_through() {
    for caches in managers(1) {
        let (rows, db) = (rows(&caches), Db::with(&caches));
        let mut down = pin!(act(Act::Shutdown, &rows, &db));
        let _ = polled(down.as_mut(), 1).await;
        assert_eq!(read(&rows, 7, &db).await, 1);
        assert!(!rows.exists(&7).await);
    }
}

/// Callers that lose interest at every point of a shared load, all at once.
#[tokio::test(start_paused = true)]
async fn callers_that_leave_one_by_one_leave_the_cache_usable() {
    for caches in managers(9) {
        let (rows, db) = (rows(&caches), Db::with(&caches));
        let leaving: Vec<_> = (0..40)
            .map(|polls| {
                let (rows, db) = (rows.clone(), Arc::clone(&db));
                tokio::spawn(async move {
                    dropped(Act::Get, polls, &rows, &db).await;
                })
            })
            .collect();
        for leaving in leaving {
            in_time(10 * SECOND, leaving).await.0.unwrap();
        }
        usable(&rows, &db).await;
    }
}
