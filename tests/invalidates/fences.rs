//! What a write names is fenced from before its body until it is done: nothing of it is cached
//! meanwhile, also if the write never comes to its end.

use std::mem::forget;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use two_tier_cache::{CacheManager, TwoTierCache, invalidates};

use super::support::wire::Wire;
use super::support::{Db, Gate, World, on_each_built, polled, read, rows};

const FENCE_TTL: Duration = Duration::from_secs(5);

fn with_fences() -> two_tier_cache::CacheManagerBuilder {
    CacheManager::builder().fence_ttl(FENCE_TTL)
}

/// Commits between two gates.
#[invalidates(via(rows.invalidate(&7_u32)))]
async fn write(rows: &TwoTierCache<u32>, db: &Db, before: &Gate, after: &Gate) -> u32 {
    before.pass().await;
    let row = db.add();
    after.pass().await;
    row
}

/// Commits, and is then killed: nothing of it runs any more, not even its drops.
async fn die_after_the_commit(rows: &TwoTierCache<u32>, db: &Arc<Db>) {
    let (rows, db) = (rows.clone(), Arc::clone(db));
    let (open, closed) = (Gate::closed(), Gate::closed());
    open.open();
    let mut write = Box::pin(async move { write(&rows, &db, &open, &closed).await });
    assert!(polled(write.as_mut(), 3).await.is_none());
    forget(write);
}

#[tokio::test(start_paused = true)]
async fn from_the_commit_on_nobody_reads_the_older_row() {
    on_each_built(with_fences, async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        let (before, after) = (Gate::closed(), Gate::closed());
        assert_eq!((read(&rows, 7, &db).await, read(&rows, 8, &db).await), (1, 1));
        let mut write = pin!(write(&rows, &db, &before, &after));
        assert!(polled(write.as_mut(), 1).await.is_none());
        // Read from the database before the commit, and cached by nobody.
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (1, false));
        before.open();
        assert!(polled(write.as_mut(), 1).await.is_none());
        // The write is not done and has invalidated nothing; other keys are none of its business.
        assert_eq!((read(&rows, 7, &db).await, read(&rows, 8, &db).await), (2, 1));
        assert_eq!((rows.exists(&7).await, rows.exists(&8).await), (false, true));
        after.open();
        assert_eq!(write.await, 2);
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (2, true));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_is_killed_leaves_nothing_stale_and_keeps_the_key_uncached_for_fence_ttl() {
    on_each_built(with_fences, async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        assert_eq!(read(&rows, 7, &db).await, 1);
        die_after_the_commit(&rows, &db).await;
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (2, false));
        world.clock.advance(FENCE_TTL.saturating_sub(Duration::from_millis(1)));
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (2, false));
        world.clock.advance(Duration::from_millis(1));
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (2, true));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_write_that_outlasts_its_fence_invalidates_all_the_same() {
    on_each_built(with_fences, async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        let (before, after) = (Gate::closed(), Gate::closed());
        let mut write = pin!(write(&rows, &db, &before, &after));
        assert!(polled(write.as_mut(), 1).await.is_none());
        world.clock.advance(FENCE_TTL);
        // Cached before the commit, because the fence has run out.
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (1, true));
        before.open();
        after.open();
        assert_eq!(write.await, 2);
        assert_eq!(read(&rows, 7, &db).await, 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_first_of_two_writers_leaves_the_fence_of_the_second() {
    on_each_built(with_fences, async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        let (before, after) = (Gate::closed(), Gate::closed());
        let mut slow = pin!(write(&rows, &db, &before, &after));
        assert!(polled(slow.as_mut(), 1).await.is_none());
        let open = Gate::closed();
        open.open();
        assert_eq!(write(&rows, &db, &open, &open).await, 2);
        // A load of now would be older than what the other one is about to commit.
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (2, false));
        before.open();
        after.open();
        assert_eq!(slow.await, 3);
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (3, true));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_invalidated_during_a_write_stays_fenced() {
    on_each_built(with_fences, async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        let (before, after) = (Gate::closed(), Gate::closed());
        let mut write = pin!(write(&rows, &db, &before, &after));
        assert!(polled(write.as_mut(), 1).await.is_none());
        rows.invalidate(&7).await;
        rows.invalidate_pattern("*").await;
        assert!(!rows.set(&7, &9).await);
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (1, false));
        before.open();
        after.open();
        assert_eq!(write.await, 2);
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (2, true));
    })
    .await;
}

