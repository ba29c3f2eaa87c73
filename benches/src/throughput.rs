//! The same hits from 64 tasks on two threads.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use two_tier_cache_figures::{Figure, Part};
use two_tier_cache_test_servers::RedisServer;

use crate::contenders::{self, Contender, NEAR};
use crate::hits::{BASE, bars};
use crate::machine;
use crate::options::Options;
use crate::report;
use crate::rounds::order;
use crate::workload::{KEYS, Spread};

const TASKS: u64 = 64;
const THREADS: usize = 2;

pub fn run(options: &Options) -> Result<ExitCode> {
    let server = RedisServer::start();
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    let contenders = runtime.block_on(contenders::make(NEAR, &options.only, &server.url()))?;
    let turn = Duration::from_millis(if options.quick { 40 } else { 80 });
    let rounds = options.rounds(5, 15);
    runtime.block_on(async {
        let all: Vec<u64> = (0..KEYS).collect();
        for contender in &contenders {
            contender.cache.users(&all).await?;
            contender.cache.users(&all).await?;
        }
        anyhow::Ok(())
    })?;
    let asked: Vec<Arc<Vec<u64>>> =
        (0..TASKS).map(|seed| Arc::new(Spread::Zipf.ids(4_096, seed))).collect();
    let title = format!("{TASKS} tasks on {THREADS} threads, `u64` key, zipf 0.99 over 10k");
    let mut figure = Figure::new(&title, "ns of wall time a hit", Some(BASE));
    for round in 0..rounds {
        for contender in order(round, &contenders) {
            report::add(&mut figure, contender, time(&runtime, contender, &asked, turn)?);
        }
    }
    let part = Part {
        name: "throughput".to_owned(),
        title: "Hits in the process, many at once".to_owned(),
        about:
            "The hits of [hits](hits.md) from many tasks: who takes a lock waits for it, and who \
                counts shares the count."
                .to_owned(),
        machine: format!("{}; {rounds} rounds of {} ms", machine::described(), turn.as_millis()),
        bars: bars(&figure),
        figures: vec![figure],
    };
    report::end(&part, options)
}

/// Wall nanoseconds for a hit, over all tasks.
fn time(
    runtime: &Runtime,
    contender: &Contender,
    asked: &[Arc<Vec<u64>>],
    turn: Duration,
) -> Result<f64> {
    let loads = contender.db.loads();
    let mut all_hits = 0;
    let nanos = runtime.block_on(async {
        let (begun, mut tasks) = (Instant::now(), JoinSet::new());
        for ids in asked {
            let (cache, ids) = (Arc::clone(&contender.cache), Arc::clone(ids));
            tasks.spawn(async move {
                let mut hits = 0;
                while begun.elapsed() < turn {
                    let sum = cache.users(&ids).await?;
                    debug_assert_eq!(sum, ids.iter().sum::<u64>());
                    hits += ids.len();
                    // The tasks take turns on the threads, as those of a server do.
                    tokio::task::yield_now().await;
                }
                anyhow::Ok(hits)
            });
        }
        while let Some(hits) = tasks.join_next().await {
            all_hits += hits??;
        }
        anyhow::Ok(begun.elapsed().as_nanos() as f64)
    })?;
    ensure!(contender.db.loads() == loads, "{} loaded what it had", contender.name);
    Ok(nanos / all_hits as f64)
}
