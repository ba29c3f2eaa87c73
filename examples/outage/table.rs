//! The numbers beside their bars.

use std::{fmt, time::Duration};

/// What one outage cost.
pub(crate) struct Round {
    calls: usize,
    errors: usize,
    p50: Duration,
    p99: Duration,
    max: Duration,
    recovery: Duration,
}

impl Round {
    /// `None` without a call.
    pub(crate) fn new(mut added: Vec<Duration>, errors: usize, recovery: Duration) -> Option<Self> {
        added.sort_unstable();
        let calls = added.len();
        let max = *added.last()?;
        Some(Self {
            calls,
            errors,
            p50: added[calls / 2],
            p99: added[calls * 99 / 100],
            max,
            recovery,
        })
    }
}

/// A row per kind of outage. Each cell is the least, the middle and the greatest of the rounds.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(String, [String; 6])>,
    over: Vec<String>,
}

impl Table {
    pub(crate) fn add(&mut self, name: String, rounds: &[Round]) {
        let count = |of: fn(&Round) -> usize| spread(rounds, of, usize::to_string);
        let time = |of: fn(&Round) -> Duration| spread(rounds, of, |&time| millis(time));
        let worst = |of: fn(&Round) -> Duration| rounds.iter().map(of).max().unwrap_or_default();
        for (what, is_over) in [
            ("errors", rounds.iter().any(|round| round.errors > 0)),
            ("p50", worst(|round| round.p50) >= Duration::from_millis(1)),
            ("max", worst(|round| round.max) > Duration::from_millis(100)),
            ("back on Redis", worst(|round| round.recovery) > Duration::from_millis(500)),
        ] {
            if is_over {
                self.over.push(format!("{name}: {what}"));
            }
        }
        let cells = [
            count(|round| round.calls),
            count(|round| round.errors),
            time(|round| round.p50),
            time(|round| round.p99),
            time(|round| round.max),
            time(|round| round.recovery),
        ];
        self.rows.push((name, cells));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["calls", "errors", "p50 added", "p99 added", "max added", "back on Redis"];
        let bars = ["", "0", "< 1 ms", "", "<= 100 ms", "<= 500 ms"];
        writeln!(f, "\nleast/middle/most of the rounds; times in ms, added to the query's own;")?;
        writeln!(f, "\"back on Redis\" is from its first answer to the first value it serves")?;
        row(f, "", head)?;
        row(f, "bar", bars)?;
        for (name, cells) in &self.rows {
            row(f, name, cells.each_ref().map(String::as_str))?;
        }
        match &self.over[..] {
            [] => write!(f, "every bar is met"),
            over => write!(f, "over the bar in at least one round: {}", over.join("; ")),
        }
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, cells: [&str; 6]) -> fmt::Result {
    let [calls, errors, p50, p99, max, recovery] = cells;
    writeln!(f, "{name:<25} {calls:>17} {errors:>8} {p50:>17} {p99:>17} {max:>17} {recovery:>14}")
}

fn spread<T: Ord>(rounds: &[Round], of: fn(&Round) -> T, show: fn(&T) -> String) -> String {
    let mut all: Vec<_> = rounds.iter().map(of).collect();
    all.sort_unstable();
    let picked = [all.first(), all.get(all.len() / 2), all.last()];
    picked.into_iter().flatten().map(show).collect::<Vec<_>>().join("/")
}

fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1_000.0;
    match millis {
        ..1.0 => format!("{millis:.3}"),
        ..100.0 => format!("{millis:.1}"),
        _ => format!("{millis:.0}"),
    }
}
