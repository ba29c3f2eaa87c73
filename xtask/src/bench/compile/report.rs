//! The table: medians, what each function costs over a plain one, and where the bar stands.

use std::fmt;
use std::thread;
use std::time::Duration;

use two_tier_cache_figures::{Bar, Figure, Part, Spread, aligned};

use super::super::{CACHED, spent::Spent};
use super::contender::Contender;
use super::function::annotated;
use super::rounds::{Mode, Round};
use crate::failure::Outcome;
use crate::workspace::Workspace;

/// What a cached function may cost over a plain one in `cargo check`, in milliseconds.
const BAR_MS: f64 = 4.0;

/// What was measured, ready to be shown. Its `Display` is Markdown that reads well as it is.
#[derive(Debug)]
pub(super) struct Report {
    machine: String,
    tables: Vec<String>,
    part: Part,
}

impl Report {
    pub(super) fn new(
        workspace: &Workspace,
        functions: usize,
        measured: &[(Mode, Vec<Round>)],
    ) -> Outcome<Self> {
        let cores = thread::available_parallelism().map_or(0, usize::from);
        let machine = format!(
            "{cores} cores, {}, cached {CACHED}; {functions} functions.",
            workspace.rustc_version()?
        );
        let tables = measured.iter().map(|(mode, rounds)| table(*mode, functions, rounds));
        let part = part(&machine, functions, measured);
        Ok(Self { machine, tables: tables.collect(), part })
    }

    /// The same as samples, a plot and a bar.
    pub(super) fn part(&self) -> &Part {
        &self.part
    }

    /// The page of the documentation.
    pub(super) fn page(&self) -> String {
        format!(
            "# What the attribute costs in compile time\n\n\
             Written by `cargo xtask bench compile --write`. Each contender is a crate with the same \
             functions, those of a\nrepository layer, every one of them called. Dependencies are \
             built before; what is timed is that crate alone, without\nits incremental state. \
             `cached` cannot put a function in Redis that does not return a `Result`: those stay \
             plain.\n\n\
             ![What the attribute costs](compile.svg)\n\n{self}"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.machine)?;
        self.tables.iter().try_for_each(|table| write!(f, "\n{table}"))
    }
}

/// What a function costs over a plain one, in CPU time; the bar is on checking it.
fn part(machine: &str, functions: usize, measured: &[(Mode, Vec<Round>)]) -> Part {
    let (mut figures, mut bars) = (Vec::new(), Vec::new());
    for (mode, rounds) in measured {
        let title = format!("`cargo {}`, each function over a plain one", mode.subcommand());
        let mut figure = Figure::new(&title, "ms of CPU time", None);
        for (index, contender) in Contender::ALL.into_iter().enumerate().skip(1) {
            let Ok(cached) = u32::try_from(annotated(contender, functions)) else { continue };
            for round in rounds {
                let extra = round[index].cpu.as_secs_f64() - round[0].cpu.as_secs_f64();
                figure.add(contender.name(), contender.role(), extra * 1000.0 / f64::from(cached));
            }
        }
        if *mode == Mode::Check {
            bars.extend(bar(&figure, Contender::TwoTierCache, Contender::Cached));
            bars.extend(bar(&figure, Contender::TwoTierCacheRedis, Contender::CachedRedis));
        }
        figures.push(figure);
    }
    Part {
        name: "compile".to_owned(),
        title: "What the attribute costs in compile time".to_owned(),
        about: "`cargo check` and `cargo build` of a crate of cached functions.".to_owned(),
        machine: machine.to_owned(),
        figures,
        bars,
    }
}

fn bar(figure: &Figure, ours: Contender, peer: Contender) -> Option<Bar> {
    let median = |contender: Contender| Some(figure.row(contender.name())?.spread()?.median);
    let own = median(ours)?;
    Some(Bar {
        property: format!("`cargo check`, CPU for each function: {}", ours.name()),
        floor: "0".to_owned(),
        best_peer: format!("{} {:.1} ms", peer.name(), median(peer)?),
        ours: format!("{own:.1} ms"),
        bar: format!("≤ {BAR_MS} ms"),
        met: own <= BAR_MS,
    })
}

