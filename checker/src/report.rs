//! What a run came to, in figures.

use std::collections::BTreeMap;
use std::fmt;

use crate::check::{Rule, Violation, check};
use crate::event::What;
use crate::history::History;

/// The figures of a round, or of several.
#[derive(Debug, Default)]
pub(crate) struct Report {
    operations: BTreeMap<&'static str, usize>,
    faults: BTreeMap<String, usize>,
    checked: BTreeMap<Rule, usize>,
    left_fences: usize,
    pub(crate) violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn of(history: &History) -> Self {
        let mut report = Self::default();
        for (_, event) in &history.events {
            let name = match event.what {
                What::Read { outage: false, .. } => "reads",
                What::Read { outage: true, .. } => "reads in an outage",
                What::Load { .. } => "loads",
                What::Writing { .. } => "writes begun",
                What::Committed { .. } => "commits",
                What::Returned { .. } => "writes returned",
                What::Abandoned { .. } => "writes dropped or panicked",
                What::Unawaited { .. } => "invalidations dropped",
                What::Fenced { .. } => "fences",
                What::Invalidated { applied: true, .. } => "invalidations applied",
                What::Invalidated { applied: false, .. } => "invalidations queued",
                What::Counted(count) => count.name(),
            };
            *report.operations.entry(name).or_default() += 1;
        }
        for fault in &history.faults {
            *report.faults.entry(format!("{:?}", fault.kind)).or_default() += 1;
        }
        let checked = check(history);
        report.checked = checked.reads.into_iter().collect();
        report.left_fences = checked.left_fences;
        report.violations = checked.violations;
        report
    }

    /// The round in a line.
    pub(crate) fn line(&self, seed: u64, seconds: u64) -> String {
        format!(
            "seed {seed}, {seconds} s: {} reads, {} commits, {} faults; violations: {}",
            self.reads(),
            self.count("commits"),
            self.faults.values().sum::<usize>(),
            self.violations.len()
        )
    }

    /// How many reads there were.
    pub(crate) fn reads(&self) -> usize {
        self.count("reads") + self.count("reads in an outage")
    }

    /// How often something was done.
    fn count(&self, name: &str) -> usize {
        self.operations.get(name).copied().unwrap_or(0)
    }

    /// Adds the figures of another round.
    pub(crate) fn add(&mut self, other: Self) {
        for (name, count) in other.operations {
            *self.operations.entry(name).or_default() += count;
        }
        for (name, count) in other.faults {
            *self.faults.entry(name).or_default() += count;
        }
        for (rule, count) in other.checked {
            *self.checked.entry(rule).or_default() += count;
        }
        self.left_fences += other.left_fences;
        self.violations.extend(other.violations);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "operations")?;
        for (name, count) in &self.operations {
            writeln!(f, "  {count:>9}  {name}")?;
        }
        writeln!(f, "faults")?;
        for (name, count) in &self.faults {
            writeln!(f, "  {count:>9}  {name}")?;
        }
        writeln!(f, "reads with a floor")?;
        for (rule, count) in &self.checked {
            writeln!(f, "  {count:>9}  {rule}")?;
        }
        writeln!(f, "  {:>9}  fences left by killed writers", self.left_fences)?;
        write!(f, "violations: {}", self.violations.len())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applied => "G1: after an invalidation that was applied",
            Self::Outage => "G5: in an outage, outage_ttl after an invalidation that was applied",
            Self::Own => {
                "G6: after an invalidation or a write of the same process, applied or queued"
            }
            Self::Fenced => "from the commit of a write with a fence on",
            Self::Killed => "G2: after the fence of a writer that was killed",
            Self::Panicked => "a panic that is not the application's own",
            Self::Existed => "a version that nobody had written",
        })
    }
}
