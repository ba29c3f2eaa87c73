//! Several processes on one server: what one of them does, the others see.

pub(crate) mod database;
pub(crate) mod history;
mod leaders;
pub(crate) mod line;
mod process;
mod stale_sets;
mod writers;

use std::time::Duration;

/// How long an older load may hold up a younger call in the tests where it never ends.
const SHORT: Duration = Duration::from_millis(300);
/// Longer than any test: who waits for so long hangs.
const LONG: Duration = Duration::from_secs(600);
