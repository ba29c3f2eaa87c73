//! A pattern on the store of the process: how long it takes, and what a reader feels of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Result, ensure};
use tokio::runtime::Builder;
use two_tier_cache_figures::{Spread, short};

use super::histogram::Histogram;
use super::in_process::manager;
use super::row::{Chance, Ours, Row, load_row};
use super::table::Table;

/// Reads between two looks at the time.
const READS: u64 = 64;

pub struct Globs {
    entries: u64,
    /// Milliseconds for one that covers one key of a hundred.
    took: f64,
    /// Microseconds for [`READS`] reads beside it, and without it.
    beside: Histogram,
    alone: Histogram,
}

pub fn measure(entries: u64, rounds: usize) -> Result<Globs> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let ours = Arc::new(Ours::new(manager(entries)?, 64));
    let mut samples = Vec::new();
    let (mut alone, mut beside) = (Histogram::default(), Histogram::default());
    for _ in 0..rounds {
        runtime.block_on(fill(&ours, entries));
        let loads = ours.loads();
        let pause = std::time::Duration::from_millis(200);
        alone.merge(&reading(&ours, entries, || thread::sleep(pause))?);
        let mut took = 0.0;
        beside.merge(&reading(&ours, entries, || {
            let begun = Instant::now();
            // Done by the time that the call returns.
            drop(ours.caches.cache::<Arc<Row>>("row").build().invalidate_pattern("*00"));
            took = begun.elapsed().as_secs_f64() * 1e3;
        })?);
        ensure!(ours.loads() == loads, "the reader was to read what no pattern covers");
        samples.push(took);
    }
    Ok(Globs {
        entries,
        took: Spread::of(samples).map_or(f64::NAN, |all| all.median),
        beside,
        alone,
    })
}

async fn fill(ours: &Ours, entries: u64) {
    for id in 0..entries {
        load_row(ours, id).await;
    }
}

/// What another thread feels that reads all the while.
fn reading(ours: &Ours, entries: u64, meanwhile: impl FnOnce()) -> Result<Histogram> {
    let (begun, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let read = || -> Result<Histogram> {
        let runtime = Builder::new_current_thread().build()?;
        let (mut chance, mut histogram) = (Chance::new(7), Histogram::default());
        while !over.load(Ordering::Relaxed) {
            let since = Instant::now();
            for _ in 0..READS {
                // None that the pattern covers.
                let id = chance.below(entries / 100) * 100 + 1 + chance.below(99);
                runtime.block_on(load_row(ours, id));
            }
            histogram.add(since.elapsed());
            begun.store(true, Ordering::Relaxed);
        }
        Ok(histogram)
    };
    thread::scope(|scope| {
        let reader = scope.spawn(read);
        while !begun.load(Ordering::Relaxed) && !reader.is_finished() {
            thread::yield_now();
        }
        meanwhile();
        over.store(true, Ordering::Relaxed);
        reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))?
    })
}

pub fn table(all: &[Globs]) -> Table {
    let mut table = Table::new(&[
        "entries",
        "pattern, ms",
        "64 hits alone, µs: p50 / p99 / max",
        "64 hits beside it, µs: p50 / p99 / max",
    ]);
    for globs in all {
        let times = |histogram: &Histogram| {
            [0.5, 0.99, 1.0].map(|share| short(histogram.quantile(share))).join(" / ")
        };
        let (alone, beside) = (times(&globs.alone), times(&globs.beside));
        table.row(&[&globs.entries.to_string(), &short(globs.took), &alone, &beside]);
    }
    table
}
