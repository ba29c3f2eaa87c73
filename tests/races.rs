//! The stale-set race: a slow load of the old row, a write with its invalidation, then the fill of
//! the load. Whatever comes between, what is read after the invalidation is new.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use support::wire::Wire;
use support::{Db, Gate, PREFIX, TTL, World, call, on_each, read, rows, settled, slow_call};
use two_tier_cache::backend::{Backend, Key, Token};
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, Invalidate, Invalidation, TwoTierCache, two_tier_cached};

#[two_tier_cached(prefix = "row", ttl = TTL, key(id), manager = db.caches())]
async fn load_row(db: &Db, id: u32, gate: &Gate) -> Result<u32, Infallible> {
    db.load_slowly(gate).await
}

/// The ways to invalidate key 7.
fn ways(world: &World, db: &Arc<Db>) -> Vec<Box<dyn Fn() -> Invalidate>> {
    let rows = || world.rows();
    let (one, many, glob, db) = (rows(), rows(), rows(), Arc::clone(db));
    vec![
        Box::new(move || one.invalidate(&7)),
        Box::new(move || many.invalidate_many([6, 7])),
        Box::new(move || glob.invalidate_pattern("[5-9]")),
        Box::new(move || invalidate_load_row(&db, 7)),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_fill_begun_before_an_invalidation_is_rejected() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::with(&world.caches));
        for (turn, invalidate) in ways(&world, &db).iter().enumerate() {
            db.write(1);
            let gate = Gate::closed();
            let loading = slow_call(&rows, 7, &db, &gate);
            gate.reached_by(1).await;
            db.write(2);
            assert_eq!(invalidate().await, Invalidation::Applied);
            gate.open();
            assert_eq!(loading.await.unwrap(), 1, "it began before the write");
            assert!(!rows.exists(&7).await, "its fill is rejected");
            assert_eq!(read(&rows, 7, &db).await, 2);
            assert_eq!(world.stats().fills_rejected, turn as u64 + 1);
            rows.invalidate(&7).await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_fill_of_the_attribute_begun_before_an_invalidation_is_rejected() {
    on_each(async |world| {
        let (db, gate) = (Db::with(&world.caches), Gate::closed());
        let loading = tokio::spawn({
            let (db, gate) = (Arc::clone(&db), Arc::clone(&gate));
            async move { load_row(&db, 7, &gate).await }
        });
        gate.reached_by(1).await;
        db.write(2);
        // Under way at the call, whether it is awaited or not.
        drop(invalidate_load_row(&db, 7));
        gate.open();
        assert_eq!(loading.await.unwrap(), Ok(1));
        assert_eq!(load_row(&db, 7, &gate).await, Ok(2));
        assert_eq!(load_row(&db, 7, &gate).await, Ok(2));
        assert_eq!(db.loads(), 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_glob_rejects_the_fills_of_a_thousand_loads_under_way() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let loading: Vec<_> = (0..1_000).map(|key| slow_call(&rows, key, &db, &gate)).collect();
        gate.reached_by(1_000).await;
        db.write(2);
        assert_eq!(rows.invalidate_pattern("*").await, Invalidation::Applied);
        gate.open();
        for loading in loading {
            assert_eq!(loading.await.unwrap(), 1);
        }
        assert_eq!(world.stats().fills_rejected, 1_000);
        for key in 0..1_000 {
            assert_eq!(read(&rows, key, &db).await, 2, "key {key}");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_begun_after_an_invalidation_never_takes_the_older_value() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::with(&world.caches));
        for invalidate in ways(&world, &db) {
            db.write(1);
            let gate = Gate::closed();
            let before = slow_call(&rows, 7, &db, &gate);
            gate.reached_by(1).await;
            db.write(2);
            invalidate().await;
            let after: Vec<_> = (0..20).map(|_| call(&rows, 7, &db)).collect();
            settled().await;
            gate.open();
            assert_eq!(before.await.unwrap(), 1);
            for call in after {
                assert_eq!(call.await.unwrap(), 2);
            }
            assert_eq!(read(&rows, 7, &db).await, 2);
            rows.invalidate(&7).await;
        }
        assert_eq!(db.loads(), 8, "one load before and one after, each time");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_in_one_process_rejects_the_fill_of_another() {
    for pattern in [None, Some("*")] {
        let (server, db, gate) = (EncodedBackend::new(), Db::new(), Gate::closed());
        let process = || CacheManager::builder().backend(server.clone()).build().unwrap();
        let (mine, theirs) = (rows(&process()), rows(&process()));
        let before = slow_call(&mine, 7, &db, &gate);
        gate.reached_by(1).await;
        db.write(2);
        match pattern {
            None => theirs.invalidate(&7).await,
            Some(pattern) => theirs.invalidate_pattern(pattern).await,
        };
        let after = [call(&mine, 7, &db), call(&theirs, 7, &db)];
        settled().await;
        gate.open();
        assert_eq!(before.await.unwrap(), 1);
        for call in after {
            assert_eq!(call.await.unwrap(), 2);
        }
        assert_eq!(read(&mine, 7, &db).await, 2);
        assert_eq!(read(&theirs, 7, &db).await, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn processes_share_one_load() {
    let (server, db, gate) = (EncodedBackend::new(), Db::new(), Gate::closed());
    let process = || rows(&CacheManager::builder().backend(server.clone()).build().unwrap());
    let processes = [process(), process(), process(), process()];
    let calls: Vec<_> = (0..1_000).map(|at| slow_call(&processes[at % 4], 7, &db, &gate)).collect();
    gate.reached_by(1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    gate.open();
    for call in calls {
        assert_eq!(call.await.unwrap(), 1);
    }
    assert_eq!(db.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_load_does_not_fill_over_a_value_set_meanwhile() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let loading = slow_call(&rows, 7, &db, &gate);
        gate.reached_by(1).await;
        db.write(2);
        assert!(rows.set(&7, &2).await);
        assert_eq!(read(&rows, 7, &db).await, 2);
        gate.open();
        assert_eq!(loading.await.unwrap(), 1);
        assert_eq!(read(&rows, 7, &db).await, 2);
        assert_eq!((db.loads(), world.stats().fills_rejected), (1, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_value_set_loses_to_an_invalidation_that_comes_between() {
    let (server, db, gate) = (EncodedBackend::new(), Db::new(), Gate::closed());
    let wire = Wire::holding_fill(&server, &gate);
    let held = rows(&CacheManager::builder().backend(wire).build().unwrap());
    let free = rows(&CacheManager::builder().backend(server).build().unwrap());
    let setting = tokio::spawn(async move { held.set(&7, &1).await });
    gate.reached_by(1).await;
    db.write(2);
    free.invalidate(&7).await;
    gate.open();
    assert!(!setting.await.unwrap(), "the set says that it did not store");
    assert_eq!(read(&free, 7, &db).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_joined_after_the_fill_was_sent_does_not_take_the_value() {
    let (server, db, gate) = (EncodedBackend::new(), Db::new(), Gate::closed());
    let wire = Wire::holding_filled(&server, &gate);
    let held = rows(&CacheManager::builder().backend(wire).build().unwrap());
    let before = call(&held, 7, &db);
    gate.reached_by(1).await;
    // The fill is accepted, and only its reply is under way, when the row changes.
    db.write(2);
    held.invalidate(&7).await;
    let after = call(&held, 7, &db);
    settled().await;
    gate.open();
    assert_eq!(before.await.unwrap(), 1);
    assert_eq!(after.await.unwrap(), 2);
    assert_eq!(read(&held, 7, &db).await, 2);
}

#[tokio::test(start_paused = true)]
async fn of_a_rejected_fill_only_a_call_older_than_its_load_takes_the_value() {
    let (server, db) = (EncodedBackend::new(), Db::new());
    let (acquired, loaded) = (Gate::closed(), Gate::closed());
    let wire = Wire::holding_acquired(&server, &acquired);
    let rows = rows(&CacheManager::builder().backend(wire).build().unwrap());
    let leader = slow_call(&rows, 7, &db, &loaded);
    acquired.reached_by(1).await;
    let early: Vec<_> = (0..10).map(|_| call(&rows, 7, &db)).collect();
    settled().await;
    acquired.open();
    loaded.reached_by(1).await;
    let late: Vec<_> = (0..10).map(|_| call(&rows, 7, &db)).collect();
    settled().await;
    db.write(2);
    rows.invalidate(&7).await;
    loaded.open();
    assert_eq!(leader.await.unwrap(), 1);
    for call in early {
        assert_eq!(call.await.unwrap(), 1, "the load started after the call");
    }
    for call in late {
        assert_eq!(call.await.unwrap(), 2, "the load started before the call");
    }
    assert_eq!(db.loads(), 2);
}

#[tokio::test(start_paused = true)]
async fn settle_holds_fills_back_until_it_is_over() {
    on_each(async |world| {
        let settle = Duration::from_secs(5);
        let cache = world.caches.cache(PREFIX).ttl(TTL).settle(settle).build();
        let (rows, db): (TwoTierCache<u32>, _) = (cache, Db::new());
        for pattern in [None, Some("7")] {
            read(&rows, 7, &db).await;
            match pattern {
                None => rows.invalidate(&7).await,
                Some(pattern) => rows.invalidate_pattern(pattern).await,
            };
            world.clock.advance(Duration::from_millis(4_999));
            // Another invalidation, without a hold of its own, does not end this one.
            world.rows().invalidate(&7).await;
            world.rows().invalidate_pattern("*").await;
            // A replica still answers with the older row.
            read(&rows, 7, &db).await;
            assert!(!rows.set(&7, &1).await);
            assert!(!rows.exists(&7).await);
            db.write(db.row() + 1);
            assert_eq!(read(&rows, 7, &db).await, db.row());
            world.clock.advance(Duration::from_millis(1));
            read(&rows, 7, &db).await;
            assert!(rows.exists(&7).await);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn under_a_fence_nothing_is_filled() {
    let world = World::encoded(CacheManager::builder());
    let (server, rows, db) = (world.server.clone().unwrap(), world.rows(), Db::new());
    let (key, writer) = (Key::from_text("row:7"), Token::random().unwrap());
    let gate = Gate::closed();
    let loading = slow_call(&rows, 7, &db, &gate);
    gate.reached_by(1).await;
    assert!(server.fence(&key, writer, Duration::from_secs(30)).await.unwrap());
    gate.open();
    assert_eq!(loading.await.unwrap(), 1);
    assert!(!rows.exists(&7).await, "the fence took the lease away");
    assert_eq!(read(&rows, 7, &db).await, 1);
    assert!(!rows.set(&7, &1).await);
    assert!(!rows.exists(&7).await, "nothing is filled under a fence");
    rows.invalidate(&7).await;
    assert_eq!(read(&rows, 7, &db).await, 1);
    assert!(!rows.exists(&7).await, "an invalidation leaves the fence");
    db.write(2);
    server.finish(key, writer, Duration::ZERO).await;
    assert_eq!(read(&rows, 7, &db).await, 2);
    assert!(rows.exists(&7).await);
}
