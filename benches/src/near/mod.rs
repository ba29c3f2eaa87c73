//! How old a value is that the near tier serves: from when an invalidation of another process is
//! acknowledged, until a read finds the new row. On a good day, with the server frozen, with the line
//! black or of one half, and across reconnects.

mod bars;
mod pair;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use tokio::runtime::Builder;
use tokio::time::sleep;
use two_tier_cache_figures::{Figure, Part, Role};

use self::pair::Pair;
use crate::machine;
use crate::options::Options;
use crate::report;

/// The bound that is documented, here and by default.
const MAX_LAG: Duration = Duration::from_secs(1);
/// What is between the writer and the reader.
const TROUBLES: [(&str, Trouble); 5] = [
    ("normal load", Trouble::None),
    ("server frozen", Trouble::Frozen),
    ("line black", Trouble::Black),
    ("replies lost", Trouble::NoReplies),
    ("line cut, back in 300 ms", Trouble::Cut),
];
const AWAY: Duration = Duration::from_millis(300);

/// What happens just before a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    /// No invalidation can be acknowledged: it counts from the commit.
    Frozen,
    Black,
    NoReplies,
    Cut,
}

pub fn run(options: &Options) -> Result<ExitCode> {
    // One for the reads that are watched.
    let runtime = Builder::new_multi_thread().worker_threads(3).enable_all().build()?;
    let mut figure =
        Figure::new("From the invalidation to the last read of the older row", "ms", None);
    let (writes, faults) = (options.rounds(100, 1_000), options.rounds(3, 20));
    runtime.block_on(async {
        for (name, trouble) in TROUBLES.into_iter().filter(|(name, _)| name.contains(&options.only))
        {
            let pair = Pair::new(MAX_LAG).await?;
            let rounds = if trouble == Trouble::None { writes } else { faults };
            for _ in 0..rounds {
                let stale = round(&pair, trouble).await?;
                figure.add(name, Role::Ours, stale.as_secs_f64() * 1_000.0);
            }
        }
        anyhow::Ok(())
    })?;
    let part = Part {
        name: "near".to_owned(),
        title: "How old a value near can be".to_owned(),
        about: "A process reads a row that it holds near, every 0.1 ms, and eight tasks of it read \
                others. Another writes the row and invalidates it. Shown is the time from the \
                acknowledgement to the beginning of the last read of the older row; with the server \
                frozen, where nothing is acknowledged, from the commit. `near_max_lag` is 1 s, as by default."
            .to_owned(),
        machine: format!("{}; {writes} writes, {faults} faults of each kind", machine::described()),
        bars: bars::bars(&figure, MAX_LAG),
        figures: vec![figure],
    };
    report::end(&part, options)
}

/// One write, and how long its older row was served.
async fn round(pair: &Pair, trouble: Trouble) -> Result<Duration> {
    pair.is_near().await?;
    match trouble {
        Trouble::None => {}
        Trouble::Frozen => pair.server.pause(),
        Trouble::Black => pair.line.hold(),
        Trouble::NoReplies => pair.line.hold_replies(),
        Trouble::Cut => {
            pair.line.refuse();
            pair.line.cut();
        }
    }
    let last = pair.watch();
    let written = pair.write(trouble != Trouble::Frozen).await?;
    if trouble == Trouble::Cut {
        sleep(AWAY).await;
        pair.line.pass();
    }
    let stale = last.await?.saturating_duration_since(written);
    match trouble {
        Trouble::Frozen => pair.server.resume(),
        _ => pair.line.pass(),
    }
    pair.settle().await?;
    Ok(stale)
}
