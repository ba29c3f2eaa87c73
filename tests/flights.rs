//! One load per key: who loads, who waits, and who goes on when the one who loads does not.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use support::wire::Wire;
use support::{Db, Gate, World, call, in_time, on_each, polled, read, rows, settled, slow_call};
use tokio::task::JoinHandle;
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, TwoTierCache};

const SECOND: Duration = Duration::from_secs(1);

/// Starts a call whose load takes so long.
fn call_taking(rows: &TwoTierCache<u32>, db: &Arc<Db>, time: Duration) -> JoinHandle<u32> {
    let (rows, db) = (rows.clone(), Arc::clone(db));
    tokio::spawn(async move {
        let Ok(row) = rows.get(&7, || db.load_in(time)).await;
        row
    })
}

/// Waits for calls that all read row 1, and says how long that took.
async fn all_read(calls: Vec<JoinHandle<u32>>, limit: Duration) -> Duration {
    let all = async {
        for call in calls {
            assert_eq!(call.await.unwrap(), 1);
        }
    };
    in_time(limit, all).await.1
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_on_a_cold_key_are_one_load() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let cold = (0..1_000).map(|_| call_taking(&rows, &db, SECOND)).collect();
        let took = all_read(cold, 10 * SECOND).await;
        assert_eq!(db.loads(), 1);
        assert!(took < SECOND * 13 / 10, "no longer than the load: {took:?}");
        all_read((0..1_000).map(|_| call_taking(&rows, &db, SECOND)).collect(), SECOND).await;
        assert_eq!(db.loads(), 1, "a warm key needs no load");
        assert_eq!((world.stats().hits, world.stats().shared), (1_000, 999));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_wait_for_each_other() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let stuck = slow_call(&rows, 1, &db, &gate);
        gate.reached_by(1).await;
        assert_eq!(in_time(SECOND, read(&rows, 2, &db)).await.0, 1);
        gate.open();
        assert_eq!(stuck.await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_leader_hands_on_to_one_waiter() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let leader = slow_call(&rows, 7, &db, &gate);
        gate.reached_by(1).await;
        let waiting = (0..999).map(|_| call_taking(&rows, &db, SECOND)).collect();
        settled().await;
        leader.abort();
        let took = all_read(waiting, 10 * SECOND).await;
        assert_eq!(db.loads(), 2);
        assert!(took < 2 * SECOND, "nobody waits for a leader that is gone: {took:?}");
        assert!(rows.exists(&7).await);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn leaders_dropped_one_after_the_other_do_not_set_off_a_stampede() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let (started, mut leaders) = tokio::sync::mpsc::unbounded_channel();
        let call = |at: usize| {
            let (rows, db, gate) = (rows.clone(), Arc::clone(&db), Arc::clone(&gate));
            let started = started.clone();
            tokio::spawn(async move {
                let load = || {
                    started.send(at).unwrap();
                    db.load_slowly(&gate)
                };
                let Ok(row) = rows.get(&7, load).await;
                row
            })
        };
        let mut calls: Vec<_> = (0..1_000).map(call).collect();
        for dropped in 1..=20 {
            let leader = leaders.recv().await.unwrap();
            assert_eq!(db.loads(), dropped, "after {dropped} leaders");
            calls[leader].abort();
            settled().await;
        }
        gate.open();
        calls.retain(|call| !call.is_finished());
        let took = all_read(calls, 30 * SECOND).await;
        assert!(took < SECOND, "it took {took:?}");
        assert!(db.most_at_once() <= 64, "{} loads at once", db.most_at_once());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_no_longer_polled_is_given_up() {
    on_each(async |world| {
        let (rows, db, step) = (world.rows(), Db::new(), world.in_step());
        let gate = Gate::closed();
        let mut suspended = pin!(rows.get(&7, || db.load_slowly(&gate)));
        assert!(polled(suspended.as_mut(), 1).await.is_none());
        let waiting = (0..999).map(|_| call_taking(&rows, &db, SECOND)).collect();
        // No longer than its lease would have stood, and one more load.
        all_read(waiting, 4 * SECOND).await;
        assert!(db.loads() <= 3, "{} loads", db.loads());
        db.write(2);
        rows.invalidate(&7).await;
        gate.open();
        assert_eq!(suspended.await, Ok(1), "it may end, but not fill");
        assert_eq!(read(&rows, 7, &db).await, 2);
        step.abort();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_lease_of_a_suspended_call_holds_up_no_call_beside_it() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let mut suspended = pin!(rows.get(&7, || db.load_slowly(&gate)));
        assert!(polled(suspended.as_mut(), 1).await.is_none());
        // The first to wait finds out; the clock of the store stands, and so does the lease.
        in_time(4 * SECOND, read(&rows, 7, &db)).await;
        in_time(SECOND, read(&rows, 7, &db)).await;
        assert_eq!(db.loads(), 3);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_leader_may_be_suspended_anywhere() {
    for polls in 1..40 {
        let (server, db) = (EncodedBackend::new(), Db::new());
        let wire = Wire::delaying(&server, 40 + polls as u64);
        let rows = rows(&CacheManager::builder().backend(wire).build().unwrap());
        let mut suspended = pin!(rows.get(&7, || db.load()));
        let ended = polled(suspended.as_mut(), polls).await.is_some();
        let calls = (0..20).map(|_| call(&rows, 7, &db)).collect();
        all_read(calls, 15 * SECOND).await;
        assert!(db.loads() <= 4, "{} loads after {polls} polls", db.loads());
        if ended {
            return;
        }
    }
    panic!("it never ends");
}

#[tokio::test(start_paused = true)]
async fn a_call_beside_its_own_suspended_call_does_not_hang() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let mut first = pin!(rows.get(&7, || db.load_slowly(&gate)));
        tokio::select! {
            biased;
            _ = &mut first => panic!("the gate is closed"),
            () = settled() => {
                assert_eq!(in_time(10 * SECOND, read(&rows, 7, &db)).await.0, 1);
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_long_load_keeps_its_lease_and_fills() {
    on_each(async |world| {
        let (rows, db, step) = (world.rows(), Db::new(), world.in_step());
        let Ok(row) = rows.get(&7, || db.load_in(10 * SECOND)).await;
        assert_eq!(row, 1);
        assert!(rows.exists(&7).await);
        assert_eq!(world.stats().fills_rejected, 0);
        step.abort();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_load_longer_than_a_lease_is_still_one_load() {
    on_each(async |world| {
        let (rows, db, step) = (world.rows(), Db::new(), world.in_step());
        all_read((0..1_000).map(|_| call_taking(&rows, &db, 4 * SECOND)).collect(), 5 * SECOND)
            .await;
        assert_eq!(db.loads(), 1);
        step.abort();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_load_longer_than_every_wait_does_not_set_off_a_stampede() {
    // With each `lease_wait` of 5 s after the first two, 32 more may run at once.
    for (time, at_once) in [(10 * SECOND, 64), (60 * SECOND, 32 * 12)] {
        on_each(async |world: World| {
            let (rows, db, step) = (world.rows(), Db::new(), world.in_step());
            let calls = (0..1_000).map(|_| call_taking(&rows, &db, time)).collect();
            // Nobody waits for a load of its own longer than twice `lease_wait` and a few steps.
            all_read(calls, 2 * time).await;
            assert!(db.most_at_once() <= at_once, "{} loads at once", db.most_at_once());
            step.abort();
        })
        .await;
    }
}

/// Where nothing can be filled, a call takes only what was loaded for it or after it.
async fn waves_share_what_starts_after_them(rows: &TwoTierCache<u32>) {
    let db = Db::new();
    let mut calls = Vec::new();
    for _ in 0..30 {
        calls.extend((0..20).map(|_| call_taking(rows, &db, SECOND)));
        tokio::time::sleep(SECOND / 10).await;
    }
    all_read(calls, 10 * SECOND).await;
    assert_eq!(db.most_at_once(), 1, "one load runs, and one is queued");
    assert!(db.loads() <= 5, "{} loads in five times the time of one", db.loads());
}

#[tokio::test(start_paused = true)]
async fn under_a_hold_calls_share_a_load_that_starts_after_them() {
    on_each(async |world| {
        let rows = world.caches.cache("row").settle(60 * SECOND).build();
        rows.invalidate(&7).await;
        waves_share_what_starts_after_them(&rows).await;
        assert!(!rows.exists(&7).await);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_a_backend_calls_share_a_load_that_starts_after_them() {
    let caches = CacheManager::builder().backend(Wire::broken()).build().unwrap();
    waves_share_what_starts_after_them(&rows(&caches)).await;
}
