//! Hits in Redis: what ours adds to a hand-written GET and the same decoding.

mod bars;
mod latency;
mod many;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use two_tier_cache_figures::{Figure, Part, Role};
use two_tier_cache_test_servers::RedisServer;

use crate::contenders::Contender;
use crate::machine;
use crate::options::Options;
use crate::report;
use crate::workload::KEYS;

pub fn run(options: &Options) -> Result<ExitCode> {
    let server = RedisServer::start();
    let rounds = options.rounds(5, 15);
    let alone = latency::measure(&server, options, rounds)?;
    let many = many::measure(&server, options, rounds)?;
    let figures: Vec<Figure> = alone.into_iter().chain(many).collect();
    let part = Part {
        name: "redis".to_owned(),
        title: "Hits in Redis".to_owned(),
        about: "Nothing is kept in the process: each call finds a profile of 286 bytes (postcard; \
                bincode with `multi-tier-cache` and `hitbox`, JSON with `cached`) in a Redis on the \
                same machine. The floor is a GET and the same decoding on one connection with \
                `TCP_NODELAY`. With one task, client and server share a core: on two, the figure is \
                how deep they sleep. Allocations are those of the whole client."
            .to_owned(),
        machine: format!("{}; {rounds} rounds", machine::described()),
        bars: bars::of(&figures),
        figures,
    };
    report::end(&part, options)
}

/// Has everybody store everything, and find it.
async fn warm(contenders: &[Contender]) -> Result<()> {
    let all: Vec<u64> = (0..KEYS).collect();
    for contender in contenders {
        contender.cache.users(&all).await?;
        let loads = contender.db.loads();
        let sum = contender.cache.users(&all).await?;
        ensure!(sum == all.iter().sum::<u64>(), "{} gave other values", contender.name);
        ensure!(contender.db.loads() == loads, "{} does not keep what it loads", contender.name);
    }
    Ok(())
}

/// Nobody loads what is there. `multi-tier-cache` does now and then where many call at once, which
/// makes it slower; it is told, and no reason to measure nothing.
fn no_loads(contender: &Contender, before: u64) -> Result<()> {
    let loads = contender.db.loads() - before;
    if contender.role == Role::Peer && loads > 0 {
        eprintln!("{} loaded {loads} times what it had", contender.name);
        return Ok(());
    }
    ensure!(loads == 0, "{} loaded {loads} times what it had", contender.name);
    Ok(())
}
