//! The table as samples, and where the bars stand.

use std::time::Duration;

use two_tier_cache_figures::{Bar, Figure, Part, Role};

use super::table::{Figures, Rounds};
use crate::machine;

const OURS: &str = "two-tier-cache";
const AT_ONCE: Duration = Duration::from_millis(1);
/// All commands of one call, at most.
const REDIS_BUDGET: Duration = Duration::from_millis(100);
const BACK: Duration = Duration::from_millis(500);

pub fn part(rows: &[Rounds], outage: Duration, rounds: usize) -> Part {
    let mut faults: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    faults.dedup();
    let figure = |fault: &str, what: &str, of: fn(&Figures) -> Duration| {
        let mut figure =
            Figure::new(&format!("Redis {}: {what}", fault.to_lowercase()), "ms", None);
        for (_, name, rounds) in rows.iter().filter(|row| row.0 == fault) {
            let role = if *name == OURS { Role::Ours } else { Role::Peer };
            // An error at once is no value.
            let answered = |round: &Figures| round.unknown.errors() == 0;
            let sample = |round| if answered(round) { millis(of(round)) } else { f64::NAN };
            rounds.iter().for_each(|round| figure.add(name, role, sample(round)));
        }
        figure
    };
    let figures = faults.iter().flat_map(|fault| {
        [
            figure(fault, "unknown keys, p50", |round| round.unknown.p50),
            figure(fault, "unknown keys, max", |round| round.unknown.max),
        ]
    });
    Part {
        name: "faults".to_owned(),
        title: "Redis killed and hung".to_owned(),
        about: "Calls on unknown keys while Redis is away; who fails them has no figure."
            .to_owned(),
        machine: format!("{}; an outage of {outage:?}, {rounds} rounds", machine::described()),
        figures: figures.collect(),
        bars: faults.iter().filter_map(|fault| bars(fault, rows)).flatten().collect(),
    }
}

/// Of each: how soon unknown keys have the database's value, and how soon Redis is used again.
fn bars(fault: &str, rows: &[Rounds]) -> Option<[Bar; 2]> {
    let of = |row: &&Rounds| row.0 == fault;
    let ours = &rows.iter().filter(of).find(|row| row.1 == OURS)?.2;
    let peers = rows.iter().filter(of).filter(|row| row.1 != OURS);
    let answering = peers.clone().filter(|row| row.2.iter().all(|round| round.errors() == 0));
    let best = answering.min_by_key(|row| worst(&row.2, |round| round.unknown.p50));
    let (p50, max) =
        (worst(ours, |round| round.unknown.p50), worst(ours, |round| round.unknown.max));
    let errors: usize = ours.iter().map(Figures::errors).sum();
    let local = ours.iter().all(|round| round.local);
    let back = |rounds: &[Figures]| worst(rounds, |round| round.back.unwrap_or(Duration::MAX));
    let soonest = peers.min_by_key(|row| back(&row.2));
    let word = fault.to_lowercase();
    Some([
        Bar {
            property: format!(
                "Redis {word}, unknown keys: time to the database's value, p50 / max"
            ),
            floor: "0".to_owned(),
            best_peer: best.map_or_else(
                || "errors for everybody".to_owned(),
                |row| format!("{}: {}", row.1, both(&row.2)),
            ),
            ours: format!("{}, {errors} errors", both(ours)),
            bar: "< 1 ms / ≤ 100 ms (`redis_budget`), no errors, kept in the process".to_owned(),
            met: p50 < AT_ONCE && max <= REDIS_BUDGET && errors == 0 && local,
        },
        Bar {
            property: format!("Redis {word}: time until it is used again"),
            floor: "0".to_owned(),
            best_peer: soonest
                .map_or_else(String::new, |row| format!("{}: {}", row.1, shown(back(&row.2)))),
            ours: shown(back(ours)),
            bar: "≤ 500 ms".to_owned(),
            met: back(ours) <= BACK,
        },
    ])
}

fn both(rounds: &[Figures]) -> String {
    let p50 = worst(rounds, |round| round.unknown.p50);
    let max = worst(rounds, |round| round.unknown.max);
    format!("{} / {}", shown(p50), shown(max))
}

/// Of all rounds.
fn worst(rounds: &[Figures], of: impl Fn(&Figures) -> Duration) -> Duration {
    rounds.iter().map(of).max().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn shown(time: Duration) -> String {
    match millis(time) {
        _ if time == Duration::MAX => "never".to_owned(),
        millis if millis < 10.0 => format!("{millis:.2} ms"),
        millis => format!("{millis:.0} ms"),
    }
}
