//! The manager: its scope, its switch, its counters, its names and its bounds.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::time::Duration;

use support::{Db, TTL, World, in_time, on_each, on_each_built, read, rows};
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, HealthState, Invalidation, TwoTierCache, two_tier_cached};

const SECOND: Duration = Duration::from_secs(1);
const KIB: usize = 1024;
const GIB: usize = 1024 * 1024 * KIB;

#[two_tier_cached(prefix = "scoped", ttl = TTL, skip(db))]
async fn scoped(db: &Db, id: u32) -> u32 {
    let Ok(row) = db.load().await;
    row + id
}

#[two_tier_cached(prefix = "spawned", ttl = TTL, skip(db))]
async fn spawned(db: &Db, id: u32) -> u32 {
    let Ok(row) = db.load().await;
    row + id
}

#[two_tier_cached(prefix = "row", ttl = TTL, key(id), manager = db.caches())]
async fn load_row(db: &Db, id: u32) -> Result<u32, &'static str> {
    let Ok(row) = db.load().await;
    if row == 0 { Err("no such row") } else { Ok(row + id) }
}

fn manager() -> CacheManager {
    CacheManager::builder().build().unwrap()
}

#[tokio::test]
async fn a_scope_has_its_own_entries_and_leaks_none() {
    let (outer, inner, db) = (manager(), manager(), Db::new());
    let nested = async {
        scoped(&db, 1).await;
        inner.scope(async { scoped(&db, 1).await }).await;
        assert_eq!(db.loads(), 2, "the inner scope has entries of its own");
        scoped(&db, 1).await;
        assert_eq!(db.loads(), 2, "and the outer one is back after it");
    };
    outer.scope(nested).await;
    scoped(&db, 1).await;
    assert_eq!(db.loads(), 3, "nothing of a scope is left after it");
    outer.scope(async { invalidate_scoped(1).await }).await;
    outer.scope(async { scoped(&db, 1).await }).await;
    assert_eq!(db.loads(), 4, "a sibling invalidates in the scope it is called in");
    inner.scope(async { scoped(&db, 1).await }).await;
    assert_eq!(db.loads(), 4, "and in no other");
}

#[tokio::test]
async fn a_scope_does_not_reach_into_a_spawned_task() {
    let (caches, db) = (manager(), Db::new());
    let task = async {
        spawned(&db, 1).await;
        let db = db.clone();
        tokio::spawn(async move { spawned(&db, 1).await }).await.unwrap()
    };
    caches.scope(task).await;
    assert_eq!(db.loads(), 2);
}

#[tokio::test]
async fn a_handle_is_of_the_manager_in_scope() {
    let (caches, db) = (manager(), Db::new());
    let handle = caches.scope(async { TwoTierCache::<u32>::builder().build() }).await;
    read(&handle, 7, &db).await;
    assert_eq!(caches.stats().prefix("cache").unwrap().fills, 1, "`cache` is the default prefix");
}

/// Every call loads, nothing is kept, and the outcome is the load's own.
async fn passes_through(caches: &CacheManager) {
    let (rows, db) = (rows(caches), Db::with(caches));
    for loads in 1..=3 {
        assert_eq!(load_row(&db, 7).await, Ok(8));
        assert_eq!(read(&rows, 7, &db).await, 1);
        assert_eq!(db.loads(), 2 * loads);
    }
    db.write(0);
    assert_eq!(load_row(&db, 7).await, Err("no such row"));
    assert!(!rows.set(&7, &1).await);
    assert!(!rows.exists(&7).await);
    assert_eq!(rows.invalidate(&7).await, Invalidation::Applied);
    assert_eq!(invalidate_load_row(&db, 7).await, Invalidation::Applied);
    assert_eq!(caches.health().state, HealthState::Disabled);
}

#[tokio::test]
async fn a_disabled_manager_passes_every_call_through() {
    on_each_built(
        || CacheManager::builder().disabled(),
        async |world: World| {
            passes_through(&world.caches).await;
        },
    )
    .await;
    on_each(async |world: World| {
        let (db, clone) = (Db::new(), world.caches.clone());
        read(&world.rows(), 7, &db).await;
        passes_through(&world.caches.disabled()).await;
        passes_through(&clone).await;
    })
    .await;
}

#[tokio::test]
async fn an_invalidation_of_a_disabled_manager_reaches_the_others() {
    let (server, db) = (EncodedBackend::new(), Db::new());
    let process = || CacheManager::builder().backend(server.clone()).build().unwrap();
    let (on, off) = (rows(&process()), rows(&process().disabled()));
    read(&on, 7, &db).await;
    db.write(2);
    off.invalidate(&7).await;
    assert_eq!(read(&on, 7, &db).await, 2);
    db.write(3);
    assert!(!off.set(&7, &3).await);
    assert_eq!(read(&on, 7, &db).await, 3, "a value set is not stored, but the older one is gone");
    assert!(CacheManager::builder().max_bytes(1 << 20).build().is_ok(), "a small store is legal");
}

#[tokio::test(start_paused = true)]
async fn a_manager_that_was_shut_down_passes_every_call_through() {
    on_each(async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        read(&rows, 7, &db).await;
        rows.invalidate(&7).await;
        let (shutdown, _) = in_time(10 * SECOND, world.caches.shutdown(SECOND)).await;
        assert_eq!(shutdown.invalidations_left, 0);
        passes_through(&world.caches).await;
        assert_eq!(world.caches.shutdown(SECOND).await.invalidations_left, 0, "again");
    })
    .await;
}