fn table(mode: Mode, functions: usize, rounds: &[Round]) -> String {
    let head = [
        format!("`cargo {}`", mode.subcommand()),
        "cached functions".to_owned(),
        "wall s".to_owned(),
        "CPU s".to_owned(),
        "over plain, wall ms each".to_owned(),
        "over plain, CPU ms each".to_owned(),
    ];
    let mut rows = vec![head.to_vec()];
    // The bar is on checking alone, which runs on one core: its CPU time is its wall time on a quiet
    // machine, and still tells the truth on a busy one.
    let judged = mode == Mode::Check;
    if judged {
        rows[0].push(format!("CPU of the bar ({BAR_MS} ms)"));
    }
    for (index, contender) in Contender::ALL.into_iter().enumerate() {
        let cached = annotated(contender, functions);
        let wall = Extra::of(rounds, index, cached, |spent| spent.wall);
        let cpu = Extra::of(rounds, index, cached, |spent| spent.cpu);
        let mut row =
            vec![contender.name().to_owned(), cached.to_string(), wall.seconds(), cpu.seconds()];
        row.extend([wall.each(), cpu.each()]);
        if judged {
            row.push(verdict(cpu.each));
        }
        rows.push(row);
    }
    aligned(&rows)
}

/// One measure of one contender over all rounds.
struct Extra {
    seconds: Vec<f64>,
    /// The median of what a function costs over a plain one, in milliseconds. `None` where nothing
    /// is cached.
    each: Option<f64>,
}

impl Extra {
    /// The difference is taken within each round: both runs then met the same machine.
    fn of(rounds: &[Round], index: usize, cached: usize, measure: fn(Spent) -> Duration) -> Self {
        let time = |round: &Round, index: usize| measure(round[index]).as_secs_f64();
        let seconds = rounds.iter().map(|round| time(round, index)).collect();
        let extra = rounds.iter().map(|round| time(round, index) - time(round, 0)).collect();
        let count = u32::try_from(cached).ok().filter(|count| *count > 0);
        let each = count.map(|count| median(extra) * 1000.0 / f64::from(count));
        Self { seconds, each }
    }

    /// `median (min..max)`.
    fn seconds(&self) -> String {
        let min = self.seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let max = self.seconds.iter().copied().fold(0.0, f64::max);
        format!("{:.2} ({min:.2}..{max:.2})", median(self.seconds.clone()))
    }

    fn each(&self) -> String {
        self.each.map_or_else(String::new, |each| format!("{each:.2}"))
    }
}

fn verdict(each: Option<f64>) -> String {
    let Some(each) = each else {
        return String::new();
    };
    let word = if each <= BAR_MS { "met" } else { "missed" };
    format!("{:.2}, bar {word}", each / BAR_MS)
}

/// The middle value, or the mean of the two in the middle.
fn median(values: Vec<f64>) -> f64 {
    Spread::of(values).map_or(0.0, |spread| spread.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(seconds: [f64; 5]) -> Round {
        seconds.map(|seconds| {
            let wall = Duration::from_secs_f64(seconds);
            Spent { wall, cpu: wall * 2 }
        })
    }

    /// The machine is slow in the last round: each contender is compared with the plain run beside
    /// it.
    #[test]
    fn the_difference_is_taken_within_a_round() {
        let rounds = [
            round([1.0, 1.4, 1.0, 1.0, 1.0]),
            round([1.0, 1.4, 1.0, 1.0, 1.0]),
            round([3.0, 3.4, 3.0, 3.0, 3.0]),
        ];
        let extra = Extra::of(&rounds, 1, 100, |spent| spent.wall);
        assert_eq!((extra.seconds(), extra.each()), ("1.40 (1.40..3.40)".into(), "4.00".into()));
        let crossed = [round([1.0, 3.0, 0.0, 0.0, 0.0]), round([3.0, 1.0, 0.0, 0.0, 0.0])];
        assert_eq!(Extra::of(&crossed, 1, 100, |spent| spent.wall).each(), "0.00");
    }

    #[test]
    fn the_table_names_all_and_judges_what_is_cached() {
        let text = table(Mode::Check, 8, &[round([1.0, 1.012, 1.02, 1.064, 1.14])]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2 + Contender::ALL.len());
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()));
        let cells = |line: &str| -> Vec<String> {
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let one = |s: &str| format!("{s} ({s}..{s})");
        assert_eq!(
            cells(lines[2]),
            ["plain", "0", &one("1.00"), &one("2.00"), "", "", ""].map(str::to_owned)
        );
        assert_eq!(
            cells(lines[3])[..],
            ["two-tier-cache", "8", &one("1.01"), &one("2.02"), "1.50", "3.00", "0.75, bar met"]
        );
        assert_eq!(cells(lines[4])[6], "1.25, bar missed");
        assert_eq!(cells(lines[5])[6], "4.00, bar missed");
        // One of eight functions is not for Redis.
        assert_eq!(cells(lines[6])[1], "7");
        assert_eq!(cells(lines[6])[4], "20.00");
    }

    #[test]
    fn only_checking_is_judged() {
        let text = table(Mode::Build, 8, &[round([1.0, 2.0, 2.0, 2.0, 2.0])]);
        assert!(!text.contains("bar"), "{text}");
    }
}
