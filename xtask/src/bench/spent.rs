//! What a step took, and whose turn it is.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::failure::{Failure, Outcome};
use crate::run::Step;
use crate::workspace::Workspace;

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) wall: Duration,
    /// Of all processes together. On a busy machine it tells more than `wall`.
    pub(super) cpu: Duration,
}

impl Spent {
    pub(super) const NOTHING: Self = Self { wall: Duration::ZERO, cpu: Duration::ZERO };

    /// Runs a step to its end.
    pub(super) fn on(step: Step, workspace: &Workspace) -> Outcome<Self> {
        let (begun, used) = (Instant::now(), children_cpu()?);
        step.run(workspace)?;
        Ok(Self { wall: begun.elapsed(), cpu: children_cpu()?.saturating_sub(used) })
    }
}

/// Who of so many runs in which place: each round starts with another, so that what disturbs the
/// machine disturbs all of them.
pub(super) fn order(round: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |place| (round + place) % count)
}

/// The CPU time of all processes that have ended below this one.
fn children_cpu() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_err(|cause| Failure::because("cannot ask for the CPU time", cause))?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn everybody_has_every_place_once() {
        let orders: Vec<Vec<usize>> = (0..5).map(|round| order(round, 5).collect()).collect();
        for place in 0..5 {
            let mut seen: Vec<usize> = orders.iter().map(|order| order[place]).collect();
            seen.sort_unstable();
            assert_eq!(seen, [0, 1, 2, 3, 4]);
        }
        assert_eq!(orders[5 - 1], [4, 0, 1, 2, 3]);
    }

    /// Ours is measured around the child's: were it ours that is counted, it could not be more.
    #[test]
    fn the_cpu_time_of_a_child_counts_and_not_our_own() {
        let own = || {
            let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
            usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
        };
        let (own_before, before) = (own(), children_cpu().unwrap());
        let busy = "i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done";
        // It waits without looking up every now and then, which takes CPU time too.
        assert!(Command::new("sh").args(["-c", busy]).status().unwrap().success());
        let grown = children_cpu().unwrap().saturating_sub(before);
        let own_grown = Duration::from_micros((own() - own_before).unsigned_abs());
        assert!(grown > own_grown, "{grown:?} and {own_grown:?}");
    }
}
