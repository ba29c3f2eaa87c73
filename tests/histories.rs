//! Random histories of readers and writers: whatever order things happen in, a call that starts
//! after an invalidation was acknowledged never returns a row older than the write before it.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use support::wire::{Wire, random};
use support::{Db, FOR_EVER, Gate, PREFIX, TTL, World, in_time, read, rows, slow_call};
use two_tier_cache::testing::{EncodedBackend, ManualClock};
use two_tier_cache::{CacheManager, Invalidation, TwoTierCache, invalidates};

const KEY: u32 = 7;

/// One key, its row, and who reads and writes it.
struct History {
    db: Arc<Db>,
    clock: ManualClock,
    processes: Vec<TwoTierCache<u32>>,
    /// The newest row whose invalidation was acknowledged.
    acknowledged: AtomicU32,
    seed: AtomicU64,
}

#[invalidates(via(rows.invalidate(&KEY)))]
async fn write_fenced(rows: &TwoTierCache<u32>, history: &History, row: &AtomicU32) {
    history.pause(4).await;
    row.store(history.db.add(), Ordering::SeqCst);
    history.pause(4).await;
    assert!(!rows.exists(&KEY).await, "nothing is cached while its fence stands");
}

impl History {
    fn new(seed: u64, clock: &ManualClock, processes: Vec<TwoTierCache<u32>>) -> Arc<Self> {
        let seed = AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let (db, clock, acknowledged) = (Db::new(), clock.clone(), AtomicU32::new(0));
        Arc::new(Self { db, clock, processes, acknowledged, seed })
    }

    fn chance(&self, of: u64) -> u64 {
        random(&self.seed) % of
    }

    fn process(&self) -> &TwoTierCache<u32> {
        let count = self.processes.len() as u64;
        &self.processes[usize::try_from(self.chance(count)).unwrap()]
    }

    async fn pause(&self, most: u64) {
        for _ in 0..self.chance(most + 1) {
            tokio::task::yield_now().await;
        }
    }

    /// A query whose answer takes its time; some fail.
    async fn load(&self) -> Result<u32, &'static str> {
        let _running = self.db.start();
        self.pause(2).await;
        let row = self.db.row();
        self.pause(8).await;
        if self.chance(8) == 0 { Err("the database hung up") } else { Ok(row) }
    }

    async fn read(&self) {
        let floor = self.acknowledged.load(Ordering::SeqCst);
        if let Ok(row) = self.process().get(&KEY, || self.load()).await {
            assert!(row >= floor, "read {row} after {floor} was acknowledged");
        }
    }

    /// A read whose caller loses interest.
    async fn give_up(&self) {
        tokio::select! {
            biased;
            () = self.read() => {}
            () = self.pause(6) => {}
        }
    }

    /// A write that fences its key; its caller may lose interest.
    async fn write_fenced(&self) {
        let row = AtomicU32::new(0);
        let rows = self.process();
        tokio::select! {
            biased;
            () = write_fenced(rows, self, &row) => {
                self.acknowledged.fetch_max(row.load(Ordering::SeqCst), Ordering::SeqCst);
            }
            () = self.pause(if self.chance(2) == 0 { 8 } else { 1_000 }) => {}
        }
    }

    async fn write(&self) {
        let row = self.db.add();
        self.pause(2).await;
        let outcome = match self.chance(3) {
            0 => self.process().invalidate(&KEY).await,
            1 => self.process().invalidate_many([1, KEY]).await,
            _ => self.process().invalidate_pattern("*").await,
        };
        assert_eq!(outcome, Invalidation::Applied);
        self.acknowledged.fetch_max(row, Ordering::SeqCst);
    }

    async fn act(&self) {
        match self.chance(16) {
            0..8 => self.read().await,
            8..11 => self.give_up().await,
            11..13 => self.write().await,
            13 => self.write_fenced().await,
            14 => self.clock.advance(Duration::from_millis(self.chance(3_000))),
            _ => self.pause(8).await,
        }
    }

    async fn run(self: Arc<Self>, tasks: usize) {
        let act = |_| {
            let history = Arc::clone(&self);
            tokio::spawn(async move {
                for _ in 0..12 {
                    history.act().await;
                }
            })
        };
        let tasks: Vec<_> = (0..tasks).map(act).collect();
        for task in tasks {
            in_time(FOR_EVER, task).await.0.unwrap();
        }
    }
}

fn processes(count: u64, server: &EncodedBackend, seed: u64) -> Vec<TwoTierCache<u32>> {
    let process = |at| {
        let wire = Wire::delaying(server, seed * count + at + 1);
        rows(&CacheManager::builder().backend(wire).build().unwrap())
    };
    (0..count).map(process).collect()
}

#[tokio::test(start_paused = true)]
async fn no_history_of_one_embedded_manager_is_stale() {
    for seed in 1..=400 {
        let world = World::embedded(CacheManager::builder());
        History::new(seed, &world.clock, vec![world.rows()]).run(6).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_history_of_one_process_on_a_server_is_stale() {
    for seed in 1..=400 {
        let clock = ManualClock::new();
        let server = EncodedBackend::with_clock(&clock);
        History::new(seed, &clock, processes(1, &server, seed)).run(6).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_history_of_three_processes_on_a_server_is_stale() {
    for seed in 1..=400 {
        let clock = ManualClock::new();
        let server = EncodedBackend::with_clock(&clock);
        History::new(seed, &clock, processes(3, &server, seed)).run(9).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_history_on_many_threads_is_stale() {
    let histories = async {
        for seed in 1..=100 {
            let world = World::embedded(CacheManager::builder());
            History::new(seed, &world.clock, vec![world.rows()]).run(8).await;
            let server = EncodedBackend::with_clock(&world.clock);
            History::new(seed, &world.clock, processes(2, &server, seed)).run(8).await;
        }
    };
    in_time(FOR_EVER, histories).await;
}

/// A glob passes over leases and values one after the other, while other threads fill.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_glob_beside_a_thousand_fills_leaves_none_of_the_older_values() {
    let caches = CacheManager::builder().build().unwrap();
    let rows: TwoTierCache<u32> = caches.cache(PREFIX).ttl(TTL).build();
    let db = Db::new();
    for round in 0..20 {
        let gate = Gate::closed();
        let loading: Vec<_> = (0..1_000).map(|key| slow_call(&rows, key, &db, &gate)).collect();
        gate.reached_by(1_000).await;
        let row = db.add();
        gate.open();
        assert_eq!(rows.invalidate_pattern("*").await, Invalidation::Applied);
        for loading in loading {
            loading.await.unwrap();
        }
        for key in 0..1_000 {
            assert_eq!(read(&rows, key, &db).await, row, "key {key} in round {round}");
        }
        rows.invalidate_pattern("*").await;
    }
}
