//! One command of one call: on the connection in use, and on the next if that one broke.

use std::pin::{Pin, pin};
use std::sync::Arc;

use futures_util::future::{Either, select};
use two_tier_cache_backend::{BackendError, coarse};

use crate::error::{CommandError, Kind};
use crate::supervision::link::{Link, Live};

/// A caller that gives up after less says nothing about the connection. In milliseconds.
const SUSPICIOUS: u64 = 50;

/// How many connections in a row may break under a command.
const ATTEMPTS: u32 = 3;

/// Whether a command may run a second time, also long after the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It does no harm: a read, an invalidation, or what needs a lease that still stands.
    Harmless,
    /// It must not: a request for a lease that comes late, after an invalidation, would let the load
    /// that began before it fill (the ABA problem).
    Never,
}

/// Carries out a command.
///
/// It waits for as long as the server takes; the caller sets the limit.
///
/// # Cancel safety
///
/// The command may run on the server, also later.
pub(crate) async fn carry_out<A, F>(
    link: &Arc<Link>,
    repeat: Repeat,
    command: impl Fn(Arc<Live>) -> F,
) -> Result<A, BackendError>
where
    F: Future<Output = Result<A, CommandError>>,
{
    let asked = Asked::of(link, SUSPICIOUS);
    let outcome = attempts(link, repeat, command).await;
    asked.answered();
    outcome
}

async fn attempts<A, F>(
    link: &Arc<Link>,
    repeat: Repeat,
    command: impl Fn(Arc<Live>) -> F,
) -> Result<A, BackendError>
where
    F: Future<Output = Result<A, CommandError>>,
{
    let mut left = match repeat {
        Repeat::Harmless => ATTEMPTS,
        Repeat::Never => 1,
    };
    loop {
        let live = match link.up() {
            Some(live) => live,
            // In a box of its own: while the server is up, nobody needs to make room for it.
            None => Box::pin(link.live()).await?,
        };
        let error = match while_up(link, &live, pin!(command(Arc::clone(&live)))).await {
            None => continue,
            Some(Ok(answer)) => {
                link.answered();
                return Ok(answer);
            }
            Some(Err(error)) => error,
        };
        if error.kind != Kind::Lost {
            link.trouble(&error);
            return Err(BackendError::new(error.to_string()));
        }
        link.lost(&live);
        left -= 1;
        if left == 0 {
            return Err(BackendError::broken(error.to_string()));
        }
    }
}

/// What a command comes to while the connection is in use: on one that was given up nothing comes any
/// more. `None` if that was so before.
pub(crate) async fn while_up<A>(
    link: &Link,
    live: &Live,
    command: Pin<&mut impl Future<Output = Result<A, CommandError>>>,
) -> Option<Result<A, CommandError>> {
    let gone = pin!(live.gone.notified());
    // Only now: `gone` tells of what comes after it was made.
    if !link.is_up(live) {
        return None;
    }
    Some(match select(command, gone).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), _)) => Err(CommandError::new(Kind::Lost, "the connection is gone")),
    })
}

/// A command that waits for its answer.
pub(crate) struct Asked<'a> {
    link: &'a Link,
    /// When it was sent, in milliseconds of the coarse clock.
    since: u64,
    /// How many later a caller that gives up says something about the connection.
    suspicious: u64,
}

impl<'a> Asked<'a> {
    pub(crate) fn of(link: &'a Link, suspicious: u64) -> Self {
        Self { link, since: coarse::millis(), suspicious }
    }

    /// There is an answer, if only from this side.
    pub(crate) fn answered(self) {
        std::mem::forget(self);
    }
}

impl Drop for Asked<'_> {
    /// The caller gave up waiting.
    fn drop(&mut self) {
        let waited = coarse::millis().saturating_sub(self.since);
        if waited >= self.suspicious || self.link.is_stalled() {
            self.link.doubt();
        }
    }
}
