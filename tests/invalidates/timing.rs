//! When a target starts: after the body, and neither earlier nor only once it is awaited.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::Level;
use two_tier_cache::{CacheManager, Invalidate, invalidates};

use super::support::events::Events;
use super::support::{Db, Gate, World, polled, read, rows, settled};
use super::{
    Refused, in_each, invalidate_load_team, invalidate_load_user, load_user, teams, users,
};

#[invalidates(load_user(7_u64))]
async fn write_and_look(db: &Db) -> [u32; 2] {
    let before = users(db).await;
    db.add();
    // What it names is fenced, and read afresh; nothing else was invalidated so far.
    assert_eq!(users(db).await, [2, before[1]]);
    assert_eq!(db.caches().stats().prefix("user").unwrap().invalidations, 0);
    before
}

#[tokio::test]
async fn nothing_is_invalidated_before_the_body_is_done() {
    in_each(async |world, db, _| {
        assert_eq!(write_and_look(db).await, [1, 1]);
        assert_eq!(users(db).await, [2, 1]);
        assert_eq!(world.caches.stats().prefix("user").unwrap().invalidations, 1);
    })
    .await;
}

#[invalidates(load_user(id))]
async fn write_in_two_steps(db: &Db, id: u64, gate: &Gate) -> u32 {
    gate.pass().await;
    db.add()
}

/// A read that begins before the commit and ends after it.
#[tokio::test(start_paused = true)]
async fn what_is_loaded_during_the_body_does_not_survive_it() {
    in_each(async |world, _, _| {
        let db = Db::with(&world.caches);
        let user = world.caches.cache::<u32>("user").ttl(super::TTL).build();
        let (writing, loading) = (Gate::closed(), Gate::closed());
        let mut write = pin!(write_in_two_steps(&db, 7, &writing));
        assert!(polled(write.as_mut(), 1).await.is_none());
        // One whole read, and one that brings the row home after the write.
        let Ok(whole) = load_user(&db, 7).await;
        let late = super::support::slow_call(&user, 8, &db, &loading);
        loading.reached_by(1).await;
        assert_eq!(whole, 1);
        writing.open();
        assert_eq!(write.await, 2);
        loading.open();
        assert_eq!(late.await.unwrap(), 1);
        assert_eq!(load_user(&db, 7).await, Ok(2));
    })
    .await;
}

/// The same for a load that is still under way when the write is done.
#[tokio::test(start_paused = true)]
async fn a_load_that_began_before_the_commit_does_not_fill_after_it() {
    in_each(async |world, _, _| {
        let db = Db::with(&world.caches);
        let user = world.caches.cache::<u32>("user").ttl(super::TTL).build();
        let (writing, loading) = (Gate::closed(), Gate::closed());
        let late = super::support::slow_call(&user, 7, &db, &loading);
        loading.reached_by(1).await;
        writing.open();
        assert_eq!(write_in_two_steps(&db, 7, &writing).await, 2);
        loading.open();
        assert_eq!(late.await.unwrap(), 1);
        assert_eq!(load_user(&db, 7).await, Ok(2));
    })
    .await;
}

#[invalidates(load_user(id))]
async fn outer(db: &Db, id: u64) -> Result<u32, Refused> {
    inner(db, id).await?;
    // The write inside is done, and what it named is invalid at once.
    assert_eq!(teams(db).await, [2, 1]);
    // What this one names is fenced until it is done itself.
    assert_eq!(users(db).await, [2, 1]);
    db.add();
    // So is what is invalidated by hand.
    invalidate_load_team(8).await;
    assert_eq!(teams(db).await, [2, 3]);
    Ok(db.row())
}

#[invalidates(load_team(id))]
async fn inner(db: &Db, id: u64) -> Result<(), Refused> {
    db.add();
    Ok(())
}

#[tokio::test]
async fn in_a_body_everything_starts_at_once() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, teams(db).await), ([1, 1], [1, 1]));
        assert_eq!(outer(db, 7).await, Ok(3));
        assert_eq!((users(db).await, teams(db).await), ([3, 1], [2, 3]));
    })
    .await;
}

/// A target that cannot be evaluated, beside one that can.
#[invalidates(load_user(7_u64), via(refuse()))]
async fn write_never(db: &Db) -> u32 {
    db.add()
}

fn refuse() -> Invalidate {
    drop(invalidate_load_user(7_u64));
    panic!("the target is what the test is about")
}

