//! Bodies that call their own key: nobody waits for itself, directly or in a circle.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use support::{Db, Gate, TTL, call, in_time, on_each, read, rows};
use two_tier_cache::{CacheManager, two_tier_cached};

const SECOND: Duration = Duration::from_secs(1);

/// A query that calls the function again, so many levels deep.
#[two_tier_cached(prefix = "row", ttl = TTL, key(id), manager = db.caches())]
async fn nested(db: &Db, id: u32, depth: u32) -> u32 {
    let _running = db.start();
    if depth == 0 {
        return db.row();
    }
    let deeper: Pin<Box<dyn Future<Output = u32> + '_>> = Box::pin(nested(db, id, depth - 1));
    deeper.await
}

#[tokio::test(start_paused = true)]
async fn a_body_that_calls_its_own_key_does_not_wait_for_itself() {
    on_each(async |world| {
        let db = Db::with(&world.caches);
        let (row, took) = in_time(10 * SECOND, nested(&db, 7, 3)).await;
        assert_eq!((row, db.loads()), (1, 4));
        assert!(took < SECOND, "it took {took:?}");
        assert_eq!(nested(&db, 7, 3).await, 1);
        assert_eq!(db.loads(), 4, "the outermost call fills");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_calls_another_key_is_cached_there() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let load = async || Ok::<_, Infallible>(read(&rows, 8, &db).await);
        assert_eq!(rows.get(&7, load).await, Ok(1));
        assert!(rows.exists(&8).await);
        assert!(rows.exists(&7).await);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_calls_its_own_key_of_another_manager_is_cached_there() {
    on_each(async |world| {
        let (other, db) = (CacheManager::builder().build().unwrap(), Db::new());
        let (mine, theirs) = (world.rows(), rows(&other));
        let load = async || Ok::<_, Infallible>(read(&theirs, 7, &db).await);
        assert_eq!(mine.get(&7, load).await, Ok(1));
        assert!(theirs.exists(&7).await);
        assert!(mine.exists(&7).await);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_waits_for_a_task_on_its_own_key_does_not_hang() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let load = async || call(&rows, 7, &db).await;
        let (row, _) = in_time(10 * SECOND, rows.get(&7, load)).await;
        assert_eq!(row.unwrap(), 1);
        assert!(db.loads() <= 2, "{} loads", db.loads());
        assert_eq!(in_time(10 * SECOND, read(&rows, 7, &db)).await.0, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn bodies_that_call_each_others_key_do_not_hang() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let cross = |mine: u32, other: u32| {
            let (rows, db, gate) = (rows.clone(), Arc::clone(&db), Arc::clone(&gate));
            tokio::spawn(async move {
                let load = async || {
                    gate.pass().await;
                    rows.get(&other, || db.load()).await
                };
                rows.get(&mine, load).await
            })
        };
        let calls = [cross(1, 2), cross(2, 1)];
        gate.reached_by(2).await;
        gate.open();
        for call in calls {
            assert_eq!(in_time(20 * SECOND, call).await.0.unwrap(), Ok(1));
        }
    })
    .await;
}
