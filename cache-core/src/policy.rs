//! What a function or a handle asks for.

use std::time::Duration;

use crate::backend::Token;

/// The longest that a cached `None` lives by default.
const NONE_TTL: Duration = Duration::from_secs(30);

/// The settings of one function or handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) ttl: Duration,
    pub(crate) none_ttl: Option<Duration>,
    pub(crate) jitter: f64,
    pub(crate) settle: Duration,
    /// How long a value is kept near; zero if it is not. What the manager says, if absent.
    pub(crate) near: Option<Duration>,
    pub(crate) version: u32,
    pub(crate) verbose: bool,
}

impl Policy {
    pub(crate) const fn new(ttl: Duration) -> Self {
        Self {
            ttl,
            none_ttl: None,
            jitter: 0.0,
            settle: Duration::ZERO,
            near: None,
            version: 0,
            verbose: false,
        }
    }

    /// How long a value lives. Jitter only shortens, so `ttl` stays the longest time.
    pub(crate) fn lifetime(&self, none: bool, token: Token) -> Duration {
        let ttl = match (none, self.none_ttl) {
            (false, _) => self.ttl,
            (true, Some(none_ttl)) => none_ttl,
            (true, None) => self.ttl.min(NONE_TTL),
        };
        if self.jitter == 0.0 {
            return ttl;
        }
        let seconds = ttl.as_secs_f64() * (1.0 - self.jitter * fraction(token));
        // A float may round a very long time up to more than a duration holds.
        Duration::try_from_secs_f64(seconds).unwrap_or(ttl)
    }
}

/// A fraction in `0.0..1.0` drawn from the random bits of a token.
fn fraction(token: Token) -> f64 {
    let [a, b, c, d, ..] = *token.as_bytes();
    f64::from(u32::from_le_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}
