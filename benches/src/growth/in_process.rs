//! The stores of the process as they grow: what a hit costs, and what an entry takes besides its value.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use tokio::runtime::Builder;
use two_tier_cache::CacheManager;
use two_tier_cache_figures::{Spread, short};

use super::row::{Chance, Ours, Row, TTL, load_row};
use super::table::Table;
use crate::machine::bytes_held;

pub const NAMES: [&str; 3] = ["two-tier-cache", "quick_cache, bare", "moka"];
/// Of the text in a row; nobody reads it.
const LENGTH: usize = 64;
const HITS: u64 = 1_000_000;

/// One of them.
pub trait Store {
    async fn get(&self, id: u64) -> Option<Arc<Row>>;
    /// Waits until nothing is left to tidy.
    async fn settle(&self) {}
}

impl Store for Ours {
    async fn get(&self, id: u64) -> Option<Arc<Row>> {
        Some(load_row(self, id).await)
    }
}

/// Loads beside the store, as the others have no function to cache.
struct Quick(quick_cache::sync::Cache<u64, Arc<Row>>);

impl Store for Quick {
    async fn get(&self, id: u64) -> Option<Arc<Row>> {
        self.0.get(&id)
    }
}

struct Moka(moka::future::Cache<u64, Arc<Row>>);

impl Store for Moka {
    async fn get(&self, id: u64) -> Option<Arc<Row>> {
        self.0.get(&id).await
    }

    async fn settle(&self) {
        self.0.run_pending_tasks().await;
    }
}

/// A size, and for each store what was found.
pub struct Size {
    pub entries: u64,
    pub hit: [f64; 3],
    pub bytes: [f64; 3],
    /// Of the store before its first entry, in all.
    empty: [f64; 3],
}

/// Room for half as many again: the parts of a store do not fill evenly, and none may evict.
pub fn capacity(entries: u64) -> usize {
    usize::try_from(entries + entries / 2).unwrap_or(usize::MAX)
}

pub fn manager(entries: u64) -> Result<CacheManager> {
    let capacity = capacity(entries);
    let bytes = (capacity * 1_024).max(64 << 20);
    Ok(CacheManager::builder().capacity(capacity).max_bytes(bytes).build()?)
}

/// In a process of its own: a program has one manager, and what the last size has left on the heap
/// would be felt by the next.
pub fn measure(entries: u64, rounds: usize) -> Result<Size> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["growth-child", "entries", &entries.to_string(), &rounds.to_string()]);
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the process with {entries} entries has failed");
    let text = String::from_utf8(output.stdout)?;
    let numbers = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let (numbers, _) = numbers.as_chunks::<3>();
    let [hit, bytes, empty] = <[_; 3]>::try_from(numbers)?;
    Ok(Size { entries, hit, bytes, empty })
}

/// What that process does.
pub fn run_child(entries: u64, rounds: usize) -> Result<()> {
    // On this thread alone, so that all of the heap is in its count.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let Size { hit, bytes, empty, .. } = runtime.block_on(all(entries, rounds))?;
    [hit, bytes, empty].as_flattened().iter().for_each(|number| println!("{number}"));
    Ok(())
}

async fn all(entries: u64, rounds: usize) -> Result<Size> {
    let value = of_one_value();
    let (before, mut held) = (bytes_held(), Vec::new());
    let ours = Ours::new(manager(entries)?, LENGTH);
    held.push(bytes_held() - before);
    for id in 0..entries {
        load_row(&ours, id).await;
    }
    held.push(bytes_held() - before);

    let before = bytes_held();
    let quick = Quick(quick_cache::sync::Cache::new(capacity(entries)));
    held.push(bytes_held() - before);
    for id in 0..entries {
        quick.0.insert(id, Arc::new(Row::new(id, LENGTH)));
    }
    held.push(bytes_held() - before);

    let before = bytes_held();
    let room = capacity(entries) as u64;
    let moka = Moka(moka::future::Cache::builder().max_capacity(room).time_to_live(TTL).build());
    held.push(bytes_held() - before);
    for id in 0..entries {
        moka.0.insert(id, Arc::new(Row::new(id, LENGTH))).await;
    }
    moka.settle().await;
    held.push(bytes_held() - before);

    let hit = hits(&ours, &quick, &moka, entries, rounds).await?;
    ensure!(ours.loads() == entries, "ours has evicted: {} loads", ours.loads());
    let own = |at: usize| (held[at] - value * entries.cast_signed()) as f64 / entries as f64;
    let bytes = [own(1), own(3), own(5)];
    Ok(Size { entries, hit, bytes, empty: [held[0], held[2], held[4]].map(|held| held as f64) })
}

/// Each takes its turn in each round, so that a neighbour of this machine disturbs all alike.
async fn hits(
    ours: &Ours,
    quick: &Quick,
    moka: &Moka,
    entries: u64,
    rounds: usize,
) -> Result<[f64; 3]> {
    let mut samples = [const { Vec::new() }; 3];
    for round in 0..rounds as u64 {
        samples[0].push(turn(ours, entries, round).await?);
        samples[1].push(turn(quick, entries, round).await?);
        samples[2].push(turn(moka, entries, round).await?);
    }
    Ok(samples.map(|samples| Spread::of(samples).map_or(f64::NAN, |all| all.median)))
}

/// Nanoseconds for a hit on keys by chance out of all.
async fn turn(store: &impl Store, entries: u64, seed: u64) -> Result<f64> {
    let (mut chance, mut found) = (Chance::new(seed + 1), 0);
    let begun = Instant::now();
    for _ in 0..HITS {
        found += u64::from(store.get(chance.below(entries)).await.is_some());
    }
    let took = begun.elapsed();
    ensure!(found == HITS, "{} of {HITS} were no hits", HITS - found);
    Ok(took.as_nanos() as f64 / HITS as f64)
}

fn of_one_value() -> i64 {
    let before = bytes_held();
    let value = Arc::new(Row::new(0, LENGTH));
    let held = bytes_held() - before;
    drop(value);
    held
}

pub fn table(sizes: &[Size]) -> Table {
    let mut table = Table::new(&[
        "entries",
        "store",
        "hit, ns",
        "bytes per entry",
        "empty store, bytes per entry of its capacity",
    ]);
    for size in sizes {
        for (at, name) in NAMES.iter().enumerate() {
            let empty = size.empty[at] / capacity(size.entries) as f64;
            let [hit, bytes, empty] = [size.hit[at], size.bytes[at], empty].map(short);
            table.row(&[&size.entries.to_string(), name, &hit, &bytes, &empty]);
        }
    }
    table
}
