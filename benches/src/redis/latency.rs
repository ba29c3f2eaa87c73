//! One task: how long a hit takes, and how many allocations.

use anyhow::Result;
use tokio::runtime::{Builder, Runtime};
use two_tier_cache_figures::Figure;
use two_tier_cache_test_servers::RedisServer;

use super::{no_loads, warm};
use crate::contenders::{self, Contender, ON_REDIS, RAW};
use crate::machine::{self, OnOneCore};
use crate::options::Options;
use crate::report;
use crate::rounds::order;
use crate::workload::Spread;

pub fn measure(server: &RedisServer, options: &Options, rounds: usize) -> Result<Vec<Figure>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let contenders = runtime.block_on(contenders::make(ON_REDIS, &options.only, &server.url()))?;
    runtime.block_on(warm(&contenders))?;
    let _pinned = OnOneCore::with_server(server.pid())?;
    rounds_of(&runtime, &contenders, options, rounds)
}

fn rounds_of(
    runtime: &Runtime,
    contenders: &[Contender],
    options: &Options,
    rounds: usize,
) -> Result<Vec<Figure>> {
    let ids = Spread::Zipf.ids(if options.quick { 1_500 } else { 3_000 }, 3);
    let mut p50 = Figure::new("1 task, p50", "µs", Some(RAW));
    let mut p99 = Figure::new("1 task, p99", "µs", Some(RAW));
    let mut allocations = Figure::new("1 task, allocations", "allocations a hit", Some(RAW));
    for round in 0..rounds {
        for contender in order(round, contenders) {
            let (loads, before) = (contender.db.loads(), machine::allocations());
            let mut took = runtime.block_on(contender.cache.timed(&ids))?;
            let count = machine::allocations() - before;
            no_loads(contender, loads)?;
            took.sort_unstable();
            let micros = |at: usize| took[at].as_nanos() as f64 / 1_000.0;
            report::add(&mut p50, contender, micros(took.len() / 2));
            report::add(&mut p99, contender, micros(took.len() * 99 / 100));
            report::add(&mut allocations, contender, count as f64 / ids.len() as f64);
        }
    }
    Ok(vec![p50, p99, allocations])
}
