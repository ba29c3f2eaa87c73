//! A thousand callers on a key that nobody has: how many load it, and how long all wait.

mod bars;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use two_tier_cache_figures::{Figure, Part, Role};
use two_tier_cache_test_servers::RedisServer;

use crate::contenders::{self, Contender, Entrant, NEAR, ON_REDIS};
use crate::machine;
use crate::options::Options;
use crate::processes::Child;
use crate::report;
use crate::rounds::order;

const CALLERS: usize = 1_000;
const PROCESSES: usize = 4;
const LOAD: Duration = Duration::from_millis(20);

pub fn run(options: &Options) -> Result<ExitCode> {
    let server = RedisServer::start();
    let rounds = options.rounds(3, 7);
    let mut figures = in_one_process(&server, options, rounds)?;
    figures.extend(in_many_processes(&server, options, rounds)?);
    let part = Part {
        name: "stampede".to_owned(),
        title: "Many callers on a cold key".to_owned(),
        about: format!(
            "{CALLERS} callers ask at once for a key that is nowhere; a load takes {} ms. Then the \
             same from {PROCESSES} processes with {} callers each, on one Redis.",
            LOAD.as_millis(),
            CALLERS / PROCESSES
        ),
        machine: format!("{}; {rounds} rounds", machine::described()),
        bars: bars::of(&figures),
        figures,
    };
    report::end(&part, options)
}

/// So many callers of one key.
pub async fn callers(contender: &Contender, id: u64, count: usize) -> Result<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let cache = Arc::clone(&contender.cache);
        tasks.spawn(async move { cache.version(id).await });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

fn in_one_process(server: &RedisServer, options: &Options, rounds: usize) -> Result<Vec<Figure>> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let entrants: Vec<Entrant> = NEAR.iter().chain(ON_REDIS).copied().filter(stampedes).collect();
    let url = server.url();
    let contenders = contenders::make(&entrants, &options.only, &url);
    let contenders = runtime.block_on(contenders)?;
    let mut loads = Figure::new("1 process, loads", "loads", None);
    let mut wall = Figure::new("1 process, until all have their value", "ms", None);
    for contender in &contenders {
        // Its connections, its threads, its memory.
        runtime.block_on(callers(contender, 999_999, 10))?;
        contender.db.set_delay(LOAD);
    }
    for round in 0..rounds {
        let id = 1_000_000 + round as u64;
        for contender in order(round, &contenders) {
            let (before, begun) = (contender.db.loads(), Instant::now());
            runtime.block_on(callers(contender, id, CALLERS))?;
            report::add(&mut wall, contender, begun.elapsed().as_secs_f64() * 1_000.0);
            report::add(&mut loads, contender, (contender.db.loads() - before) as f64);
        }
    }
    Ok(vec![loads, wall])
}

/// A frozen map loads nothing.
fn stampedes(entrant: &Entrant) -> bool {
    entrant.name != "HashMap, frozen"
}

/// Those that use Redis for more than hits of their own.
pub fn shares(entrant: &Entrant) -> bool {
    ON_REDIS.iter().any(|other| other.name == entrant.name)
        || entrant.name.starts_with("multi-tier-cache")
        || entrant.name.starts_with("by hand")
        || entrant.name == "two-tier-cache, near"
}

fn in_many_processes(
    server: &RedisServer,
    options: &Options,
    rounds: usize,
) -> Result<Vec<Figure>> {
    let title = |of: &str| format!("{PROCESSES} processes, {of}");
    let mut loads = Figure::new(&title("loads in all"), "loads", None);
    let mut wall = Figure::new(&title("until the slowest has its values"), "ms", None);
    let entrants: Vec<&Entrant> = NEAR
        .iter()
        .chain(ON_REDIS)
        .filter(|entrant| shares(entrant) && entrant.name.contains(&options.only))
        .collect();
    let mut services = Vec::new();
    for entrant in &entrants {
        services.push(Service::start(entrant, &server.url())?);
    }
    for round in 0..rounds {
        for place in 0..services.len() {
            let service = &mut services[(round + place) % entrants.len()];
            let (all, slowest) = service.stampede(2_000_000 + round as u64)?;
            loads.add(service.name, service.role, all);
            wall.add(service.name, service.role, slowest);
        }
    }
    Ok(vec![loads, wall])
}

/// A service in several processes.
struct Service {
    name: &'static str,
    role: Role,
    processes: Vec<Child>,
}

impl Service {
    fn start(entrant: &Entrant, url: &str) -> Result<Self> {
        let started = (0..PROCESSES).map(|_| Child::start(entrant.name, url));
        let mut processes: Vec<Child> = started.collect::<Result<_>>()?;
        for (at, child) in processes.iter_mut().enumerate() {
            child.ask(&format!("stampede {} 10", 999_000 + at))?;
            child.ask(&format!("delay {}", LOAD.as_millis()))?;
        }
        Ok(Self { name: entrant.name, role: entrant.role, processes })
    }

    /// Loads of all, and milliseconds of the slowest.
    fn stampede(&mut self, id: u64) -> Result<(f64, f64)> {
        for child in &mut self.processes {
            child.tell(&format!("stampede {id} {}", CALLERS / PROCESSES))?;
        }
        let (mut all, mut slowest) = (0.0, 0.0_f64);
        for child in &mut self.processes {
            let answer = child.answer()?;
            let (loads, micros) = answer.split_once(' ').context("two numbers")?;
            all += loads.parse::<f64>()?;
            slowest = slowest.max(micros.parse::<f64>()? / 1_000.0);
        }
        Ok((all, slowest))
    }
}
