//! Where the bar stands for a hit in the process.

use two_tier_cache_figures::{Bar, Figure, Role};

use super::BASE;

const OURS: &str = "two-tier-cache";
/// Times what a `quick_cache` alone takes.
const MOST: f64 = 1.8;

pub fn of(figures: &[Figure]) -> Vec<Bar> {
    let bars = figures.iter().filter_map(|figure| match figure.base {
        Some(_) => speed(figure),
        None => allocations(figure),
    });
    bars.collect()
}

/// Ahead of every peer; with the plain key, not far from what it stores in either.
pub fn speed(figure: &Figure) -> Option<Bar> {
    let median = |name| figure.row(name)?.spread().map(|spread| spread.median);
    let (ours, base) = (median(OURS)?, median(BASE)?);
    let ratio = figure.ratio(OURS, BASE)?;
    let peer = figure.best_peer()?;
    // A text in the key has to be escaped and compared, which a store of one's own need not.
    let plain = figure.title.contains("`u64` key");
    let bar = if plain {
        format!("≤ {MOST} × {BASE}, ahead of every peer")
    } else {
        "ahead of every peer".to_owned()
    };
    Some(Bar {
        property: format!("in-process hit: {}", figure.title),
        floor: format!("papaya {:.0} ns; {BASE}, no TTL, {base:.0} ns", median("papaya")?),
        best_peer: format!("{} {:.0} ns", peer.contender, peer.spread()?.median),
        ours: format!("{ours:.0} ns; {ratio} × {BASE}"),
        bar,
        met: (ratio.median <= MOST || !plain) && figure.is_ahead(OURS),
    })
}

fn allocations(figure: &Figure) -> Option<Bar> {
    let ours = figure.row(OURS)?.spread()?.median;
    let peers = figure.rows.iter().filter(|row| row.role == Role::Peer);
    let least = peers.filter_map(|row| row.spread()).map(|spread| spread.median);
    Some(Bar {
        property: format!("in-process hit: {}", figure.title),
        floor: "0".to_owned(),
        best_peer: format!("{:.2}", least.fold(f64::INFINITY, f64::min)),
        ours: format!("{ours:.2}"),
        bar: "0".to_owned(),
        met: ours < 0.005,
    })
}
