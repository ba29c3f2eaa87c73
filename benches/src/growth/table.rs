//! Tables as they stand in the documentation.

use std::fmt;

use two_tier_cache_figures::aligned;

/// Rows of text under a head.
pub struct Table(Vec<Vec<String>>);

impl Table {
    pub fn new(head: &[&str]) -> Self {
        let mut table = Self(Vec::new());
        table.row(head);
        table
    }

    pub fn row(&mut self, cells: &[&str]) {
        self.0.push(cells.iter().map(ToString::to_string).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&aligned(&self.0))
    }
}
