//! Never older than the documented bound.

use std::time::Duration;

use two_tier_cache_figures::{Bar, Figure, Row};

/// What one read, and the way of one message, may add.
const ONE_MESSAGE: Duration = Duration::from_millis(20);

pub fn bars(figure: &Figure, max_lag: Duration) -> Vec<Bar> {
    let most = (max_lag + ONE_MESSAGE).as_secs_f64() * 1_000.0;
    let bar = |row: &Row| {
        let mut samples = row.samples.clone();
        samples.sort_by(f64::total_cmp);
        let at = |part: f64| samples[(part * (samples.len() - 1) as f64).round() as usize];
        Bar {
            property: format!("age of a value near: {}", row.contender),
            floor: "0".to_owned(),
            best_peer: "until the TTL".to_owned(),
            ours: format!("p50 {:.2}, p99 {:.2}, max {:.2} ms", at(0.5), at(0.99), at(1.0)),
            bar: "`near_max_lag` (1 s) and one message".to_owned(),
            met: at(1.0) <= most,
        }
    };
    figure.rows.iter().map(bar).collect()
}
