//! Versions and floors of a row, to be looked up by time.

use crate::clock::Moment;
use crate::event::What;
use crate::history::History;

/// From some moment on, no read may return an older version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Floor {
    pub(crate) from: Moment,
    pub(crate) version: u64,
    /// The event that it comes from, by its place in the history.
    pub(crate) source: usize,
}

/// Floors, each at least as high as those before it.
#[derive(Debug, Default)]
pub(super) struct Floors(Vec<Floor>);

impl Floors {
    pub(super) fn new(mut floors: Vec<Floor>) -> Self {
        floors.sort_by_key(|floor| floor.from);
        let mut highest = Vec::<Floor>::new();
        for floor in floors {
            if highest.last().is_none_or(|last| floor.version > last.version) {
                highest.push(floor);
            }
        }
        Self(highest)
    }

    /// The floor under what begins at this moment.
    pub(super) fn at(&self, moment: Moment) -> Option<Floor> {
        let later = self.0.partition_point(|floor| floor.from < moment);
        later.checked_sub(1).map(|last| self.0[last])
    }
}

/// The commits of a row.
#[derive(Debug)]
pub(super) struct Commits(Vec<(Moment, u64)>);

impl Commits {
    pub(super) fn of(history: &History, row: u32) -> Self {
        let mut newest = 0;
        // In the order in which they ended, as the history is.
        let commits = history.events.iter().filter_map(|(_, event)| match event.what {
            What::Committed { row: written, version, .. } if written == row => {
                newest = version.max(newest);
                Some((event.ended, newest))
            }
            _ => None,
        });
        Self(commits.collect())
    }

    /// The newest version whose commit had ended before this moment; 0 if there is none.
    pub(super) fn newest_before(&self, moment: Moment) -> u64 {
        let later = self.0.partition_point(|(ended, _)| *ended < moment);
        later.checked_sub(1).map_or(0, |last| self.0[last].1)
    }
}
