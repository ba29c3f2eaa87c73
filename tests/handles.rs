//! What a handle is set to: how long values live, and what it says of them.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::time::Duration;

use support::{Db, PREFIX, TTL, on_each, read};
use two_tier_cache::{Invalidation, TwoTierCache, TwoTierCacheBuilder, two_tier_cached};

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

#[two_tier_cached(
    prefix = "row", ttl = MINUTE, none_ttl = SECOND, key(id), manager = db.caches(),
)]
async fn find(db: &Db, id: u32) -> Option<u32> {
    let Ok(row) = db.load().await;
    (row > 1).then_some(row + id)
}

#[tokio::test]
async fn a_value_lives_as_long_as_its_ttl_and_no_longer() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let default: TwoTierCache<u32> = world.caches.cache("default").build();
        read(&rows, 7, &db).await;
        assert!(default.set(&7, &1).await);
        world.clock.advance(Duration::from_millis(299_999));
        assert!(default.exists(&7).await, "the default is 300 s");
        world.clock.advance(TICK);
        assert!(!default.exists(&7).await);
        world.clock.advance((TTL / 2).saturating_sub(TICK));
        assert!(rows.exists(&7).await);
        world.clock.advance(TICK);
        assert!(!rows.exists(&7).await);
        assert_eq!(read(&rows, 7, &db).await, 1);
        assert_eq!(db.loads(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_absent_value_lives_as_long_as_its_own_ttl() {
    on_each(async |world| {
        let db = Db::with(&world.caches);
        for _ in 0..2 {
            assert_eq!(find(&db, 7).await, None);
        }
        assert_eq!(db.loads(), 1);
        db.write(2);
        world.clock.advance(SECOND);
        for _ in 0..2 {
            assert_eq!(find(&db, 7).await, Some(9));
        }
        assert_eq!(db.loads(), 2);
        world.clock.advance(MINUTE.saturating_sub(TICK));
        find(&db, 7).await;
        assert_eq!(db.loads(), 2, "a present value lives as long as the `ttl`");
    })
    .await;
}

#[tokio::test]
async fn an_absent_value_lives_at_most_thirty_seconds_by_default() {
    on_each(async |world| {
        for (ttl, lives) in [(MINUTE, 30 * SECOND), (10 * SECOND, 10 * SECOND)] {
            let found: TwoTierCache<Option<u32>> = world.caches.cache(PREFIX).ttl(ttl).build();
            assert!(found.set(&7, &None).await);
            world.clock.advance(lives.saturating_sub(TICK));
            assert!(found.exists(&7).await);
            world.clock.advance(TICK);
            assert!(!found.exists(&7).await);
        }
    })
    .await;
}

#[tokio::test]
async fn jitter_only_shortens_and_spreads() {
    on_each(async |world| {
        let handle: TwoTierCacheBuilder<u32> = world.caches.cache(PREFIX).ttl(100 * SECOND);
        let rows = handle.jitter(0.5).build();
        for key in 0..200 {
            assert!(rows.set(&key, &1).await);
        }
        let mut lived = Vec::new();
        for second in 1..=100 {
            world.clock.advance(SECOND);
            let mut left = 0;
            for key in 0..200 {
                left += usize::from(rows.exists(&key).await);
            }
            lived.push(left);
            assert!(second >= 50 || left == 200, "{left} left after {second} s");
        }
        assert_eq!(lived[99], 0, "none lives longer than the `ttl`");
        assert!(lived[74] > 50 && lived[74] < 150, "{} left half way", lived[74]);
    })
    .await;
}

#[tokio::test]
async fn exists_says_whether_a_get_would_hit() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        assert!(!rows.exists(&7).await);
        read(&rows, 7, &db).await;
        assert!(rows.exists(&7).await);
        assert_eq!(world.stats().hits, 0, "asking is no hit");
        assert_eq!(rows.invalidate(&7).await, Invalidation::Applied);
        assert!(!rows.exists(&7).await);
    })
    .await;
}

#[tokio::test]
async fn several_keys_are_invalidated_and_a_bystander_is_kept() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        for key in 0..5 {
            read(&rows, key, &db).await;
        }
        assert_eq!(rows.invalidate_many([0, 1, 99]).await, Invalidation::Applied);
        rows.invalidate_pattern("[2-3]").await;
        for (key, kept) in [(0, false), (1, false), (2, false), (3, false), (4, true)] {
            assert_eq!(rows.exists(&key).await, kept, "key {key}");
        }
        let none: [u32; 0] = [];
        assert_eq!(rows.invalidate_many(none).await, Invalidation::Applied);
    })
    .await;
}

#[tokio::test]
async fn a_handle_and_a_function_address_the_same_entry() {
    on_each(async |world| {
        let db = Db::with(&world.caches);
        db.write(2);
        let found: TwoTierCache<Option<u32>> = world.caches.cache(PREFIX).build();
        assert_eq!(find(&db, 7).await, Some(9));
        assert!(found.exists(&7).await);
        assert!(found.set(&7, &Some(1)).await);
        assert_eq!(find(&db, 7).await, Some(1));
        found.invalidate(&7).await;
        assert_eq!(find(&db, 7).await, Some(9));
    })
    .await;
}
