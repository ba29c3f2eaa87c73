//! Where the bar stands for a hit in the process.

use two_tier_cache_figures::{Bar, Figure, Role, Row};

use super::BASE;

/// Times what a `quick_cache` alone takes.
const MOST: f64 = 1.8;

/// For each of ours.
pub fn of(figures: &[Figure]) -> Vec<Bar> {
    figures.iter().flat_map(bars).collect()
}

pub fn bars(figure: &Figure) -> Vec<Bar> {
    let ours = figure.rows.iter().filter(|row| row.role == Role::Ours);
    let bar = |row: &Row| match figure.base {
        Some(_) => speed(figure, row),
        None => allocations(figure, row),
    };
    ours.filter_map(bar).collect()
}

/// Ahead of every peer; with the plain key, not far from what it stores in either.
fn speed(figure: &Figure, ours: &Row) -> Option<Bar> {
    let median = |name| Some(figure.row(name)?.spread()?.median);
    let (base, peer) = (median(BASE)?, figure.best_peer()?);
    let ratio = figure.ratio(&ours.contender, BASE)?;
    // A text in the key has to be escaped and compared, which a store of one's own need not.
    let plain = figure.title.contains("`u64` key");
    let ahead = "ahead of every peer".to_owned();
    Some(Bar {
        property: property(figure, ours),
        floor: format!("papaya {:.0} ns; {BASE}, no TTL, {base:.0} ns", median("papaya")?),
        best_peer: format!("{} {:.0} ns", peer.contender, peer.spread()?.median),
        ours: format!("{:.0} ns; {ratio} × {BASE}", ours.spread()?.median),
        bar: if plain { format!("≤ {MOST} × {BASE}, {ahead}") } else { ahead },
        met: (ratio.median <= MOST || !plain) && figure.is_ahead(&ours.contender),
    })
}

fn allocations(figure: &Figure, ours: &Row) -> Option<Bar> {
    let own = ours.spread()?.median;
    let peers = figure.rows.iter().filter(|row| row.role == Role::Peer);
    let least = peers.filter_map(Row::spread).map(|spread| spread.median);
    Some(Bar {
        property: property(figure, ours),
        floor: "0".to_owned(),
        best_peer: format!("{:.2}", least.fold(f64::INFINITY, f64::min)),
        ours: format!("{own:.2}"),
        bar: "0".to_owned(),
        met: own < 0.005,
    })
}

fn property(figure: &Figure, ours: &Row) -> String {
    format!("in-process hit, {}: {}", figure.title, ours.contender)
}
