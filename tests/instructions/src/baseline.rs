//! What the counts were.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.txt");

pub(crate) struct Baseline(String);

impl Baseline {
    pub(crate) fn read() -> Result<Self> {
        Ok(Self(fs::read_to_string(FILE).context("the baseline cannot be read")?))
    }

    /// A line is a name and a number.
    pub(crate) fn of(&self, name: &str) -> Option<u64> {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    }

    pub(crate) fn write(counted: &[(&str, u64)]) -> Result<()> {
        let mut text = String::new();
        for (name, count) in counted {
            writeln!(text, "{name} {count}")?;
        }
        Ok(fs::write(FILE, text)?)
    }
}
