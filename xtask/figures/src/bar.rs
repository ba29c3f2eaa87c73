//! Where the bar stands for one property, and whether it was met.

/// One line of the table of bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What was measured.
    pub property: String,
    /// What no cache can beat.
    pub floor: String,
    /// The best of the others.
    pub best_peer: String,
    /// This cache.
    pub ours: String,
    /// What ours has to come to.
    pub bar: String,
    /// Whether it did in this run.
    pub met: bool,
}

impl Bar {
    pub(crate) const HEAD: [&'static str; 6] =
        ["property", "floor", "best peer", "ours", "bar", ""];

    pub(crate) fn verdict(&self) -> &'static str {
        if self.met { "met" } else { "missed" }
    }

    pub(crate) fn cells(&self) -> Vec<String> {
        let texts = [&self.property, &self.floor, &self.best_peer, &self.ours, &self.bar];
        let verdict = if self.met { "met".to_owned() } else { "**missed**".to_owned() };
        texts.into_iter().cloned().chain([verdict]).collect()
    }
}
