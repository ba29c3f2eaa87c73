//! Where the bar stands for a hit in Redis.

use two_tier_cache_figures::{Bar, Figure};

use crate::contenders::{ON_REDIS_OURS as OURS, RAW};

/// Times what a hand-written GET takes.
const MOST: f64 = 1.05;
/// More allocations than it.
const ALLOCATIONS: f64 = 2.0;

pub fn of(figures: &[Figure]) -> Vec<Bar> {
    let bars = figures.iter().filter_map(|figure| match figure.title.as_str() {
        // It shows the tail, which is the machine's.
        "1 task, p99" => None,
        "1 task, allocations" => allocations(figure),
        _ => speed(figure),
    });
    bars.collect()
}

fn speed(figure: &Figure) -> Option<Bar> {
    let (ours, peer) = (figure.ratio(OURS, RAW)?, figure.best_peer()?);
    Some(Bar {
        property: format!("Redis hit: {}", figure.title),
        floor: format!("{:.2} µs", figure.row(RAW)?.spread()?.median),
        best_peer: format!("{} {:.2}", peer.contender, figure.ratio(&peer.contender, RAW)?.median),
        ours: format!("{:.3} ({:.2}..{:.2})", ours.median, ours.min, ours.max),
        bar: format!("≤ {MOST}"),
        met: ours.median <= MOST,
    })
}

fn allocations(figure: &Figure) -> Option<Bar> {
    let median = |name| figure.row(name)?.spread().map(|spread| spread.median);
    let (ours, floor, peer) = (median(OURS)?, median(RAW)?, figure.best_peer()?);
    Some(Bar {
        property: format!("Redis hit: {}", figure.title),
        floor: format!("{floor:.1}"),
        best_peer: format!("{} {:.1}", peer.contender, peer.spread()?.median),
        ours: format!("{ours:.1}"),
        bar: format!("≤ {ALLOCATIONS} more than the floor"),
        met: ours - floor <= ALLOCATIONS + 0.05,
    })
}