#[tokio::test]
async fn after_a_panic_in_a_target_the_thread_collects_nothing() {
    in_each(async |world, db, _| {
        let (caches, db_of_task) = (world.caches.clone(), Arc::clone(db));
        let task =
            tokio::spawn(
                async move { caches.scope(async { write_never(&db_of_task).await }).await },
            );
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!((db.row(), users(db).await), (1, [1, 1]));
        db.add();
        invalidate_load_user(7).await;
        assert_eq!(users(db).await, [2, 1]);
    })
    .await;
}

#[invalidates(via(already), load_user(8_u64))]
async fn write_too_late(db: &Db, already: Invalidate) -> [u32; 2] {
    let before = users(db).await;
    db.add();
    before
}

#[tokio::test]
async fn what_had_started_before_the_write_is_told_once() {
    let events = Events::catch();
    in_each(async |_, db, _| {
        for _ in 0..2 {
            let row = db.row();
            write_too_late(db, invalidate_load_user(7)).await;
            // The other target is not held up by it.
            assert_eq!(users(db).await, [row, row + 1]);
        }
        // Told of nothing to tell.
        write_nothing(db).await;
    })
    .await;
    let errors = events.at(Level::ERROR);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("timing::write_too_late"), "{errors:?}");
}

#[invalidates(via(Invalidate::all(None)), via(Invalidate::all([invalidate_load_user(7_u64)])))]
async fn write_nothing(db: &Db) {
    db.add();
}

#[tokio::test]
async fn what_waits_for_the_write_is_counted_when_it_starts() {
    in_each(async |world, db, _| {
        users(db).await;
        let counted = || world.caches.stats().prefix("user").unwrap().invalidations;
        assert_eq!(counted(), 0);
        let gate = Gate::closed();
        let mut write = pin!(write_in_two_steps(db, 7, &gate));
        assert!(polled(write.as_mut(), 1).await.is_none());
        assert_eq!(counted(), 0);
        gate.open();
        assert_eq!(write.await, 2);
        assert_eq!(counted(), 1);
    })
    .await;
}

#[invalidates(via(rows(caches).invalidate(&7_u32)))]
async fn write_row(db: &Db, caches: &CacheManager) -> u32 {
    db.add()
}

/// The invalidation is awaited: it is not only under way when the write returns.
#[tokio::test(start_paused = true)]
async fn a_write_returns_once_the_invalidation_is_applied() {
    let server = two_tier_cache::testing::EncodedBackend::new();
    let wire = super::support::wire::Wire::delaying(&server, 7);
    let caches = CacheManager::builder().backend(wire).build().unwrap();
    let (rows, db) = (rows(&caches), Db::new());
    for row in 1..20 {
        assert_eq!(read(&rows, 7, &db).await, row);
        assert_eq!(write_row(&db, &caches).await, row + 1);
        // Asked of the server itself, without a wire between.
        let direct = CacheManager::builder().backend(server.clone()).build().unwrap();
        assert!(!super::support::rows(&direct).exists(&7).await, "row {row}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_disabled_manager_invalidates_too() {
    let World { caches, server, .. } = World::encoded(CacheManager::builder());
    let (rows, db) = (rows(&caches), Db::new());
    assert_eq!(read(&rows, 7, &db).await, 1);
    let off = CacheManager::builder().backend(server.unwrap()).disabled().build().unwrap();
    assert_eq!(write_row(&db, &off).await, 2);
    settled().await;
    assert_eq!(read(&rows, 7, &db).await, 2);
}

/// Commits when it is dropped, and notes what was invalidated by then.
struct Commit<'a> {
    caches: &'a CacheManager,
    invalidated_before: &'a AtomicU64,
}

impl Drop for Commit<'_> {
    fn drop(&mut self) {
        let invalidations = self.caches.stats().prefix("user").map_or(0, |seen| seen.invalidations);
        self.invalidated_before.store(invalidations, Ordering::SeqCst);
    }
}

#[invalidates(load_user(id))]
async fn write_guarded(id: u64, _commit: Commit<'_>) {}

#[tokio::test]
async fn an_argument_that_is_there_for_its_drop_ends_before_the_invalidation() {
    in_each(async |world, db, _| {
        users(db).await;
        let invalidated_before = AtomicU64::new(9);
        write_guarded(7, Commit { caches: &world.caches, invalidated_before: &invalidated_before })
            .await;
        assert_eq!(invalidated_before.load(Ordering::SeqCst), 0);
        assert_eq!(world.caches.stats().prefix("user").unwrap().invalidations, 1);
    })
    .await;
}