/// Both fences stand when the write is dropped, and the reply to them never came.
#[tokio::test(start_paused = true)]
async fn a_write_that_is_dropped_while_it_fences_ends_its_fences() {
    let World { server, .. } = World::encoded(CacheManager::builder());
    let (server, gate) = (server.unwrap(), Gate::closed());
    let caches = with_fences().backend(Wire::holding_fenced(&server, &gate)).build().unwrap();
    let (rows, db) = (rows(&caches), Db::new());
    {
        let mut write = pin!(write(&rows, &db, &gate, &gate));
        assert!(polled(write.as_mut(), 1).await.is_none());
        gate.reached_by(1).await;
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (1, false));
    }
    assert_eq!(db.row(), 1);
    assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (1, true));
}

#[invalidates(via(rows.invalidate(&7_u32)), fence_ttl = FENCE_TTL * 2)]
async fn write_for_longer(rows: &TwoTierCache<u32>, db: &Db, gate: &Gate) {
    db.add();
    gate.pass().await;
    drop(rows.clone());
}

#[tokio::test(start_paused = true)]
async fn a_function_can_say_how_long_it_takes() {
    on_each_built(with_fences, async |world: World| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let mut write = pin!(write_for_longer(&rows, &db, &gate));
        assert!(polled(write.as_mut(), 1).await.is_none());
        world.clock.advance((FENCE_TTL * 2).saturating_sub(Duration::from_millis(1)));
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (2, false));
        world.clock.advance(Duration::from_millis(1));
        assert_eq!((read(&rows, 7, &db).await, rows.exists(&7).await), (2, true));
        gate.open();
        write.await;
        assert!(!rows.exists(&7).await);
    })
    .await;
}

#[invalidates(via(rows.invalidate(&u32::try_from(*result).unwrap())))]
async fn write_by_result(rows: &TwoTierCache<u32>, db: &Db) -> u64 {
    db.add();
    yield_now().await;
    // Which key it is, nobody knows yet.
    assert!(rows.exists(&7).await);
    7
}

#[tokio::test(start_paused = true)]
async fn what_only_the_result_names_is_not_fenced_but_invalidated() {
    on_each_built(with_fences, async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        assert_eq!(read(&rows, 7, &db).await, 1);
        write_by_result(&rows, &db).await;
        assert_eq!(read(&rows, 7, &db).await, 2);
    })
    .await;
}

#[invalidates(via(some.invalidate_many([7_u32, 8])), via(others.invalidate(&7_u32)))]
async fn write_in_two_managers(some: &TwoTierCache<u32>, others: &TwoTierCache<u32>, db: &Db) {
    db.add();
    for (rows, key) in [(some, 7), (some, 8), (others, 7)] {
        assert_eq!((read(rows, key, db).await, rows.exists(&key).await), (2, false));
    }
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_several_managers_are_all_fenced() {
    on_each_built(with_fences, async |world: World| {
        let (some, db) = (world.rows(), Db::new());
        let others = rows(&CacheManager::builder().build().unwrap());
        for (rows, key) in [(&some, 7), (&some, 8), (&others, 7)] {
            assert_eq!(read(rows, key, &db).await, 1);
        }
        write_in_two_managers(&some, &others, &db).await;
        for (rows, key) in [(&some, 7), (&some, 8), (&others, 7)] {
            assert_eq!((read(rows, key, &db).await, rows.exists(&key).await), (2, true));
        }
    })
    .await;
}
