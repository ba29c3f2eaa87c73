//! Whether a history kept the guarantees.
//!
//! The database orders the versions of a row, so there is nothing to search for: for each read there is
//! an oldest version that it may return, its *floor*, which is looked up among those of its row, sorted
//! by when they came to hold. All of it takes O(n log n).

mod floors;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use self::floors::{Commits, Floor, Floors};
use crate::clock::{Moment, after, before};
use crate::event::{Count, Event, Rows, What};
use crate::faults::Kind;
use crate::history::{History, Process};
use crate::times::{
    FENCE_TTL, LONGEST_LOAD, LONGEST_STOP, NEAR_MAX_LAG, OUTAGE_TTL, ROWS, SLACK, UNDER_WAY,
};

/// A guarantee, as a read can break it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// G1: after an invalidation that was applied.
    Applied,
    /// G5: the same in an outage, `outage_ttl` later.
    Outage,
    /// G6: after an invalidation or a write of this process, whatever became of it.
    Own,
    /// G2: after the fence of a writer that was killed.
    Killed,
    /// From the commit of a write with a fence on, before it has invalidated anything.
    Fenced,
    /// A version that nobody can have written.
    Existed,
    /// A panic that is not the application's own.
    Panicked,
}

/// A read that broke a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    /// The read, by its place in the history.
    pub(crate) read: usize,
    /// The oldest version that it may have returned, and the event that says so.
    pub(crate) floor: Floor,
}

/// What came of a check.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) violations: Vec<Violation>,
    /// How many reads there were with a floor under each rule.
    pub(crate) reads: HashMap<Rule, usize>,
    /// How many killed writers left a fence.
    pub(crate) left_fences: usize,
}

/// A read, as it is checked.
struct ReadOf<'a> {
    at: usize,
    process: Process,
    event: &'a Event,
    version: u64,
    /// In an outage, for how much longer than usual a load may have taken.
    outage: Option<Duration>,
    /// For how long it may not have heard of what other processes did.
    lag: Duration,
}

/// All floors of one row.
struct Row {
    begun: Vec<u64>,
    applied: Floors,
    killed: Floors,
    fenced: Floors,
    own: HashMap<Process, Floors>,
}

/// Checks every read of a history.
pub(crate) fn check(history: &History) -> Checked {
    let mut checked = Checked::default();
    for row in 0..ROWS {
        let row_of = Row::of(history, row, &mut checked);
        for (at, (process, event)) in history.events.iter().enumerate() {
            match event.what {
                What::Read { row: read, version, outage } if read == row => {
                    let outage = outage.then(|| stopped_before(history, event.begun));
                    let lag = if history.near { NEAR_MAX_LAG } else { Duration::ZERO };
                    let read = ReadOf { at, process: *process, event, version, outage, lag };
                    row_of.check(&read, &mut checked);
                }
                What::Counted(Count::UnexpectedPanic) if row == 0 => {
                    let floor = Floor { from: event.ended, version: 0, source: at };
                    checked.violations.push(Violation { rule: Rule::Panicked, read: at, floor });
                }
                _ => {}
            }
        }
    }
    checked
}

impl Row {
    fn of(history: &History, row: u32, checked: &mut Checked) -> Self {
        let commits = Commits::of(history, row);
        let (mut applied, mut killed, mut fenced) = (Vec::new(), Vec::new(), Vec::new());
        let mut own: HashMap<Process, Vec<Floor>> = HashMap::new();
        let mut begun = Vec::new();
        for (at, (process, event)) in history.events.iter().enumerate() {
            match event.what {
                What::Invalidated { rows, applied: is_applied, .. } if rows.covers(row) => {
                    let version = commits.newest_before(event.begun);
                    let floor = Floor { from: event.ended, version, source: at };
                    own.entry(*process).or_default().push(floor);
                    if is_applied {
                        applied.push(floor);
                    }
                }
                What::Returned { row: of, task } | What::Abandoned { row: of, task }
                    if of == row =>
                {
                    let returned = matches!(event.what, What::Returned { .. });
                    let from = event.ended;
                    let from = if returned { from } else { no_longer_under_way(history, from) };
                    let version = committed_in(history, at, (*process, task));
                    let floor = version.map(|version| Floor { from, version, source: at });
                    own.entry(*process).or_default().extend(floor);
                }
                What::Unawaited { rows } if rows.covers(row) => {
                    let version = commits.newest_before(event.begun);
                    let from = no_longer_under_way(history, event.ended);
                    let floor = Floor { from, version, source: at };
                    own.entry(*process).or_default().push(floor);
                }
                What::Fenced { row: of, task } if of == row => {
                    let Some(commit) = committed(history, at, (*process, task)) else { continue };
                    // Nothing is cached while the fence stands.
                    let Commit { ended: from, version } = commit;
                    fenced.push(Floor { from, version, source: at });
                    killed.extend(left_by(history, at, *process, &commit));
                }
                What::Writing { row: written } if written == row => begun.push(event.begun),
                _ => {}
            }
        }
        begun.sort_unstable();
        checked.left_fences += killed.len();
        let own = own.into_iter().map(|(process, floors)| (process, Floors::new(floors))).collect();
        let [applied, killed, fenced] = [applied, killed, fenced].map(Floors::new);
        Self { begun, applied, killed, fenced, own }
    }