#[tokio::test]
async fn health_says_where_entries_go() {
    let embedded = World::embedded(CacheManager::builder()).caches.health();
    assert_eq!((embedded.state, embedded.queued_invalidations), (HealthState::Embedded, 0));
    let encoded = World::encoded(CacheManager::builder()).caches.health();
    assert_eq!((encoded.state, encoded.queued_invalidations), (HealthState::Connected, 0));
}

#[tokio::test(start_paused = true)]
async fn the_counters_tell_what_happened() {
    on_each(async |world| {
        let db = Db::with(&world.caches);
        assert_eq!(world.caches.stats().hit_rate(), None);
        load_row(&db, 1).await.unwrap();
        for _ in 0..3 {
            load_row(&db, 1).await.unwrap();
        }
        let (one, other) = tokio::join!(load_row(&db, 2), load_row(&db, 2));
        assert_eq!(one, other);
        let slow = async || {
            invalidate_load_row(&db, 3).await;
            db.load().await
        };
        let Ok(_) = world.rows().get(&3, slow).await;
        db.write(0);
        load_row(&db, 4).await.unwrap_err();
        world.rows().invalidate_many([1, 2]).await;
        world.rows().invalidate_pattern("*").await;
        let stats = world.stats();
        assert_eq!((stats.hits, stats.misses, stats.shared), (3, 5, 1));
        assert_eq!((stats.loads, stats.load_errors), (4, 1));
        assert_eq!((stats.fills, stats.fills_rejected, stats.fills_refused), (2, 1, 0));
        assert_eq!(stats.invalidations, 4, "one key, two keys, one pattern");
        assert_eq!((stats.unreadable, stats.backend_errors, stats.conflicts), (0, 0, 0));
        assert_eq!(stats.hit_rate(), Some(0.375));
        assert_eq!(stats.function, Some("manager::load_row"));
        let average = u64::try_from(stats.load_time.as_nanos()).unwrap() / stats.loads;
        assert!(average > 0);
        assert_eq!(stats.time_saved(), Duration::from_nanos(average * stats.hits));
        assert_eq!(world.caches.stats().hit_rate(), Some(0.375));
        assert_eq!(world.caches.stats().time_saved(), stats.time_saved());
    })
    .await;
}

#[tokio::test]
async fn the_counters_are_by_prefix_in_their_order() {
    let (caches, db) = (manager(), Db::new());
    for prefix in ["b", "c", "a"] {
        let handle: TwoTierCache<u32> = caches.cache(prefix).build();
        read(&handle, 1, &db).await;
    }
    let stats = caches.stats();
    let prefixes: Vec<_> = stats.functions.iter().map(|of| of.prefix.as_str()).collect();
    assert_eq!(prefixes, ["a", "b", "c"]);
    assert!(stats.prefix("d").is_none());
    assert_eq!(stats.prefix("a").unwrap().function, None, "only a handle has used it");
}

#[tokio::test]
async fn a_namespace_leads_every_key() {
    let (server, db) = (EncodedBackend::new(), Db::new());
    let named =
        |name| CacheManager::builder().backend(server.clone()).namespace(name).build().unwrap();
    let (shop, blog) = (rows(&named("shop")), rows(&named("blog")));
    read(&shop, 42, &db).await;
    assert!(server.bytes("shop:row:42").is_some());
    assert!(server.bytes("row:42").is_none());
    assert!(!blog.exists(&42).await, "namespaces share no entries");
    read(&blog, 42, &db).await;
    blog.invalidate_pattern("*").await;
    assert!(shop.exists(&42).await, "nor patterns");
    assert!(!blog.exists(&42).await);
}

/// How many of the keys from 0 are stored.
async fn stored<T: two_tier_cache::CacheValue>(cache: &TwoTierCache<T>, keys: u32) -> usize {
    let mut stored = 0;
    for key in 0..keys {
        stored += usize::from(cache.exists(&key).await);
    }
    stored
}

#[tokio::test]
async fn the_capacity_bounds_the_number_of_entries() {
    for capacity in [1, 2, 7, 8, 100, 1_000] {
        // However large the values may be together, and so the share of each.
        let caches = CacheManager::builder().capacity(capacity).max_bytes(GIB * capacity * 8);
        let caches = caches.build().unwrap();
        let (rows, db) = (rows(&caches), Db::new());
        for key in 0..2_000 {
            read(&rows, key, &db).await;
        }
        let stored = stored(&rows, 2_000).await;
        assert!(stored <= capacity, "{stored} entries with a capacity of {capacity}");
        assert!(stored >= capacity / 2 && stored > 0, "only {stored} entries of {capacity}");
    }
}

#[tokio::test]
async fn the_bytes_of_all_values_are_bounded() {
    for (max_bytes, max_value_bytes, value) in
        [(64 * KIB, 64 * KIB, KIB), (1024 * KIB, 16 * KIB, 10 * KIB)]
    {
        let builder = CacheManager::builder().max_bytes(max_bytes).max_value_bytes(max_value_bytes);
        let texts: TwoTierCache<String> = builder.build().unwrap().cache("text").build();
        for key in 0..1_000_u32 {
            texts.set(&key, &"x".repeat(value)).await;
        }
        let stored = stored(&texts, 1_000).await * value;
        assert!(stored <= max_bytes, "{stored} bytes of {max_bytes}");
        assert!(stored >= max_bytes / 2, "only {stored} bytes of {max_bytes}");
    }
}
