//! A row is written and invalidated while the older one is on its way into the cache. Who serves
//! the older one afterwards?

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Builder;
use tokio::time::sleep;
use two_tier_cache_figures::{Bar, Figure, Part, Role, Row};
use two_tier_cache_test_servers::RedisServer;

use crate::contenders::{self, Contender, Entrant, NEAR, ON_REDIS};
use crate::machine;
use crate::options::Options;
use crate::processes::Child;
use crate::report;
use crate::rounds::order;
use crate::stampede::shares;

const LOAD: Duration = Duration::from_millis(50);
/// From its start to the write.
const WRITE: Duration = Duration::from_millis(15);
/// Until everything on its way has arrived.
const SETTLED: Duration = Duration::from_millis(100);

pub fn run(options: &Options) -> Result<ExitCode> {
    let server = RedisServer::start();
    let rounds = options.rounds(2, 5);
    let mut figures = in_one_process(&server, options, rounds)?;
    figures.extend(in_two_processes(&server, options, rounds)?);
    let part = Part {
        name: "freshness".to_owned(),
        title: "A write during a load".to_owned(),
        about:
            "A load reads the row and takes 50 ms to bring it. After 15 ms the row is written, and \
                its key invalidated as the contender does that. Then it is read: at once, or when \
                all has settled. 1 is a stale answer, 0 a fresh one, and the median is shown."
                .to_owned(),
        machine: format!("{}; {rounds} rounds", machine::described()),
        bars: figures.iter().flat_map(|figure| bars(figure, rounds)).collect(),
        figures,
    };
    report::end(&part, options)
}

fn has_invalidation(entrant: &Entrant) -> bool {
    entrant.name != "HashMap, frozen"
}

fn stale(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

fn in_one_process(server: &RedisServer, options: &Options, rounds: usize) -> Result<Vec<Figure>> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let entrants = NEAR.iter().chain(ON_REDIS).copied().filter(has_invalidation);
    let entrants: Vec<Entrant> = entrants.collect();
    let url = server.url();
    let contenders = contenders::make(&entrants, &options.only, &url);
    let contenders = runtime.block_on(contenders)?;
    let mut at_once = Figure::new("The same process, read at once", "stale", None);
    let mut later = Figure::new("The same process, read later", "stale", None);
    for round in 0..rounds {
        for contender in order(round, &contenders) {
            // A race for each: a read at once may mend what a later one would find.
            let id = 5_000_000 + 2 * round as u64;
            let first = runtime.block_on(race(contender, id, Read::AtOnce))?;
            report::add(&mut at_once, contender, stale(first));
            let second = runtime.block_on(race(contender, id + 1, Read::Later))?;
            report::add(&mut later, contender, stale(second));
        }
    }
    Ok(vec![at_once, later])
}

/// When the row is read after its write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// The load is still under way.
    AtOnce,
    Later,
}

/// Whether the read is stale.
async fn race(contender: &Contender, id: u64, read: Read) -> Result<bool> {
    let Contender { name, db, cache, .. } = contender;
    db.set_delay(LOAD);
    let old = tokio::spawn({
        let cache = Arc::clone(cache);
        async move { cache.version(id).await }
    });
    sleep(WRITE).await;
    let written = db.version() + 1;
    db.set_version(written);
    cache.forget(id).await.with_context(|| format!("{name} cannot invalidate"))?;
    if read == Read::Later {
        sleep(LOAD + SETTLED).await;
    }
    let found = cache.version(id).await?;
    old.await??;
    Ok(found < written)
}

fn in_two_processes(server: &RedisServer, options: &Options, rounds: usize) -> Result<Vec<Figure>> {
    let mut loader =
        Figure::new("Written by another process, read where it was loaded", "stale", None);
    let mut writer =
        Figure::new("Written by another process, read where it was written", "stale", None);
    for entrant in NEAR.iter().chain(ON_REDIS).filter(|entrant| shares(entrant)) {
        if !entrant.name.contains(&options.only) {
            continue;
        }
        let url = server.url();
        let mut pair = [Child::start(entrant.name, &url)?, Child::start(entrant.name, &url)?];
        for child in &mut pair {
            child.ask(&format!("delay {}", LOAD.as_millis()))?;
        }
        for round in 0..rounds {
            let [own, other] = race_of_two(&mut pair, 6_000_000 + round, round + 1)?;
            loader.add(entrant.name, entrant.role, stale(own));
            writer.add(entrant.name, entrant.role, stale(other));
        }
    }
    Ok(vec![loader, writer])
}

/// Whether each process reads a stale row in the end.
fn race_of_two(pair: &mut [Child; 2], id: usize, version: usize) -> Result<[bool; 2]> {
    let [loader, writer] = pair;
    loader.ask(&format!("begin {id}"))?;
    std::thread::sleep(WRITE);
    for child in [&mut *loader, &mut *writer] {
        child.ask(&format!("write {version}"))?;
    }
    writer.ask(&format!("forget {id}"))?;
    loader.ask("end")?;
    std::thread::sleep(SETTLED);
    let is_stale = |child: &mut Child| -> Result<bool> {
        Ok(child.ask(&format!("read {id}"))?.parse::<usize>()? < version)
    };
    Ok([is_stale(loader)?, is_stale(writer)?])
}

/// No answer of ours may be stale.
fn bars(figure: &Figure, rounds: usize) -> Vec<Bar> {
    let count = |row: &Row| row.samples.iter().sum::<f64>();
    let peers = figure.rows.iter().filter(|row| row.role == Role::Peer);
    let least = peers.min_by(|one, other| count(one).total_cmp(&count(other)));
    let best = least.map_or_else(String::new, |row| {
        format!("{} {}/{}", row.contender, count(row), row.samples.len())
    });
    let ours = figure.rows.iter().filter(|row| row.role == Role::Ours);
    let bar = |row: &Row| Bar {
        property: format!("{}: {}", figure.title, row.contender),
        floor: "fresh".to_owned(),
        best_peer: format!("{best} stale"),
        ours: format!("{}/{rounds} stale", count(row)),
        bar: "fresh, always".to_owned(),
        met: count(row) == 0.0 && !row.samples.is_empty(),
    };
    ours.map(bar).collect()
}
