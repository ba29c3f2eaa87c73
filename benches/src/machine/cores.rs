//! Which core runs what, and for how long.

use std::time::Duration;

use anyhow::{Context, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;

/// What this process has used, in all its threads.
pub fn cpu_time() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

/// This thread, and the main thread of a server, which answers, on one core until dropped.
///
/// On two idle cores a round trip takes 20 µs or 85, as their sleep has it; on one it is the same
/// each time.
#[derive(Debug)]
pub struct OnOneCore {
    /// With the cores that each had before.
    threads: [(Pid, CpuSet); 2],
}

impl OnOneCore {
    pub fn with_server(pid: u32) -> Result<Self> {
        let [own, server] = [Pid::from_raw(0), Pid::from_raw(i32::try_from(pid)?)];
        let before = [sched_getaffinity(own)?, sched_getaffinity(server)?];
        let allowed = |core: &usize| before[0].is_set(*core).unwrap_or(false);
        let last = (0..CpuSet::count()).rev().find(allowed).context("this thread runs nowhere")?;
        let mut wanted = CpuSet::new();
        wanted.set(last)?;
        let pinned = Self { threads: [(own, before[0]), (server, before[1])] };
        sched_setaffinity(own, &wanted)?;
        sched_setaffinity(server, &wanted)?;
        Ok(pinned)
    }
}

impl Drop for OnOneCore {
    fn drop(&mut self) {
        for (thread, before) in &self.threads {
            // A server that has ended needs no core.
            let _ended = sched_setaffinity(*thread, before);
        }
    }
}
