//! Redis is killed, or hangs, while calls go on: one each ten milliseconds, whether the last has ended or
//! not, on a key that nobody has asked for, on one that everybody has, and on one of the outage again.

mod bars;
mod contenders;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::{interval, sleep};
use two_tier_cache_test_servers::RedisServer;

use self::contenders::{CONTENDERS, Contender, Database, Make};
use self::table::{Figures, Table};
use crate::options::Options;
use crate::report;

const EVERY: Duration = Duration::from_millis(10);
const BEFORE: Duration = Duration::from_millis(700);
/// Who is not back by then is not back.
const PATIENCE: Duration = Duration::from_secs(5);
const WARM: u64 = 32;

/// What happens to Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Killed,
    Hung,
}

/// A call that has ended.
struct Ended {
    took: Duration,
    failed: bool,
}

pub fn run(options: &Options) -> Result<ExitCode> {
    let rounds = options.rounds(1, 3);
    let seconds = options.seconds.unwrap_or(if options.quick { 3 } else { 8 });
    let outage = Duration::from_secs(seconds);
    let mut table = Table::new(outage, rounds);
    for fault in [Fault::Killed, Fault::Hung] {
        // Each after the other, and all of them again: a neighbour of this machine disturbs all alike.
        for _ in 0..rounds {
            let chosen = |(name, _): &(&str, Make)| name.contains(&options.only);
            for (name, make) in CONTENDERS.into_iter().filter(chosen) {
                let figures = Runtime::new()?.block_on(round(make, fault, outage));
                table.add(&format!("{fault:?}"), name, figures.with_context(|| name)?);
            }
        }
    }
    println!("{table}");
    let part = table.part();
    if options.write {
        let pages = Path::new(report::PAGES);
        part.write_plot_and_samples(pages)?;
        std::fs::write(pages.join("faults.md"), table.page())?;
    }
    println!("{}", part.text());
    Ok(report::verdict(&part, options))
}

async fn round(make: Make, fault: Fault, outage: Duration) -> Result<Figures> {
    let (server, db) = (RedisServer::start(), Database::default());
    let contender = make(server.url(), db.clone()).await?;
    for id in 0..WARM {
        contender.call(id).await.map_err(anyhow::Error::msg)?;
    }
    let mut next = 1_000;
    let before = calls(&contender, BEFORE, |_| next_of(&mut next)).await;
    match fault {
        Fault::Killed => server.kill(),
        Fault::Hung => server.pause(),
    }
    let first = next;
    let mut kept = Vec::new();
    let unknown = tokio::join!(
        calls(&contender, outage, |_| next_of(&mut next)),
        calls(&contender, outage, |at| at % WARM),
    );
    // What was loaded a second into the outage, when whoever notices has noticed, asked for again.
    let loads = db.loads();
    for id in first + 100..first + 110 {
        let again = tokio::time::timeout(Duration::from_millis(200), contender.call(id)).await;
        kept.push(matches!(again, Ok(Ok(_))));
    }
    let again = db.loads() - loads;
    match fault {
        Fault::Killed => server.restart(),
        Fault::Hung => server.resume(),
    }
    let back = recovery(&contender, &server, &mut next).await;
    let after = calls(&contender, BEFORE, |_| next_of(&mut next)).await;
    let (unknown, warm) = (collect(unknown.0).await, collect(unknown.1).await);
    let local = kept.iter().all(|answered| *answered) && again == 0;
    Ok(Figures::new(&collect(before).await, &unknown, &warm, local, back, &collect(after).await))
}

fn next_of(next: &mut u64) -> u64 {
    *next += 1;
    *next
}

/// Starts a call each ten milliseconds.
async fn calls(
    contender: &Arc<dyn Contender>,
    time: Duration,
    mut id: impl FnMut(u64) -> u64,
) -> Vec<JoinHandle<Ended>> {
    let (mut ticks, began, mut calls) = (interval(EVERY), Instant::now(), Vec::new());
    while began.elapsed() < time {
        ticks.tick().await;
        let (contender, id) = (Arc::clone(contender), id(calls.len() as u64));
        calls.push(tokio::spawn(async move {
            let began = Instant::now();
            let failed = contender.call(id).await.is_err();
            Ended { took: began.elapsed(), failed }
        }));
    }
    calls
}

async fn collect(calls: Vec<JoinHandle<Ended>>) -> Vec<Ended> {
    let mut ended = Vec::new();
    for call in calls {
        ended.extend(call.await);
    }
    ended
}

/// How long it takes from the server's first answer to the first call whose row is stored there.
async fn recovery(
    contender: &Arc<dyn Contender>,
    server: &RedisServer,
    next: &mut u64,
) -> Option<Duration> {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        let stored = || server.command(&["DBSIZE"]).int();
        let before = stored();
        let id = next_of(next);
        let called = tokio::time::timeout(PATIENCE, contender.call(id)).await;
        if matches!(called, Ok(Ok(_))) && stored() > before {
            return Some(since.elapsed());
        }
        sleep(EVERY / 2).await;
    }
    None
}
