//! Many tasks: wall time for a hit, and CPU time of the client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use two_tier_cache_figures::Figure;
use two_tier_cache_test_servers::RedisServer;

use super::{no_loads, warm};
use crate::contenders::{self, Contender, ON_REDIS, RAW};
use crate::machine::cpu_time;
use crate::options::Options;
use crate::report;
use crate::rounds::order;
use crate::workload::Spread;

pub fn measure(server: &RedisServer, options: &Options, rounds: usize) -> Result<Vec<Figure>> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let contenders = runtime.block_on(contenders::make(ON_REDIS, &options.only, &server.url()))?;
    runtime.block_on(warm(&contenders))?;
    let hits = if options.quick { 16_384 } else { 49_152 };
    let mut figures = Vec::new();
    for tasks in [64, 256] {
        let title = |of: &str| format!("{tasks} tasks, {of} a hit");
        let mut wall = Figure::new(&title("wall time"), "µs", Some(RAW));
        let mut cpu = Figure::new(&title("client CPU"), "µs", Some(RAW));
        let asked: Vec<Arc<Vec<u64>>> = (0..tasks)
            .map(|seed| Arc::new(Spread::Zipf.ids(hits / tasks as usize, seed)))
            .collect();
        for round in 0..rounds {
            for contender in order(round, &contenders) {
                let spent = runtime.block_on(turn(contender, &asked))?;
                let micros = |time: Duration| time.as_nanos() as f64 / 1_000.0 / hits as f64;
                report::add(&mut wall, contender, micros(spent.wall));
                report::add(&mut cpu, contender, micros(spent.cpu));
            }
        }
        figures.extend([wall, cpu]);
    }
    Ok(figures)
}

struct Spent {
    wall: Duration,
    cpu: Duration,
}

async fn turn(contender: &Contender, asked: &[Arc<Vec<u64>>]) -> Result<Spent> {
    let (loads, used, begun) = (contender.db.loads(), cpu_time()?, Instant::now());
    let mut tasks = JoinSet::new();
    for ids in asked {
        let (cache, ids) = (Arc::clone(&contender.cache), Arc::clone(ids));
        tasks.spawn(async move { cache.users(&ids).await });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let spent = Spent { wall: begun.elapsed(), cpu: cpu_time()? - used };
    no_loads(contender, loads)?;
    Ok(spent)
}
