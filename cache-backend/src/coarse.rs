//! A clock that costs a fraction of a precise one.

/// Milliseconds since some moment in the past. Never goes back; on Linux exact to a tick of the kernel,
/// 1 to 10 ms, elsewhere as exact as there is.
#[inline]
#[must_use]
pub fn millis() -> u64 {
    system()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
fn system() -> u64 {
    of(rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse))
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn system() -> u64 {
    of(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic))
}

#[cfg(unix)]
#[inline]
fn of(time: rustix::time::Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds * 1_000 + nanos / 1_000_000
}

#[cfg(not(unix))]
fn system() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