    fn check(&self, read: &ReadOf<'_>, checked: &mut Checked) {
        let &ReadOf { at, process, event, version, outage, lag } = read;
        let (outage, stopped) = (outage.is_some(), outage.unwrap_or_default());
        // G4: what other processes did may be seen so much later.
        let near = before(event.begun, lag);
        let late = before(event.begun, OUTAGE_TTL + LONGEST_LOAD + SLACK + stopped);
        let mut floors = vec![
            (Rule::Killed, self.killed.at(if outage { late } else { near })),
            (Rule::Own, self.own.get(&process).and_then(|own| own.at(event.begun))),
        ];
        if outage {
            floors.push((Rule::Outage, self.applied.at(late)));
        } else {
            floors.push((Rule::Applied, self.applied.at(near)));
            floors.push((Rule::Fenced, self.fenced.at(near)));
        }
        for (rule, floor) in floors {
            let Some(floor) = floor else { continue };
            *checked.reads.entry(rule).or_default() += 1;
            if version < floor.version {
                checked.violations.push(Violation { rule, read: at, floor });
            }
        }
        // The first version was there, and each write that had begun may have made another.
        let written = self.begun.partition_point(|begun| *begun < event.ended) as u64;
        if version > 1 + written {
            let floor = Floor { from: event.ended, version: 1 + written, source: at };
            checked.violations.push(Violation { rule: Rule::Existed, read: at, floor });
        }
    }
}

/// What was committed in a task, before this place.
fn committed_in(history: &History, at: usize, of: (Process, u64)) -> Option<u64> {
    let mut commits =
        history.events[..at].iter().rev().filter_map(|(process, event)| match event.what {
            What::Committed { version, task, .. } if (*process, task) == of => Some(version),
            _ => None,
        });
    commits.next()
}

/// What was committed in the task that placed this fence, while the fence stood and after nothing that
/// the server may have lost it by.
fn committed(history: &History, at: usize, of: (Process, u64)) -> Option<Commit> {
    let fenced = history.events[at].1;
    let later = history.events[at..].iter();
    let mut commits = later.filter_map(|(process, event)| match event.what {
        What::Committed { version, task, .. } if (*process, task) == of => {
            Some(Commit { ended: event.ended, version })
        }
        _ => None,
    });
    let commit = commits.next()?;
    let stood = after(fenced.begun, FENCE_TTL) > commit.ended;
    (stood && !may_be_lost(history, fenced.begun, commit.ended)).then_some(commit)
}

/// A commit under a fence.
struct Commit {
    ended: Moment,
    version: u64,
}

/// The floor that a fence leaves whose writer was killed before it could finish, once it has run out.
fn left_by(history: &History, at: usize, process: Process, commit: &Commit) -> Option<Floor> {
    let (_, killed) = history.killed.iter().find(|(killed, _)| *killed == process)?;
    let fenced = history.events[at].1;
    let over = after(fenced.ended, FENCE_TTL);
    let unfinished = !history.events[at..].iter().any(|(finishing, event)| {
        *finishing == process
            && event.begun >= commit.ended
            && matches!(event.what, What::Invalidated { rows: Rows::One(row), .. } if of_row(&fenced, row))
    });
    let in_time = commit.ended <= *killed && !may_be_lost(history, fenced.begun, over);
    (unfinished && in_time).then_some(Floor { from: over, version: commit.version, source: at })
}

fn of_row(fenced: &Event, row: u32) -> bool {
    matches!(fenced.what, What::Fenced { row: of, .. } if of == row)
}

/// When what nobody waits for any more is applied or queued.
fn no_longer_under_way(history: &History, moment: Moment) -> Moment {
    let over = after(moment, UNDER_WAY);
    let mut stops = history.faults.iter().filter(|fault| fault.kind == Kind::ProcessStopped);
    let stopped = stops.any(|fault| fault.ended >= moment && fault.begun <= over);
    if stopped { after(over, LONGEST_STOP + UNDER_WAY) } else { over }
}

/// A process that stood still in the middle of a load ends it that much later.
fn stopped_before(history: &History, moment: Moment) -> Duration {
    let from = before(moment, OUTAGE_TTL + LONGEST_LOAD + SLACK + LONGEST_STOP);
    let mut stops = history.faults.iter().filter(|fault| fault.kind == Kind::ProcessStopped);
    let stopped = stops.any(|fault| fault.ended >= from && fault.begun <= moment);
    if stopped { LONGEST_STOP } else { Duration::ZERO }
}

/// Whether the server may have lost a fence in this time.
fn may_be_lost(history: &History, from: Moment, to: Moment) -> bool {
    let mut losing = history.faults.iter().filter(|fault| fault.kind.loses_keys());
    losing.any(|fault| fault.ended >= from && fault.begun <= to)
}
