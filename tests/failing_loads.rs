//! Loads that fail: an error cannot be shared, so every call loads for itself, neither one after
//! the other nor all at once.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use support::{Db, FOR_EVER, Gate, World, in_time, on_each, read, settled, slow_call};
use tokio::task::JoinHandle;
use two_tier_cache::TwoTierCache;

const SECOND: Duration = Duration::from_secs(1);
/// More loads at once than this are a stampede.
const AT_ONCE: usize = 64;

#[derive(Debug, PartialEq)]
struct Down;

/// Starts a call whose load takes so long and then fails.
fn failing(
    rows: &TwoTierCache<u32>,
    db: &Arc<Db>,
    time: Duration,
) -> JoinHandle<Result<u32, Down>> {
    let (rows, db) = (rows.clone(), Arc::clone(db));
    tokio::spawn(async move {
        let load = async || {
            let Ok(_) = db.load_in(time).await;
            Err(Down)
        };
        rows.get(&7, load).await
    })
}

/// Starts a call whose load fails while the row is 1.
fn recovering(rows: &TwoTierCache<u32>, db: &Arc<Db>) -> JoinHandle<Result<u32, Down>> {
    let (rows, db) = (rows.clone(), Arc::clone(db));
    tokio::spawn(async move {
        let load = async || {
            let Ok(row) = db.load_in(SECOND).await;
            if row == 1 { Err(Down) } else { Ok(row) }
        };
        rows.get(&7, load).await
    })
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_of_a_failing_load_neither_queue_nor_stampede() {
    for time in [Duration::ZERO, SECOND / 100, SECOND / 10] {
        thousand_failing(time, time * 1_000 / 8 + SECOND / 10, AT_ONCE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_of_a_slowly_failing_load_come_in_steps() {
    // With each `lease_wait` of 5 s, 32 more of them run at once.
    thousand_failing(SECOND, 20 * SECOND, 32 + 3 * 32).await;
    thousand_failing(10 * SECOND, 80 * SECOND, 32 + 13 * 32).await;
    thousand_failing(30 * SECOND, 150 * SECOND, 32 + 20 * 32).await;
}

async fn thousand_failing(time: Duration, limit: Duration, at_once: usize) {
    on_each(async |world: World| {
        let (rows, db) = (world.rows(), Db::new());
        let calls: Vec<_> = (0..1_000).map(|_| failing(&rows, &db, time)).collect();
        let all = async {
            for call in calls {
                assert_eq!(call.await.unwrap(), Err(Down));
            }
        };
        // One after the other they would take a thousand times as long as one.
        in_time(limit, all).await;
        assert_eq!(db.loads(), 1_000, "nobody gets an error that another call loaded");
        assert!(db.most_at_once() <= at_once, "{} at once", db.most_at_once());
        assert_eq!(world.stats().load_errors, 1_000);
        assert_eq!(read(&rows, 7, &db).await, 1);
        assert!(rows.exists(&7).await, "an error leaves the key usable");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_keep_coming_to_a_failing_load_are_one_crowd() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let mut calls = Vec::new();
        for _ in 0..20 {
            calls.extend((0..50).map(|_| failing(&rows, &db, SECOND / 10)));
            tokio::time::sleep(SECOND / 20).await;
        }
        for call in calls {
            assert_eq!(in_time(10 * SECOND, call).await.0.unwrap(), Err(Down));
        }
        assert!(db.most_at_once() <= AT_ONCE, "{} at once", db.most_at_once());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_success_after_failures_is_shared() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let calls: Vec<_> = (0..1_000).map(|_| recovering(&rows, &db)).collect();
        settled().await;
        db.write(2);
        let mut failed = 0;
        for call in calls {
            match in_time(10 * SECOND, call).await.0.unwrap() {
                Ok(row) => assert_eq!(row, 2),
                Err(Down) => failed += 1,
            }
        }
        assert_eq!(failed, 1, "only the load that ran during the failure fails");
        assert!(db.loads() <= 1 + AT_ONCE, "{} loads", db.loads());
        assert!(rows.exists(&7).await);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_given_up_after_a_failure_leaves_its_place_to_others() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let first: Vec<_> = (0..500).map(|_| failing(&rows, &db, SECOND)).collect();
        // The first has failed, and others are at it.
        tokio::time::sleep(SECOND * 3 / 2).await;
        first.iter().for_each(JoinHandle::abort);
        let (row, took) = in_time(10 * SECOND, read(&rows, 7, &db)).await;
        assert_eq!(row, 1);
        assert!(took < SECOND, "it took {took:?}");
        assert!(rows.exists(&7).await);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn loads_that_hang_after_a_failure_do_not_hold_up_the_others() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let leader = failing(&rows, &db, SECOND);
        settled().await;
        let hanging: Vec<_> = (0..AT_ONCE).map(|_| slow_call(&rows, 7, &db, &gate)).collect();
        settled().await;
        let others: Vec<_> = (0..100).map(|_| failing(&rows, &db, SECOND)).collect();
        assert_eq!(leader.await.unwrap(), Err(Down));
        let all = async {
            for call in others {
                assert_eq!(call.await.unwrap(), Err(Down));
            }
        };
        in_time(FOR_EVER * 2 / 3, all).await;
        hanging.iter().for_each(JoinHandle::abort);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_load_that_panics_lets_another_call_load() {
    on_each(async |world| {
        let (rows, db, gate) = (world.rows(), Db::new(), Gate::closed());
        let leader = tokio::spawn({
            let (rows, gate) = (rows.clone(), Arc::clone(&gate));
            async move {
                let load = async || -> Result<u32, Infallible> {
                    gate.pass().await;
                    panic!("this load panics on purpose")
                };
                rows.get(&7, load).await
            }
        });
        gate.reached_by(1).await;
        let others: Vec<_> = (0..999).map(|_| support::call(&rows, 7, &db)).collect();
        settled().await;
        gate.open();
        assert!(leader.await.unwrap_err().is_panic(), "the panic is the caller's own");
        for call in others {
            assert_eq!(in_time(10 * SECOND, call).await.0.unwrap(), 1);
        }
        assert_eq!(db.loads(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_loads_that_panic_do_not_stampede() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let panicking = |_| {
            let (rows, db) = (rows.clone(), Arc::clone(&db));
            tokio::spawn(async move {
                let load = async || -> Result<u32, Infallible> {
                    let Ok(_) = db.load_in(SECOND / 10).await;
                    panic!("this load panics on purpose")
                };
                rows.get(&7, load).await
            })
        };
        let calls: Vec<_> = (0..1_000).map(panicking).collect();
        for call in calls {
            assert!(in_time(125 * SECOND / 10, call).await.0.unwrap_err().is_panic());
        }
        assert!(db.most_at_once() <= AT_ONCE, "{} at once", db.most_at_once());
        assert_eq!(read(&rows, 7, &db).await, 1);
    })
    .await;
}

/// Makes the first load of two concurrent calls fail, and runs `then` as the load of the other.
async fn after_a_failure<F>(world: &World, then: impl FnOnce() -> F + 'static) -> (u32, Duration)
where
    F: Future<Output = Result<u32, Down>>,
{
    let (rows, gate, second) = (world.rows(), Gate::closed(), AtomicBool::new(false));
    let fail = async || {
        gate.pass().await;
        Err(Down)
    };
    let waiting = async {
        gate.reached_by(1).await;
        rows.get(&7, async || {
            second.store(true, Ordering::SeqCst);
            then().await
        })
        .await
    };
    let open = async {
        settled().await;
        gate.open();
    };
    let (first, waited, ()) = tokio::join!(rows.get(&7, fail), in_time(30 * SECOND, waiting), open);
    assert_eq!(first, Err(Down));
    assert!(second.load(Ordering::SeqCst));
    (waited.0.unwrap(), waited.1)
}

#[tokio::test(start_paused = true)]
async fn a_long_load_after_a_failure_keeps_its_lease_and_fills() {
    on_each(async |world| {
        let (db, step) = (Db::new(), world.in_step());
        let load = async move || {
            let Ok(row) = db.load_in(10 * SECOND).await;
            Ok(row)
        };
        after_a_failure(&world, load).await;
        assert!(world.rows().exists(&7).await);
        step.abort();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_calls_its_own_key_after_a_failure_does_not_wait_for_itself() {
    on_each(async |world| {
        let (rows, db) = (world.rows(), Db::new());
        let load = async move || Ok(Box::pin(read(&rows, 7, &db)).await);
        let (row, took) = after_a_failure(&world, load).await;
        assert_eq!(row, 1);
        assert!(took < SECOND, "it took {took:?}");
    })
    .await;
}
