//! Each rule on a history that breaks it, and on one that just does not.

use super::*;
use crate::history::Fault;

/// A history in whole milliseconds.
#[derive(Default)]
struct Told(History);

const MILLI: u64 = 1_000_000;

/// Late enough that nothing reaches back before the beginning.
const START: u64 = 60_000;

impl Told {
    fn event(mut self, process: Process, begun: u64, ended: u64, what: What) -> Self {
        let [begun, ended] = [begun, ended].map(|at| (START + at) * MILLI);
        self.0.events.push((process, Event { begun, ended, what }));
        self
    }

    fn writes(self, at: u64, version: u64, task: u64) -> Self {
        let told = self.event(0, at, at, What::Writing { row: 1 });
        told.event(0, at, at + 1, What::Committed { row: 1, version, task })
    }

    fn invalidates(self, at: u64, applied: bool) -> Self {
        self.event(0, at, at + 2, What::Invalidated { rows: Rows::One(1), applied })
    }

    fn fences(self, at: u64, task: u64) -> Self {
        self.event(0, at, at + 1, What::Fenced { row: 1, task })
    }

    fn reads(self, process: Process, at: u64, version: u64) -> Self {
        self.event(process, at, at + 1, What::Read { row: 1, version, outage: false })
    }

    fn reads_in_an_outage(self, process: Process, at: u64, version: u64) -> Self {
        self.event(process, at, at + 1, What::Read { row: 1, version, outage: true })
    }

    fn killed(mut self, at: u64) -> Self {
        self.0.killed.push((0, (START + at) * MILLI));
        self
    }

    fn fault(mut self, kind: Kind, at: u64) -> Self {
        let at = (START + at) * MILLI;
        self.0.faults.push(Fault { kind, begun: at, ended: at });
        self
    }

    fn broken(mut self) -> Vec<Rule> {
        self.0.sort();
        check(&self.0).violations.iter().map(|violation| violation.rule).collect()
    }
}

fn written() -> Told {
    Told::default().writes(10, 2, 5)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

#[test]
fn after_an_applied_invalidation_nobody_reads_less() {
    let told = || written().invalidates(20, true);
    assert_eq!(told().reads(1, 23, 1).broken(), [Rule::Applied]);
    assert_eq!(told().reads(1, 23, 2).broken(), []);
    // It began before the answer.
    assert_eq!(told().reads(1, 21, 1).broken(), []);
    // Of another row.
    let other = What::Read { row: 2, version: 1, outage: false };
    assert_eq!(told().event(1, 23, 24, other).broken(), []);
    let all = What::Invalidated { rows: Rows::All, applied: true };
    assert_eq!(written().event(0, 20, 22, all).reads(1, 23, 1).broken(), [Rule::Applied]);
}

#[test]
fn an_invalidation_covers_what_was_committed_before_it_was_asked_for() {
    let told = Told::default().writes(10, 2, 5).invalidates(20, true).writes(20, 3, 6);
    assert_eq!(told.reads(1, 30, 2).broken(), []);
}

#[test]
fn a_queued_invalidation_binds_its_own_process_alone() {
    let told = || written().invalidates(20, false);
    assert_eq!(told().reads(0, 23, 1).broken(), [Rule::Own]);
    assert_eq!(told().reads_in_an_outage(0, 23, 1).broken(), [Rule::Own]);
    assert_eq!(told().reads(1, 23, 1).broken(), []);
}

#[test]
fn a_write_that_has_returned_binds_its_own_process() {
    let told = || written().event(0, 20, 20, What::Returned { row: 1, task: 5 });
    assert_eq!(told().reads(0, 23, 1).broken(), [Rule::Own]);
    assert_eq!(told().reads(1, 23, 1).broken(), []);
}

#[test]
fn a_write_or_an_invalidation_that_was_dropped_binds_its_own_process_a_little_later() {
    let late = 21 + millis(UNDER_WAY);
    let abandoned = || written().event(0, 20, 20, What::Abandoned { row: 1, task: 5 });
    let unawaited = || written().event(0, 20, 20, What::Unawaited { rows: Rows::One(1) });
    for told in [abandoned, unawaited] as [fn() -> Told; 2] {
        assert_eq!(told().reads(0, late, 1).broken(), [Rule::Own]);
        assert_eq!(told().reads(0, late - 2, 1).broken(), []);
        assert_eq!(told().reads(1, late, 1).broken(), []);
    }
}

#[test]
fn a_panic_that_is_not_the_applications_own_breaks_a_rule() {
    let panicked = What::Counted(Count::UnexpectedPanic);
    assert_eq!(written().event(1, 30, 30, panicked).broken(), [Rule::Panicked]);
    assert_eq!(written().event(1, 30, 30, What::Counted(Count::PanickedLoad)).broken(), []);
}

#[test]
fn in_an_outage_others_are_older_by_what_is_documented_and_no_more() {
    let bound = millis(OUTAGE_TTL + LONGEST_LOAD + SLACK);
    let told = || written().invalidates(20, true);
    assert_eq!(told().reads_in_an_outage(1, 20 + bound, 1).broken(), []);
    assert_eq!(told().reads_in_an_outage(1, 23 + bound, 1).broken(), [Rule::Outage]);
}

#[test]
fn from_a_commit_under_a_fence_on_nobody_reads_less() {
    let told = || Told::default().fences(5, 5).writes(10, 2, 5);
    assert_eq!(told().reads(1, 12, 1).broken(), [Rule::Fenced]);
    assert_eq!(told().reads(1, 10, 1).broken(), []);
    // The fence of another write, and one that the server has lost.
    assert_eq!(Told::default().fences(5, 6).writes(10, 2, 5).reads(1, 12, 1).broken(), []);
    assert_eq!(told().fault(Kind::Flush, 8).reads(1, 12, 1).broken(), []);
    assert_eq!(told().fault(Kind::Delay, 8).reads(1, 12, 1).broken(), [Rule::Fenced]);
}

#[test]
fn after_the_fence_of_a_killed_writer_nobody_reads_less() {
    let over = 6 + millis(FENCE_TTL);
    let told = || Told::default().fences(5, 5).writes(10, 2, 5).killed(20);
    let broken = told().reads(1, over + 1, 1).broken();
    assert!(broken.contains(&Rule::Killed), "{broken:?}");
    // With the fence lost, the time to live is the bound: the documented double fault.
    let lost = told().fault(Kind::Eviction, 30).reads(1, over + 1, 1).broken();
    assert!(!lost.contains(&Rule::Killed), "{lost:?}");
    let alive = Told::default().fences(5, 5).writes(10, 2, 5).reads(1, over + 1, 1).broken();
    assert!(!alive.contains(&Rule::Killed), "{alive:?}");
}

#[test]
fn nobody_reads_what_nobody_wrote() {
    assert_eq!(written().reads(1, 30, 3).broken(), [Rule::Existed]);
    assert_eq!(written().reads(1, 30, 2).broken(), []);
}
