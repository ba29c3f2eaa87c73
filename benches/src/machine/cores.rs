//! Which core runs what, and for how long.

use std::time::Duration;

use anyhow::Result;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;

/// What this process has used, in all its threads.
pub fn cpu_time() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

/// Keeps this thread on one core.
pub fn pin_thread() -> Result<()> {
    set(Pid::from_raw(0), &[1])
}

pub fn unpin_thread() -> Result<()> {
    set(Pid::from_raw(0), &all())
}

/// Keeps the main thread of a server, which answers, on the core of [`pin_thread`].
///
/// On two idle cores a round trip takes 20 µs or 85, as their sleep has it; on one it is the same
/// each time.
pub fn pin_server(pid: u32) -> Result<()> {
    set(Pid::from_raw(i32::try_from(pid)?), &[1])
}

pub fn unpin_server(pid: u32) -> Result<()> {
    set(Pid::from_raw(i32::try_from(pid)?), &all())
}

fn all() -> Vec<usize> {
    (0..std::thread::available_parallelism().map_or(1, usize::from)).collect()
}

fn set(pid: Pid, cores: &[usize]) -> Result<()> {
    let (mut wanted, count) = (CpuSet::new(), all().len());
    for core in cores {
        wanted.set(core % count)?;
    }
    Ok(sched_setaffinity(pid, &wanted)?)
}
