//! One property, measured for every contender.

use crate::spread::Spread;

/// What a contender is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This cache.
    Ours,
    /// What others offer.
    Peer,
    /// What no cache can beat, or a part of one: nothing that one would use as it is.
    Floor,
}

impl Role {
    pub(crate) const ALL: [(Self, &str); 3] =
        [(Self::Ours, "ours"), (Self::Peer, "peer"), (Self::Floor, "floor")];

    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(role, _)| *role == self).map_or("", |(_, word)| word)
    }
}

/// One property.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What was measured, and how.
    pub title: String,
    /// Of the samples.
    pub unit: String,
    /// The contender that all are divided by, within each round.
    pub base: Option<String>,
    /// Who was measured.
    pub rows: Vec<Row>,
}

/// One contender, with a sample for each round.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name.
    pub contender: String,
    /// What it is to us.
    pub role: Role,
    /// In the order of the rounds.
    pub samples: Vec<f64>,
}

impl Row {
    /// Its samples. `NaN` marks a round without one.
    #[must_use]
    pub fn spread(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().copied().filter(|sample| !sample.is_nan()))
    }
}

impl Figure {
    /// Nobody measured yet.
    #[must_use]
    pub fn new(title: &str, unit: &str, base: Option<&str>) -> Self {
        let base = base.map(str::to_owned);
        Self { title: title.to_owned(), unit: unit.to_owned(), base, rows: Vec::new() }
    }

    /// The sample of one more round.
    pub fn add(&mut self, contender: &str, role: Role, sample: f64) {
        let at = self.rows.iter().position(|row| row.contender == contender).unwrap_or_else(|| {
            self.rows.push(Row { contender: contender.to_owned(), role, samples: Vec::new() });
            self.rows.len() - 1
        });
        self.rows[at].samples.push(sample);
    }

    /// The row of a contender.
    #[must_use]
    pub fn row(&self, contender: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.contender == contender)
    }

    /// One contender over another. The ratio is taken within each round: both then met the same
    /// machine.
    #[must_use]
    pub fn ratio(&self, contender: &str, over: &str) -> Option<Spread> {
        let (own, over) = (self.row(contender)?, self.row(over)?);
        let both = own.samples.iter().zip(&over.samples);
        Spread::of(both.map(|(own, over)| own / over).filter(|ratio| ratio.is_finite()))
    }

    /// The peer with the least median.
    #[must_use]
    pub fn best_peer(&self) -> Option<&Row> {
        let median = |row: &Row| row.spread().map_or(f64::INFINITY, |spread| spread.median);
        let peers = self.rows.iter().filter(|row| row.role == Role::Peer);
        peers.min_by(|one, other| median(one).total_cmp(&median(other)))
    }

    /// Whether a contender takes less than every peer does, by the median of its ratios.
    #[must_use]
    pub fn is_ahead(&self, contender: &str) -> bool {
        let mut peers = self.rows.iter().filter(|row| row.role == Role::Peer);
        peers.all(|peer| {
            self.ratio(contender, &peer.contender).is_some_and(|ratio| ratio.median < 1.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> Figure {
        let mut figure = Figure::new("hit", "ns", Some("floor"));
        for round in [1.0, 3.0, 1.0] {
            figure.add("floor", Role::Floor, round);
            figure.add("ours", Role::Ours, 2.0 * round);
            figure.add("slow", Role::Peer, 5.0);
            figure.add("fast", Role::Peer, 2.5 * round);
        }
        figure
    }

    /// The machine is slow in the second round: each is compared with what ran beside it.
    #[test]
    fn the_ratio_is_taken_within_a_round() {
        let ratio = figure().ratio("ours", "floor").unwrap();
        assert_eq!(ratio, Spread { median: 2.0, min: 2.0, max: 2.0 });
        assert_eq!(figure().ratio("ours", "nobody"), None);
    }

    #[test]
    fn the_best_peer_is_no_floor() {
        assert_eq!(figure().best_peer().unwrap().contender, "fast");
        assert!(figure().is_ahead("ours"));
        assert!(!figure().is_ahead("slow"));
    }
}
