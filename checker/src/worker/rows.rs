//! The application: a function that reads a row, and one that writes it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use tokio::time::sleep;
use two_tier_cache::{CacheManager, TwoTierCache, invalidates, two_tier_cached};

use crate::clock::now;
use crate::database::Database;
use crate::event::{Count, Log, What, this_task};
use crate::times;

/// What panics say that are the application's own.
pub(super) const PLAYED: &str = "this is part of the play";

/// A row, as it is cached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Row {
    #[serde(serialize_with = "sometimes_panic")]
    pub(super) version: u64,
}

thread_local! {
    static SERIALIZED: Cell<u32> = const { Cell::new(0) };
}

/// A value whose `Serialize` is not to be trusted.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn sometimes_panic<S: Serializer>(version: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    let count = SERIALIZED.get() + 1;
    SERIALIZED.set(count);
    assert!(!count.is_multiple_of(67), "the cache is to contain this");
    serializer.serialize_u64(*version)
}

/// What the functions need.
pub(super) struct Store {
    pub(super) caches: CacheManager,
    pub(super) handle: TwoTierCache<Row>,
    pub(super) db: Database,
    pub(super) log: Arc<Log>,
    /// When the cache was last told that there is an outage.
    pub(super) told: Arc<AtomicU64>,
}

/// How a load goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Before the query, and after it.
    pub(super) pauses: [Duration; 2],
    pub(super) end: Outcome,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Ok,
    Err,
    Panic,
}

/// Why it fails. Whatever else a call returned would be an error of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failed;

#[two_tier_cached(
    prefix = "row", ttl = times::TTL, key(row), manager = store.caches, also(refresh)
)]
pub(super) async fn load_row(store: &Store, row: u32, manner: Manner) -> Result<Row, Failed> {
    let begun = now();
    pause(manner.pauses[0]).await;
    let version = store.db.read(row).await.map_err(|_| Failed)?;
    store.log.note(begun, What::Load { row, version });
    pause(manner.pauses[1]).await;
    match manner.end {
        Outcome::Ok => Ok(Row { version }),
        Outcome::Err => {
            store.log.count(Count::FailedLoad);
            Err(Failed)
        }
        Outcome::Panic => {
            store.log.count(Count::PanickedLoad);
            panic!("{PLAYED}")
        }
    }
}

/// Writes a row, between two pauses.
#[invalidates(via(store.handle.invalidate(&row)))]
pub(super) async fn write_row(store: &Store, row: u32, manner: Manner) -> Result<(), Failed> {
    pause(manner.pauses[0]).await;
    store.log.note(now(), What::Writing { row });
    let begun = now();
    let version = store.db.write(row).await.map_err(|_| Failed)?;
    store.log.note(begun, What::Committed { row, version, task: this_task() });
    pause(manner.pauses[1]).await;
    match manner.end {
        Outcome::Ok => Ok(()),
        Outcome::Err => {
            store.log.count(Count::FailedWrite);
            Err(Failed)
        }
        Outcome::Panic => {
            store.log.count(Count::PanickedWrite);
            panic!("{PLAYED}")
        }
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}
