//! What a task does, at random.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fastrand::Rng;
use tokio::time::sleep;
use two_tier_cache::Invalidate;

use super::dropped::dropped_after;
use super::rows::{Manner, Outcome, PLAYED, Store, load_row, refresh_load_row, write_row};
use crate::clock::now;
use crate::event::{Count, What, this_task};
use crate::times::{LONGEST_LOAD, ROWS};

/// Acts until it is over. Each operation is a task of its own, so that its panic is its own.
pub(super) async fn repeat(store: Arc<Store>, mut rng: Rng, over: Arc<AtomicBool>) {
    while !over.load(Ordering::SeqCst) {
        let operation = act(Arc::clone(&store), rng.fork());
        if let Err(ended) = tokio::spawn(operation).await
            && !ended.try_into_panic().is_ok_and(|payload| is_played(&*payload))
        {
            store.log.count(Count::UnexpectedPanic);
        }
    }
}

/// Whether a panic is the application's own.
fn is_played(payload: &(dyn Any + Send)) -> bool {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()) == Some(PLAYED)
}

/// Notes how a write has ended: dropped after it, whatever becomes of it.
struct End<'a> {
    store: &'a Store,
    row: u32,
    returned: bool,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let (row, task) = (self.row, this_task());
        let ended = if self.returned {
            What::Returned { row, task }
        } else {
            What::Abandoned { row, task }
        };
        self.store.log.note(now(), ended);
    }
}

async fn act(store: Arc<Store>, mut rng: Rng) {
    let row = rng.u32(0..ROWS);
    match rng.u32(0..1_000) {
        0..840 => read(&store, row, &mut rng).await,
        840..875 => dropped_read(&store, row, &mut rng).await,
        875..895 => {
            store.log.count(Count::Refresh);
            let _failed = refresh_load_row(&store, row, manner(&mut rng)).await;
        }
        895..930 => {
            let mut end = End { store: &store, row, returned: false };
            let _failed = write_row(&store, row, write_manner(&mut rng)).await;
            end.returned = true;
        }
        930..955 => dropped_write(&store, row, &mut rng).await,
        955..985 => write_by_hand(&store, row, &mut rng).await,
        _ => sleep(Duration::from_millis(rng.u64(0..10))).await,
    }
}

async fn read(store: &Store, row: u32, rng: &mut Rng) {
    let begun = now();
    if let Ok(found) = load_row(store, row, manner(rng)).await {
        let outage = store.told.load(Ordering::SeqCst) >= begun;
        store.log.note(begun, What::Read { row, version: found.version, outage });
    }
}

async fn dropped_read(store: &Store, row: u32, rng: &mut Rng) {
    let (polls, manner) = (rng.usize(0..12), manner(rng));
    if dropped_after(polls, load_row(store, row, manner)).await.is_none() {
        store.log.count(Count::DroppedRead);
    }
}

async fn dropped_write(store: &Store, row: u32, rng: &mut Rng) {
    let (polls, manner) = (rng.usize(0..16), write_manner(rng));
    let mut end = End { store, row, returned: false };
    end.returned = dropped_after(polls, write_row(store, row, manner)).await.is_some();
    if !end.returned {
        store.log.count(Count::DroppedWrite);
    }
}

/// A write, and an invalidation after it, in one of the ways there are.
async fn write_by_hand(store: &Store, row: u32, rng: &mut Rng) {
    store.log.note(now(), What::Writing { row });
    let begun = now();
    let Ok(version) = store.db.write(row).await else { return };
    store.log.note(begun, What::Committed { row, version, task: this_task() });
    let invalidation: Invalidate = match rng.u32(0..8) {
        0 => {
            store.log.count(Count::Pattern);
            store.handle.invalidate_pattern(&row.to_string())
        }
        1 => {
            store.log.count(Count::Pattern);
            store.handle.invalidate_pattern("*")
        }
        2 => {
            store.log.count(Count::Many);
            store.handle.invalidate_many([row, (row + 1) % ROWS])
        }
        _ => store.handle.invalidate(&row),
    };
    if rng.u32(0..4) == 0 {
        // The observer sees how it ends, or nobody does.
        return drop(invalidation);
    }
    let _seen_by_the_observer = invalidation.await;
}

/// Often some time between the commit and the end, in which a process can be killed.
fn write_manner(rng: &mut Rng) -> Manner {
    let mut manner = manner(rng);
    if rng.bool() {
        manner.pauses[1] = Duration::from_millis(rng.u64(0..80));
    }
    manner
}

/// Mostly quick, sometimes longer than a lease stands, sometimes a failure.
fn manner(rng: &mut Rng) -> Manner {
    let mut pause = || match rng.u32(0..100) {
        0..60 => Duration::ZERO,
        60..95 => Duration::from_millis(rng.u64(0..6)),
        95..98 => Duration::from_millis(rng.u64(0..60)),
        // Longer than others wait.
        _ => LONGEST_LOAD / 2 * rng.u32(60..100) / 100,
    };
    let pauses = [pause(), pause()];
    let end = match rng.u32(0..100) {
        0..3 => Outcome::Err,
        3..5 => Outcome::Panic,
        _ => Outcome::Ok,
    };
    Manner { pauses, end }
}
