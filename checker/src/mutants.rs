//! Whether the checker finds each mistake that it is there for.

use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::arguments::Arguments;
use crate::report::Report;
use crate::round;

/// How long a round with a mutant takes, in seconds, and how many there are before it counts as not
/// found.
const SECONDS: u64 = 12;
const ROUNDS: u64 = 12;

/// The mistakes that can be switched on in the code, with the cache that has made each.
const MUTANTS: [(&str, &str); 21] = [
    ("token-per-process", "M1, rueidisaside: one token for all loads of a process"),
    ("stamp-after-load", "M2, bentocache: the right to fill is taken after the load"),
    ("fill-if-absent", "M3, IdentityCache: a fill needs no lease where nothing stands"),
    ("restamp-rejected-fill", "M7, HybridCache: what was rejected is stored all the same"),
    ("no-flush-on-reconnect", "M8, JetCache: what was kept in an outage is read after it"),
    ("blind-refresh", "M9, Rails: any fill may replace a value"),
    ("readers-clock", "M10: a reader's own clock decides whether a fence has run out"),
    ("invalidate-before-commit", "M13: the invalidation comes before the commit"),
    ("swallow-failed-invalidation", "M14, cashews: what failed is reported as applied"),
    ("join-older-flight", "a waiter shares a load that began before an invalidation"),
    ("take-rejected-fill", "a waiter takes what its leader was not let store"),
    ("replay-after-publish", "calls read what is queued before it is replayed"),
    ("insert-without-epoch", "a load fills the store of an outage that began after it"),
    ("first-writer-removes-fence", "the first of two writers ends the fence of both"),
    ("glob-removes-fence", "an invalidation or a glob ends the fences of writers"),
    ("no-fence", "fences are not placed"),
    ("dropped-write-forgets", "a write that is dropped or panics invalidates nothing"),
    ("codec-panics", "a panic of a codec is the caller's"),
    ("near-late-ticket", "M6, lettuce: what is under way is not marked before it is sent"),
    ("near-untracked-get", "M11: the server is not asked to tell of changes"),
    ("late-finish-does-nothing", "a write invalidates only while its fence stands"),
];

/// Plays each until it is found, and prints a table.
pub(crate) fn find(arguments: &Arguments) -> Result<ExitCode> {
    ensure!(
        cfg!(two_tier_cache_mutants),
        "there are no mutants in this build; run `cargo xtask mutants`"
    );
    println!("| mutant | mistake | found by | seed | reads until then |");
    println!("|---|---|---|--:|--:|");
    let mut survivors = 0;
    for (mutant, mistake) in MUTANTS {
        match found(arguments, mutant)? {
            Some(found) => println!("| `{mutant}` | {mistake} | {found} |"),
            None => {
                survivors += 1;
                println!("| `{mutant}` | {mistake} | **not found** | | |");
            }
        }
    }
    println!("\n{} of {} mutants found", MUTANTS.len() - survivors, MUTANTS.len());
    Ok(if survivors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How a mutant was found, as cells of the table.
fn found(arguments: &Arguments, mutant: &str) -> Result<Option<String>> {
    let mut reads = 0;
    for seed in (arguments.seed..).take(usize::try_from(ROUNDS)?) {
        let history = round::play(arguments.processes, seed, SECONDS, Some(mutant))?;
        let report = Report::of(&history);
        reads += report.reads();
        let mut rules: Vec<_> = report.violations.iter().map(|broken| broken.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        if let [first, ..] = rules[..] {
            return Ok(Some(format!("{first} | {seed} | {reads}")));
        }
    }
    Ok(None)
}
