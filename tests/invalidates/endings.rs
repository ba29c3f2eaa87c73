//! However a write ends, what its arguments name is invalidated.

use std::pin::pin;
use std::sync::Arc;

use two_tier_cache::invalidates;

use super::support::{Db, Gate, polled};
use super::{Refused, domain, in_each, invalidate_load_domain, invalidate_load_user, users};

/// How a write ends.
#[derive(Debug, Clone, Copy)]
enum Ending {
    Ok,
    Err,
    QuestionMark,
    Return,
    Panic,
}

#[invalidates(load_user(id))]
async fn write(db: &Db, id: u64, ending: Ending) -> Result<u64, Refused> {
    db.add();
    tokio::task::yield_now().await;
    match ending {
        Ending::Ok => Ok(id),
        Ending::Err => Err(Refused),
        Ending::QuestionMark => Ok("none".parse::<u64>()?),
        Ending::Return => return Ok(id + 1),
        Ending::Panic => panic!("this is what the test is about"),
    }
}

#[tokio::test]
async fn every_end_of_the_body_invalidates_and_returns_what_the_body_does() {
    for (ending, returned) in [
        (Ending::Ok, Ok(7)),
        (Ending::Err, Err(Refused)),
        (Ending::QuestionMark, Err(Refused)),
        (Ending::Return, Ok(8)),
    ] {
        in_each(async |_, db, _| {
            assert_eq!(users(db).await, [1, 1]);
            assert_eq!(write(db, 7, ending).await, returned, "{ending:?}");
            assert_eq!(users(db).await, [2, 1], "{ending:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_panic_in_the_body_invalidates() {
    in_each(async |world, db, _| {
        assert_eq!(users(db).await, [1, 1]);
        let (caches, db_of_task) = (world.caches.clone(), Arc::clone(db));
        let task = tokio::spawn(async move {
            caches.scope(async { write(&db_of_task, 7, Ending::Panic).await }).await
        });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(users(db).await, [2, 1]);
    })
    .await;
}

/// Writes when it is dropped, like a transaction that is committed by its guard.
struct WritesLate<'a>(&'a Db);

impl Drop for WritesLate<'_> {
    fn drop(&mut self) {
        // An invalidation by now would leave room for a read of the older row.
        let stats = self.0.caches().stats();
        assert_eq!(stats.prefix("user").unwrap().invalidations, 0);
        self.0.add();
    }
}

#[invalidates(load_user(id), load_domain(name))]
async fn write_slowly(db: &Db, id: u64, name: String, gate: &Gate) {
    let _late = WritesLate(db);
    gate.pass().await;
    drop((id, name));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_dropped_invalidates_once_its_body_is_gone() {
    in_each(async |_, db, _| {
        assert_eq!((users(db).await, domain(db, "a").await), ([1, 1], 1));
        let gate = Gate::closed();
        {
            let mut write = pin!(write_slowly(db, 7, "a".to_owned(), &gate));
            assert!(polled(write.as_mut(), 1).await.is_none());
            assert_eq!((users(db).await, db.row()), ([1, 1], 1));
        }
        assert_eq!(db.row(), 2);
        assert_eq!((users(db).await, domain(db, "a").await), ([2, 1], 2));
    })
    .await;
}

#[tokio::test]
async fn a_write_that_never_began_invalidates_nothing() {
    in_each(async |_, db, _| {
        assert_eq!(users(db).await, [1, 1]);
        db.add();
        drop(write(db, 7, Ending::Ok));
        assert_eq!(users(db).await, [1, 1]);
    })
    .await;
}

#[invalidates(load_user(id), via(panics(*result)))]
async fn write_before_a_panic(db: &Db, id: u64) -> u32 {
    db.add()
}

fn panics(result: u32) -> two_tier_cache::Invalidate {
    panic!("the target for {result} is what the test is about")
}

#[tokio::test]
async fn a_panic_in_a_target_about_the_result_keeps_no_other_back() {
    in_each(async |world, db, _| {
        assert_eq!(users(db).await, [1, 1]);
        let (caches, db_of_task) = (world.caches.clone(), Arc::clone(db));
        let task = tokio::spawn(async move {
            caches.scope(async { write_before_a_panic(&db_of_task, 7).await }).await
        });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(users(db).await, [2, 1]);
    })
    .await;
}
