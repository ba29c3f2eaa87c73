//! The figures.

use std::fmt;
use std::time::Duration;

use two_tier_cache_figures::Part;

use super::{Ended, bars};

/// A contender under a fault, round by round.
pub type Rounds = (String, &'static str, Vec<Figures>);

/// What one round came to.
#[derive(Debug, Clone)]
pub struct Figures {
    before: Latency,
    pub unknown: Latency,
    warm: Latency,
    /// Whether what was loaded in the outage is served by the process.
    pub local: bool,
    pub back: Option<Duration>,
    after: Latency,
}

#[derive(Debug, Clone, Copy)]
pub struct Latency {
    calls: usize,
    errors: usize,
    pub p50: Duration,
    pub max: Duration,
}

impl Latency {
    pub fn errors(&self) -> usize {
        self.errors
    }

    fn of(calls: &[Ended]) -> Self {
        let mut took: Vec<Duration> = calls.iter().map(|call| call.took).collect();
        took.sort_unstable();
        let at = |at: usize| took.get(at).copied().unwrap_or_default();
        Self {
            calls: calls.len(),
            errors: calls.iter().filter(|call| call.failed).count(),
            p50: at(took.len() / 2),
            max: at(took.len().saturating_sub(1)),
        }
    }
}

impl Figures {
    pub fn new(
        before: &[Ended],
        unknown: &[Ended],
        warm: &[Ended],
        local: bool,
        back: Option<Duration>,
        after: &[Ended],
    ) -> Self {
        let [before, unknown, warm, after] = [before, unknown, warm, after].map(Latency::of);
        Self { before, unknown, warm, local, back, after }
    }

    /// Calls that failed after the fault.
    pub fn errors(&self) -> usize {
        self.unknown.errors + self.warm.errors + self.after.errors
    }
}

/// All rounds.
pub struct Table {
    outage: Duration,
    rounds: usize,
    rows: Vec<Rounds>,
}

impl Table {
    pub fn new(outage: Duration, rounds: usize) -> Self {
        Self { outage, rounds, rows: Vec::new() }
    }

    pub fn add(&mut self, fault: &str, name: &'static str, figures: Figures) {
        let known = self.rows.iter().position(|row| row.0 == fault && row.1 == name);
        let at = known.unwrap_or_else(|| {
            self.rows.push((fault.to_owned(), name, Vec::new()));
            self.rows.len() - 1
        });
        eprintln!("{fault}, {name}: {:?}", figures.unknown);
        self.rows[at].2.push(figures);
    }

    /// The table as a page of the documentation.
    pub fn page(&self) -> String {
        format!(
            "# Redis killed and hung\n\n`cargo xtask bench faults` writes this page. A call starts every \
             10 ms, whether the last has ended or not; the database answers at once. Every contender is \
             used as its documentation says, with its defaults, on a Redis of its own, one after the \
             other, in one run.\n\n![Redis killed and hung](faults.svg)\n\n{self}\n{}",
            self.part().text()
        )
    }

    /// The same as samples, a plot and the bars.
    pub fn part(&self) -> Part {
        bars::part(&self.rows, self.outage, self.rounds)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "An outage of {:?}, {} rounds; least / middle / most. Times in ms. *Unknown* keys are new, \
             *warm* ones were read before. *Back* is from the server's first answer to the first call \
             whose row is stored there. *Local*: what was loaded a second into the outage is not loaded again.\n",
            self.outage, self.rounds
        )?;
        writeln!(
            f,
            "| Redis | contender | before, p50 | unknown, p50 | unknown, max | errors | warm, p50 | \
             errors | local | back | errors after |"
        )?;
        writeln!(f, "|---|---|--:|--:|--:|--:|--:|--:|---|--:|--:|")?;
        for (fault, name, rounds) in &self.rows {
            let time = |of: fn(&Figures) -> Duration| spread(rounds, |round| Some(of(round)));
            let errors = |of: fn(&Figures) -> Latency| share(rounds, of);
            let local = rounds.iter().filter(|round| round.local).count();
            writeln!(
                f,
                "| {} | {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                fault.to_lowercase(),
                time(|round| round.before.p50),
                time(|round| round.unknown.p50),
                time(|round| round.unknown.max),
                errors(|round| round.unknown),
                time(|round| round.warm.p50),
                errors(|round| round.warm),
                if local == rounds.len() { "yes" } else { "no" },
                spread(rounds, |round| round.back),
                errors(|round| round.after),
            )?;
        }
        Ok(())
    }
}

/// The part of calls that failed, in the worst round.
fn share(rounds: &[Figures], of: fn(&Figures) -> Latency) -> String {
    let worst = rounds.iter().map(of).max_by_key(|calls| calls.errors);
    worst.map_or_else(String::new, |calls| match calls.errors {
        0 => "0".to_owned(),
        errors => format!("{} %", errors * 100 / calls.calls.max(1)),
    })
}

fn spread(rounds: &[Figures], of: impl Fn(&Figures) -> Option<Duration>) -> String {
    let mut all: Vec<Option<Duration>> = rounds.iter().map(of).collect();
    // Never is the longest.
    all.sort_by_key(|time| time.unwrap_or(Duration::MAX));
    let show = |time: &Option<Duration>| {
        time.map_or("never".to_owned(), |time| {
            let millis = time.as_secs_f64() * 1_000.0;
            if millis < 10.0 { format!("{millis:.2}") } else { format!("{millis:.0}") }
        })
    };
    match &all[..] {
        [one] => show(one),
        [] => String::new(),
        [first, .., last] => {
            format!("{} / {} / {}", show(first), show(&all[all.len() / 2]), show(last))
        }
    }
}
