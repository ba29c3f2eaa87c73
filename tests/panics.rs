//! Whatever of the user's code panics, the cache goes on: what would not have run without the cache
//! does not become the caller's panic, and what would have leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use support::{Db, TTL, World, in_time, on_each, on_each_built, settled};
use tokio::task::yield_now;
use two_tier_cache::codec::{Codec, CodecError, MessagePack, Survey};
use two_tier_cache::{CacheManager, Invalidation, TwoTierCache};

/// Where the user's code panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Clone,
    Codec,
    Deserialize,
    Drop,
    Serialize,
}

/// Where it does now. One test at a time sets it.
static PANICS: Mutex<Option<Place>> = Mutex::new(None);
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn panics(place: Place) {
    let now = *PANICS.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(now != Some(place) || std::thread::panicking(), "this is what the test is about");
}

fn panic_at(place: Option<Place>) {
    *PANICS.lock().unwrap_or_else(PoisonError::into_inner) = place;
}

/// A row that panics where it is told to.
#[derive(Debug, PartialEq)]
struct Fragile(u32);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        panics(Place::Clone);
        Self(self.0)
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        panics(Place::Drop);
    }
}

impl Serialize for Fragile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        panics(Place::Serialize);
        serializer.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for Fragile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        panics(Place::Deserialize);
        u32::deserialize(deserializer).map(Self).map_err(D::Error::custom)
    }
}

/// The default codec under another name, which panics in both directions.
struct Own;

impl Codec for Own {
    const ID: u8 = 200;
    const POSITIONAL: bool = false;

    fn accepts(&self, survey: &Survey) -> bool {
        MessagePack.accepts(survey)
    }

    fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, CodecError> {
        panics(Place::Codec);
        MessagePack.encode(value)
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, CodecError> {
        panics(Place::Codec);
        MessagePack.decode(bytes)
    }
}

fn handle(caches: &CacheManager) -> TwoTierCache<Fragile> {
    caches.cache("fragile").ttl(TTL).codec(Own).build()
}

/// A call in a task of its own; `None` if it panics.
async fn call(rows: &TwoTierCache<Fragile>, db: &Arc<Db>) -> Option<u32> {
    let (rows, db) = (rows.clone(), Arc::clone(db));
    let call = tokio::spawn(async move {
        let Ok(row) = rows
            .get(&7, || async {
                let row = db.load().await?;
                Ok::<_, std::convert::Infallible>(Fragile(row))
            })
            .await;
        // As a number: dropping it is the caller's own affair.
        let number = row.0;
        std::mem::forget(row);
        number
    });
    in_time(support::FOR_EVER, call).await.0.ok()
}

#[tokio::test(start_paused = true)]
async fn what_only_the_cache_asked_for_is_no_panic_of_the_caller() {
    let _turn = TURN.lock().await;
    for place in [Place::Codec, Place::Deserialize, Place::Serialize] {
        on_each(async |world: World| {
            let (rows, db) = (handle(&world.caches), Db::new());
            // On the way into the cache, in it, and on the way out.
            for fault_from in 0..3 {
                for step in 0..4 {
                    panic_at((step >= fault_from).then_some(place));
                    assert_eq!(call(&rows, &db).await, Some(db.row()), "{place:?} {step}");
                }
                panic_at(None);
                db.add();
                rows.invalidate(&7).await;
                assert_eq!(call(&rows, &db).await, Some(db.row()));
                assert!(rows.exists(&7).await, "{place:?}");
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_value_itself_leaves_the_key_usable() {
    let _turn = TURN.lock().await;
    for place in [Place::Clone, Place::Drop] {
        on_each(async |world: World| {
            let (rows, db) = (handle(&world.caches), Db::new());
            for full in [false, true] {
                if full {
                    assert_eq!(call(&rows, &db).await, Some(db.row()));
                }
                panic_at(Some(place));
                // It may panic, or return the row.
                assert!(call(&rows, &db).await.is_none_or(|row| row == db.row()), "{place:?}");
                db.add();
                let (rows_of_task, row) = (rows.clone(), db.row());
                let invalidated =
                    tokio::spawn(async move { rows_of_task.invalidate(&7).await }).await;
                panic_at(None);
                if invalidated.is_err() {
                    rows.invalidate(&7).await;
                }
                assert_eq!(call(&rows, &db).await, Some(row), "{place:?}");
                assert!(rows.exists(&7).await, "{place:?}");
            }
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_panics_when_it_goes_is_no_panic_of_who_lets_it_go() {
    let _turn = TURN.lock().await;
    on_each_built(
        || CacheManager::builder().capacity(10),
        async |world: World| {
            let rows = handle(&world.caches);
            // In the process some are evicted by others, and some are replaced.
            let fill = async || {
                for key in [0..20, 10..30].into_iter().flatten() {
                    let row = std::mem::ManuallyDrop::new(Fragile(key));
                    rows.set(&key, &row).await;
                }
            };
            fill().await;
            panic_at(Some(Place::Drop));
            assert!(rows.exists(&29).await);
            fill().await;
            assert_eq!(rows.invalidate(&29).await, Invalidation::Applied);
            assert_eq!(rows.invalidate_pattern("*").await, Invalidation::Applied);
            assert!(!rows.exists(&28).await);
            fill().await;
            drop((rows, world));
            panic_at(None);
        },
    )
    .await;
}

/// Loads that panic before their first await, after it, and when they are dropped.
#[tokio::test(start_paused = true)]
async fn a_load_that_panics_at_any_of_its_polls_leaves_the_key_usable() {
    let _turn = TURN.lock().await;
    for polls in 0..6_u32 {
        for waiters in [0, 5] {
            on_each(async |world: World| {
                let (rows, db) = (handle(&world.caches), Db::new());
                let panicked = Arc::new(AtomicBool::new(false));
                let load = {
                    let (rows, panicked) = (rows.clone(), Arc::clone(&panicked));
                    async move {
                        let load = || async {
                            for _ in 0..polls {
                                yield_now().await;
                            }
                            panicked.store(true, Ordering::SeqCst);
                            assert!(polls > 9, "this is what the test is about");
                            Ok::<_, std::convert::Infallible>(Fragile(0))
                        };
                        drop(rows.get(&7, load).await);
                    }
                };
                let panics = tokio::spawn(load);
                let waiting: Vec<_> = (0..waiters)
                    .map(|_| {
                        let (rows, db) = (rows.clone(), Arc::clone(&db));
                        tokio::spawn(async move { call(&rows, &db).await })
                    })
                    .collect();
                assert!(panics.await.unwrap_err().is_panic());
                assert!(panicked.load(Ordering::SeqCst));
                for waiting in waiting {
                    assert_eq!(waiting.await.unwrap(), Some(1));
                }
                settled().await;
                assert_eq!(call(&rows, &db).await, Some(1));
                assert!(rows.exists(&7).await);
            })
            .await;
        }
    }
}
