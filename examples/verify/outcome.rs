//! What the checks saw, and how it is told.

use std::fmt;

/// What became of a check.
pub(crate) enum Outcome {
    /// It was made.
    Compared { expected: String, seen: String, passed: bool },
    /// It could not be made, and why.
    Skipped(String),
}

impl Outcome {
    /// A check that passes if both sides read the same.
    pub(crate) fn equal(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        let (expected, seen) = (expected.into(), seen.into());
        let passed = expected == seen;
        Self::Compared { expected, seen, passed }
    }

    /// A check that failed.
    pub(crate) fn failed(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::Compared { expected: expected.into(), seen: seen.into(), passed: false }
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self, Self::Compared { passed: false, .. })
    }

    /// Adds what may be the cause of it.
    pub(crate) fn because_of(mut self, cause: Option<String>) -> Self {
        if let (Self::Compared { seen, .. }, Some(cause)) = (&mut self, cause) {
            *seen = format!("{seen} ({cause})");
        }
        self
    }

    pub(crate) fn print(&self, name: &str) {
        match self {
            Self::Compared { expected, seen, passed } => {
                println!("{} {name}", if *passed { "PASS" } else { "FAIL" });
                println!("     expected: {expected}");
                println!("     seen:     {seen}");
            }
            Self::Skipped(reason) => println!("SKIP {name}\n     {reason}"),
        }
    }
}

/// How many checks ended how.
#[derive(Default)]
pub(crate) struct Tally {
    passed: usize,
    pub(crate) failed: usize,
    skipped: usize,
}

impl Tally {
    pub(crate) fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Compared { passed: true, .. } => self.passed += 1,
            Outcome::Compared { .. } => self.failed += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} checks passed", self.passed, self.passed + self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}
