//! Measuring: real durations, and the middle one of many.

use std::time::{Duration, Instant};

/// Runs `work` once and says how long it took.
pub async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let value = work.await;
    (value, start.elapsed())
}

/// The middle one: a few slow runs on a busy machine do not move it. Zero without samples.
#[must_use]
pub fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// How many times faster `fast` is than `slow`.
#[must_use]
pub fn speed_up(slow: Duration, fast: Duration) -> f64 {
    slow.as_secs_f64() / fast.as_secs_f64().max(1e-9)
}
