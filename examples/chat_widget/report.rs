//! What the cache did: hit rates per function and the time it saved.

use std::time::Duration;

use two_tier_cache::{FunctionStats, Stats};

/// Prints a line per function and the sum of the time saved.
pub(crate) fn print(stats: &Stats) {
    println!(
        "\n{:<14} {:<22} {:>8} {:>7} {:>7} {:>12} {:>9} {:>11}",
        "prefix", "function", "hits", "misses", "loads", "invalidated", "hit rate", "time saved"
    );
    for function in &stats.functions {
        print_line(function);
    }
    let saved: Duration = stats.functions.iter().map(FunctionStats::time_saved).sum();
    println!("time saved: {saved:.1?}, which is hits times the average load, added up over all");
    println!("callers, many of whom would have waited at the same time");
}

fn print_line(stats: &FunctionStats) {
    println!(
        "{:<14} {:<22} {:>8} {:>7} {:>7} {:>12} {:>9} {:>11}",
        stats.prefix,
        stats.name(),
        stats.hits,
        stats.misses,
        stats.loads,
        stats.invalidations,
        stats.hit_rate().map_or_else(|| "-".to_owned(), |rate| format!("{:.1} %", rate * 100.0)),
        format!("{:.1?}", stats.time_saved()),
    );
}
