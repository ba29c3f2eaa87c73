//! Readers and writers on several threads at full speed, on few keys, with calls dropped half-way,
//! and a check of everything they saw: a call that starts after an invalidation was acknowledged
//! returns a row at least as new as the one that was committed before it.
//!
//! The database is a counter per key, so the order of versions is known and one comparison per read
//! decides.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, Invalidation, TwoTierCache};

const KEYS: usize = 3;
const WORKERS: u64 = 8;
const STEPS: u64 = 4_000;

/// The rows of the database, and up to which version each is acknowledged as invalidated.
#[derive(Default)]
struct World {
    committed: [AtomicU64; KEYS],
    acknowledged: [AtomicU64; KEYS],
    loads: AtomicU64,
}

/// A small generator: the test needs variety that a seed repeats, not quality.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    async fn dawdle(&mut self, most: u64) {
        for _ in 0..self.roll(most + 1) {
            tokio::task::yield_now().await;
        }
    }
}

impl World {
    async fn read(&self, cache: &TwoTierCache<u64>, key: usize, dice: &mut Dice) {
        let at_least = self.acknowledged[key].load(Ordering::SeqCst);
        let slow = dice.roll(12);
        let load = async || {
            self.loads.fetch_add(1, Ordering::Relaxed);
            let row = self.committed[key].load(Ordering::SeqCst);
            for _ in 0..slow {
                tokio::task::yield_now().await;
            }
            if slow == 11 { Err("the query failed") } else { Ok(row) }
        };
        let polls = dice.roll(40);
        if let Some(Ok(row)) = dropped_after(polls, cache.get(&key, load)).await {
            assert!(row >= at_least, "key {key}: row {row}, but {at_least} was acknowledged");
        }
    }

    async fn write(&self, cache: &TwoTierCache<u64>, key: usize, dice: &mut Dice) {
        let row = self.committed[key].fetch_add(1, Ordering::SeqCst) + 1;
        dice.dawdle(4).await;
        let outcome = match dice.roll(4) {
            0 => cache.invalidate_pattern("*").await,
            _ => cache.invalidate(&key).await,
        };
        assert_eq!(outcome, Invalidation::Applied);
        self.acknowledged[key].fetch_max(row, Ordering::SeqCst);
    }
}

/// Polls a future at most so often, then drops it where it is.
async fn dropped_after<F: Future>(polls: u64, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

async fn work(world: Arc<World>, cache: TwoTierCache<u64>, seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..STEPS {
        let key = usize::try_from(dice.roll(KEYS as u64)).unwrap_or(0);
        match dice.roll(10) {
            0 => world.write(&cache, key, &mut dice).await,
            _ => world.read(&cache, key, &mut dice).await,
        }
        dice.dawdle(1).await;
    }
}

/// Runs the workers, each on one of the managers.
fn check(managers: &[CacheManager]) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(4).enable_time().build().expect("a runtime");
    let world = Arc::new(World::default());
    runtime.block_on(async {
        let workers = (0..WORKERS).zip(managers.iter().cycle()).map(|(seed, caches)| {
            let cache = caches.cache("row").ttl(Duration::from_secs(60)).build();
            tokio::spawn(work(Arc::clone(&world), cache, seed + 1))
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.expect("no stale read");
        }
    });
    let stats = managers[0].stats();
    let seen = stats.prefix("row").expect("the prefix was used");
    assert!(seen.hits > 0, "the check means nothing without hits: {seen:?}");
    assert!(seen.fills_rejected > 0, "nor without invalidations during loads: {seen:?}");
}

#[test]
fn no_read_in_one_process_is_older_than_an_acknowledged_invalidation() {
    check(&[CacheManager::builder().build().expect("the defaults are legal")]);
}

#[test]
fn no_read_of_two_processes_on_one_backend_is_older_than_an_acknowledged_invalidation() {
    let server = EncodedBackend::new();
    let manager = || CacheManager::builder().backend(server.clone()).build().expect("legal");
    check(&[manager(), manager()]);
}
