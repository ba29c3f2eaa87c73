//! `detached`: a load goes on when its caller does not.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use support::{Db, FOR_EVER, Gate, World, in_time, on_each, polled, settled};
use two_tier_cache::{CacheManager, two_tier_cached};

const TTL: Duration = Duration::from_secs(600);

#[two_tier_cached(prefix = "row", ttl = TTL, skip(db, gate), manager = db.caches(), detached)]
async fn row(
    db: &Arc<Db>,
    gate: &Arc<Gate>,
    id: u64,
    name: &str,
    by: Option<&str>,
    lang: Cow<'_, str>,
    tags: &[String],
) -> Result<(u32, String), String> {
    let Ok(row) = db.load_slowly(gate).await;
    if name == "fails" {
        return Err(name.to_owned());
    }
    assert_ne!(name, "panics");
    Ok((row, format!("{id} {name} {by:?} {lang} {}", tags.len())))
}

async fn call(db: &Arc<Db>, gate: &Arc<Gate>, name: &str) -> Result<(u32, String), String> {
    row(db, gate, 1, name, Some("x"), Cow::Borrowed("de"), &["a".to_owned()]).await
}

#[tokio::test(start_paused = true)]
async fn a_load_whose_caller_gives_up_is_cached() {
    on_each(async |world: World| {
        let (db, gate) = (Db::with(&world.caches), Gate::closed());
        let given_up = tokio::time::timeout(Duration::from_secs(1), call(&db, &gate, "ada"));
        assert!(given_up.await.is_err());
        gate.open();
        settled().await;
        assert_eq!(world.stats().fills, 1);
        assert_eq!(
            call(&db, &gate, "ada").await.unwrap(),
            (1, "1 ada Some(\"x\") de 1".to_owned())
        );
        assert_eq!(db.loads(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_has_not_begun_to_load_ends_with_its_caller() {
    on_each(async |world: World| {
        let (db, gate) = (Db::with(&world.caches), Gate::closed());
        let leader = tokio::spawn({
            let (db, gate) = (Arc::clone(&db), Arc::clone(&gate));
            async move { call(&db, &gate, "fails").await }
        });
        gate.reached_by(1).await;
        for _ in 0..10 {
            let mut waiter = Box::pin(call(&db, &gate, "fails"));
            assert!(polled(waiter.as_mut(), 3).await.is_none());
        }
        gate.open();
        assert!(leader.await.unwrap().is_err());
        settled().await;
        assert_eq!(db.loads(), 1, "those who waited are gone, and nobody loads for them");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_invalidation_beats_a_load_that_was_left_alone() {
    on_each(async |world: World| {
        let (db, gate) = (Db::with(&world.caches), Gate::closed());
        let mut left = Box::pin(call(&db, &gate, "ada"));
        assert!(polled(left.as_mut(), 5).await.is_none());
        gate.reached_by(1).await;
        drop(left);
        db.write(2);
        invalidate_row(&db, 1, "ada", Some("x"), "de", ["a".to_owned()]).await;
        gate.open();
        settled().await;
        assert_eq!(call(&db, &gate, "ada").await.unwrap().0, 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_error_or_a_panic_of_the_load_is_the_callers() {
    on_each(async |world: World| {
        let (db, gate) = (Db::with(&world.caches), Gate::closed());
        gate.open();
        assert_eq!(call(&db, &gate, "fails").await, Err("fails".to_owned()));
        let panicking = tokio::spawn({
            let (db, gate) = (Arc::clone(&db), Arc::clone(&gate));
            async move { call(&db, &gate, "panics").await }
        });
        assert!(in_time(FOR_EVER, panicking).await.0.unwrap_err().is_panic());
        assert_eq!(call(&db, &gate, "ada").await.unwrap().0, 1);
    })
    .await;
}

#[derive(Clone)]
struct Rows {
    db: Arc<Db>,
    factor: u32,
}

#[async_trait]
trait Load {
    async fn boxed(&self, id: u64, name: &str) -> u32;
}

#[async_trait]
impl Load for Rows {
    #[two_tier_cached(prefix = "detached.boxed", ttl = TTL, invalidate = none, detached)]
    async fn boxed(&self, id: u64, name: &str) -> u32 {
        self.load(id).await + u32::try_from(name.len()).unwrap()
    }
}

impl Rows {
    #[two_tier_cached(prefix = "detached.method", ttl = TTL, detached)]
    async fn load(&self, id: u64) -> u32 {
        struct Twice(u32);
        impl Twice {
            fn get(&self) -> u32 {
                self.0 * 2
            }
        }
        let Ok(row) = self.db.load().await;
        let factor = || self.factor;
        Twice(row * factor()).get()
    }

    #[two_tier_cached(prefix = "detached.mut", ttl = TTL, detached)]
    async fn load_mut(mut self, mut name: &str) -> usize {
        use std::fmt::{self, Write as _};
        self.factor += 1;
        name = name.trim();
        let mut text = String::new();
        let written: fmt::Result = write!(text, "{}{name}", self.factor);
        written.map_or(0, |()| text.len())
    }

    #[two_tier_cached(prefix = "detached.arc", ttl = TTL, detached)]
    async fn load_arc(self: &Arc<Self>, id: u64) -> u32 {
        let Ok(row) = self.db.load().await;
        row * self.factor
    }

    #[two_tier_cached(prefix = "detached.owned", ttl = TTL, key(id), detached, also(refresh))]
    async fn load_owned(self: Arc<Self>, mut id: u64) -> u64 {
        let Ok(row) = self.db.load().await;
        id += u64::from(row);
        id
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_owns_its_receiver() {
    let caches = CacheManager::builder().build().unwrap();
    let test = async {
        let rows = Rows { db: Db::new(), factor: 10 };
        assert_eq!((rows.load(1).await, rows.load(1).await), (20, 20));
        assert_eq!(rows.db.loads(), 1);
        assert_eq!((rows.boxed(1, "ada").await, rows.boxed(1, "ada").await), (23, 23));
        assert_eq!(rows.clone().load_mut(" ada ").await, 5);
        let rows = Arc::new(rows);
        assert_eq!((rows.load_arc(1).await, Arc::clone(&rows).load_owned(5).await), (10, 6));
        rows.db.write(2);
        assert_eq!(Arc::clone(&rows).refresh_load_owned(5).await, 7);
        assert_eq!(Arc::clone(&rows).load_owned(5).await, 7);
    };
    caches.scope(test).await;
    let nested = caches.stats().prefix("detached.method").unwrap().clone();
    assert_eq!((nested.hits, nested.misses), (2, 1), "the scope of a task reaches its loads");
}

/// A load that calls its own key must not wait for itself, in whatever task it runs.
#[two_tier_cached(prefix = "detached.recursive", ttl = TTL, skip(depth), detached)]
async fn recursive(depth: u32, id: u64) -> u32 {
    if depth == 0 { 0 } else { boxed(depth - 1, id).await + 1 }
}

fn boxed(depth: u32, id: u64) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(recursive(depth, id))
}

#[tokio::test(start_paused = true)]
async fn a_recursive_load_does_not_wait_for_itself() {
    let test = async {
        let (depth, took) = in_time(FOR_EVER, recursive(3, 1)).await;
        assert_eq!((depth, took), (3, Duration::ZERO));
    };
    CacheManager::builder().build().unwrap().scope(test).await;
}
