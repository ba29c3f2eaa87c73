//! Hits in the process, one task: how long, and how many allocations.

mod bars;

pub use self::bars::bars;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::runtime::{Builder, Runtime};
use two_tier_cache_figures::{Figure, Part};
use two_tier_cache_test_servers::RedisServer;

use crate::contenders::{self, Contender, NEAR};
use crate::machine;
use crate::options::Options;
use crate::report;
use crate::rounds::order;
use crate::workload::{KEYS, Member, Spread};

/// The peer that ours is measured against: it is what ours stores in, and it has no time to live.
pub const BASE: &str = "quick_cache";

/// What a turn asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    User,
    Member,
}

/// Another few of the same kind, made beforehand.
struct Asked {
    users: Vec<u64>,
    members: Vec<Member>,
    /// Of the ids, which is what the values must add up to.
    sum: u64,
}

impl Asked {
    fn new(spread: Spread, count: usize) -> Self {
        let users = spread.ids(count, 1);
        let members = users.iter().map(|id| Member::of(*id)).collect();
        let sum = users.iter().sum();
        Self { users, members, sum }
    }

    async fn ask(&self, key: Key, contender: &Contender) -> Result<()> {
        let sum = match key {
            Key::User => contender.cache.users(&self.users).await?,
            Key::Member => contender.cache.members(&self.members).await?,
        };
        ensure!(sum == self.sum, "{} gave other values than it was asked for", contender.name);
        Ok(())
    }
}

pub fn run(options: &Options) -> Result<ExitCode> {
    let (server, runtime) =
        (RedisServer::start(), Builder::new_current_thread().enable_all().build()?);
    let contenders = runtime.block_on(contenders::make(NEAR, &options.only, &server.url()))?;
    let rounds = options.rounds(5, 15);
    let turn = Duration::from_millis(if options.quick { 25 } else { 60 });
    let mut figures = Vec::new();
    for (key, key_name) in [(Key::User, "`u64` key"), (Key::Member, "`(&str, u64)` key")] {
        runtime.block_on(warm(&contenders, key))?;
        for (spread, name) in [(Spread::Hot, "one hot key"), (Spread::Zipf, "zipf 0.99 over 10k")] {
            let mut figure = Figure::new(&format!("{key_name}, {name}"), "ns", Some(BASE));
            let asked = Asked::new(spread, 16_384);
            for round in 0..rounds {
                for contender in order(round, &contenders) {
                    let nanos = runtime.block_on(time(contender, key, &asked, turn))?;
                    report::add(&mut figure, contender, nanos);
                }
            }
            eprintln!("measured: {}", figure.title);
            figures.push(figure);
        }
        figures.push(allocations(&runtime, &contenders, key, key_name)?);
    }
    let part = Part {
        name: "hits".to_owned(),
        title: "Hits in the process".to_owned(),
        about: "One task calls a cached function whose value is there: `Arc<Profile>`, or what the \
                contender gives instead (`hitbox` and `multi-tier-cache` decode a `Profile`, `foyer` \
                gives a handle). The maps, `quick_cache` and `foyer` have no time to live, so they \
                read no clock; nobody loads while it is timed."
            .to_owned(),
        machine: format!("{}; {rounds} rounds of {} ms", machine::described(), turn.as_millis()),
        bars: bars::of(&figures),
        figures,
    };
    report::end(&part, options)
}

/// Has everybody load everything.
async fn warm(contenders: &[Contender], key: Key) -> Result<()> {
    let all: Vec<u64> = (0..KEYS).collect();
    let sum = all.iter().sum();
    let members = all.iter().map(|id| Member::of(*id)).collect();
    let all = Asked { users: all, members, sum };
    for contender in contenders {
        // Twice: a cache may decide later what it keeps.
        all.ask(key, contender).await?;
        all.ask(key, contender).await?;
    }
    Ok(())
}

/// Nanoseconds for a hit, over as many portions as fit.
async fn time(contender: &Contender, key: Key, asked: &Asked, turn: Duration) -> Result<f64> {
    // What another contender has thrown out of the CPU's caches comes back.
    asked.ask(key, contender).await?;
    let (loads, begun, mut portions) = (contender.db.loads(), Instant::now(), 0.0);
    while begun.elapsed() < turn {
        asked.ask(key, contender).await?;
        portions += 1.0;
    }
    let nanos = begun.elapsed().as_nanos() as f64;
    ensure!(contender.db.loads() == loads, "{} loaded what it had", contender.name);
    Ok(nanos / (portions * asked.users.len() as f64))
}

/// Allocations of a hit.
fn allocations(
    runtime: &Runtime,
    contenders: &[Contender],
    key: Key,
    key_name: &str,
) -> Result<Figure> {
    let mut figure = Figure::new(&format!("{key_name}, allocations"), "allocations a hit", None);
    let asked = Asked::new(Spread::Zipf, 16_384);
    for contender in contenders {
        let count = runtime.block_on(async {
            let before = machine::allocations();
            asked.ask(key, contender).await?;
            // One is the portion's own.
            anyhow::Ok(machine::allocations() - before - 1)
        })?;
        report::add(&mut figure, contender, count as f64 / asked.users.len() as f64);
    }
    Ok(figure)
}
