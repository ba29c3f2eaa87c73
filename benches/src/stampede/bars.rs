//! Where the bar stands for a stampede.

use two_tier_cache_figures::{Bar, Figure, Role, Row};

/// Times the load itself.
const MOST: f64 = 1.3;

pub fn of(figures: &[Figure]) -> Vec<Bar> {
    let ours = |figure: &Figure| -> Vec<String> {
        let ours = figure.rows.iter().filter(|row| row.role == Role::Ours);
        ours.map(|row| row.contender.clone()).collect()
    };
    // The loads and the wall time of the same.
    let pairs = figures.chunks_exact(2);
    let bars = pairs.flat_map(|pair| {
        ours(&pair[0]).into_iter().filter_map(|name| bar(&pair[0], &pair[1], &name))
    });
    bars.collect()
}

fn bar(loads: &Figure, wall: &Figure, name: &str) -> Option<Bar> {
    let (own, took) = (loads.row(name)?.spread()?, wall.row(name)?.spread()?);
    let most = super::LOAD.as_secs_f64() * 1_000.0 * MOST;
    let peers = loads.rows.iter().filter(|row| row.role == Role::Peer);
    let least =
        peers.filter_map(Row::spread).map(|spread| spread.max).fold(f64::INFINITY, f64::min);
    let place = loads.title.split(',').next().unwrap_or_default();
    Some(Bar {
        property: format!("1000 callers on a cold key, {place}: {name}"),
        floor: format!("1 load, {} ms", super::LOAD.as_millis()),
        best_peer: format!("{least} loads"),
        ours: format!("{} loads at most, {took} ms", own.max),
        bar: format!("1 load, ≤ {MOST} × its time"),
        met: own.max <= 1.0 && took.median <= most,
    })
}
