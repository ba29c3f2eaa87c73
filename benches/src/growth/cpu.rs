//! The CPU time that a process has used.

use std::time::Duration;

use anyhow::{Context, Result};

/// Linux counts it in hundredths of a second for everybody who reads `/proc`.
const TICK: Duration = Duration::from_millis(10);

/// Of all its threads, also those that have ended.
pub fn time_of(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name of the program is in brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("no name in `stat`")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [user, system] = [fields.get(11), fields.get(12)].map(|field| field.copied());
    let ticks = user.context("no user time")?.parse::<u32>()?
        + system.context("no system time")?.parse::<u32>()?;
    Ok(TICK * ticks)
}

/// Of its main thread alone, where a Redis server answers; exact to the nanosecond.
pub fn main_thread_of(process: u32) -> Result<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/schedstat"))?;
    let nanos = text.split_whitespace().next().context("no time in `schedstat`")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}
