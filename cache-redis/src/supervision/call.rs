//! One command of one call: on the connection in use, and once more on the next if that one broke.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use two_tier_cache_backend::BackendError;

use crate::error::{CommandError, Kind};
use crate::supervision::link::{Link, Live};

/// A caller that gives up after less says nothing about the server.
const SUSPICIOUS: Duration = Duration::from_millis(50);

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
    let asked = Asked { link, since: Instant::now() };
    let outcome = attempts(link, repeat, command).await;
    // There is an answer, if only from this side.
    std::mem::forget(asked);
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
    let mut again = repeat == Repeat::Harmless;
    loop {
        let live = link.live().await?;
        let error = match on(link, &live, command(Arc::clone(&live))).await {
            Ok(answer) => {
                link.answered();
                return Ok(answer);
            }
            Err(error) => error,
        };
        match error.kind {
            Kind::Lost => link.lost(&live),
            Kind::Unready => link.doubt(),
            Kind::Refused | Kind::NoScript => link.refused(&error),
            Kind::Dirty => {}
        }
        if error.kind != Kind::Lost {
            return Err(BackendError::new(error.to_string()));
        }
        if !std::mem::take(&mut again) {
            return Err(BackendError::broken(error.to_string()));
        }
    }
}

/// Waits for an answer, for as long as its connection is in use.
async fn on<A>(
    link: &Link,
    live: &Live,
    command: impl Future<Output = Result<A, CommandError>>,
) -> Result<A, CommandError> {
    let gone = pin!(live.gone.notified());
    // Only now: `gone` tells of what comes after it was made.
    if !link.is_up(live) {
        return Err(CommandError::new(Kind::Lost, "the connection is gone"));
    }
    match select(pin!(command), gone).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(CommandError::new(Kind::Lost, "the connection is gone")),
    }
}

/// A command that waits for its answer.
struct Asked<'a> {
    link: &'a Link,
    since: Instant,
}

impl Drop for Asked<'_> {
    /// The caller gave up waiting.
    fn drop(&mut self) {
        if self.since.elapsed() >= SUSPICIOUS || self.link.is_stalled() {
            self.link.doubt();
        }
    }
}
