//! How long things took, in whole microseconds; small enough to be handed from process to process.

use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;

/// What takes longer counts as this.
const LONGEST: usize = 1 << 20;

/// How many took how many microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram(Vec<u64>);

impl Histogram {
    pub fn add(&mut self, time: Duration) {
        let micros = usize::try_from(time.as_micros()).unwrap_or(LONGEST).min(LONGEST);
        self.add_many(micros, 1);
    }

    fn add_many(&mut self, micros: usize, count: u64) {
        if self.0.len() <= micros {
            self.0.resize(micros + 1, 0);
        }
        self.0[micros] += count;
    }

    pub fn merge(&mut self, other: &Self) {
        for (micros, count) in other.0.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.add_many(micros, *count);
        }
    }

    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The microseconds that this share of all did not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.count() as f64 * share).ceil().max(1.0);
        let mut sum = 0;
        for (micros, count) in self.0.iter().enumerate() {
            sum += count;
            if sum as f64 >= wanted {
                return micros as f64;
            }
        }
        f64::NAN
    }

    /// On one line, which can be parsed.
    pub fn line(&self) -> String {
        let used = self.0.iter().enumerate().filter(|(_, count)| **count > 0);
        used.map(|(micros, count)| format!("{micros}:{count}")).collect::<Vec<_>>().join(" ")
    }
}

impl FromStr for Histogram {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let mut histogram = Self::default();
        for word in line.split_whitespace() {
            let (micros, count) = word.split_once(':').context("no count")?;
            histogram.add_many(micros.parse()?, count.parse()?);
        }
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_from_its_line_and_counts_together() {
        let mut histogram = Histogram::default();
        (1..=100).for_each(|micros| histogram.add(Duration::from_micros(micros)));
        assert_eq!((histogram.quantile(0.5), histogram.quantile(0.99)), (50.0, 99.0));
        let mut both: Histogram = histogram.line().parse().unwrap();
        assert_eq!(both, histogram);
        both.merge(&histogram);
        assert_eq!((both.count(), both.quantile(1.0)), (200, 100.0));
    }
}
