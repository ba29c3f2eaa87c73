//! Bringing to the server what could not be carried out when it was asked for.
//!
//! It runs beside the calls and on a connection of its own, so that neither waits for the other:
//! what is queued keeps reads away from just the keys it covers.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;
use tokio::time::{sleep, timeout};

use crate::commands::Outcome;
use crate::commands::sweep::sweep;
use crate::connect::connect;
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::supervision::link::Link;
use crate::supervision::queue::Place;

/// How many calls of a script are sent at once.
const BATCH: usize = 500;
/// How long the server may take for them, or for one page of a glob.
const BATCH_LIMIT: Duration = Duration::from_secs(1);

/// How often the queue is looked at unasked: for orders whose task is gone.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The longest pause after a pass that the server refused.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// One walk through the queue. Each order is tried once; one that is refused keeps no other back.
struct Pass<'a> {
    link: &'a Link,
    connection: &'a Connection,
    until: u64,
    refused: Option<CommandError>,
}

/// Replays whatever is due, for as long as it is polled.
///
/// # Cancel safety
///
/// What is not confirmed stays queued; doing it twice is harmless.
pub(crate) async fn keep_replaying(link: &Link) -> Infallible {
    let mut pause = LOOK_EVERY;
    loop {
        if is_due(link) {
            pause = match replay(link).await {
                Ok(None) => LOOK_EVERY,
                Ok(Some(refusal)) => {
                    if pause == LOOK_EVERY {
                        tell(link, &refusal);
                    }
                    sleep(pause).await;
                    (pause * 2).min(LONGEST_PAUSE)
                }
                Err(error) => {
                    tracing::debug!(target: "two_tier_cache", %error, "a replay broke off");
                    link.doubt();
                    sleep(LOOK_EVERY).await;
                    LOOK_EVERY
                }
            };
            continue;
        }
        select(pin!(link.replay.notified()), pin!(sleep(LOOK_EVERY))).await;
    }
}

fn is_due(link: &Link) -> bool {
    let due = || {
        let until = link.queue.latest();
        !link.queue.due_keys(0, until, 1).is_empty() || link.queue.due_glob(0, until).is_some()
    };
    link.queue.len() > 0 && due()
}

fn tell(link: &Link, refusal: &CommandError) {
    tracing::warn!(
        target: "two_tier_cache",
        redis = %link.config.endpoint(),
        reason = %refusal,
        queued = link.queue.failed(),
        "Redis refuses to invalidate; what is queued is not read from it"
    );
}

/// Replays on a connection of its own.
async fn replay(link: &Link) -> Result<Option<CommandError>, CommandError> {
    let lost = |error: String| CommandError::new(Kind::Lost, error);
    let connection = connect(&link.config).await.map_err(|error| lost(error.to_string()))?;
    pass(link, &connection).await
}

/// Walks once through what is queued by now; returns the last refusal.
///
/// # Cancel safety
///
/// As [`keep_replaying`].
pub(crate) async fn pass(
    link: &Link,
    connection: &Connection,
) -> Result<Option<CommandError>, CommandError> {
    let until = link.queue.latest();
    let mut pass = Pass { link, connection, until, refused: None };
    pass.keys().await?;
    pass.globs().await?;
    Ok(pass.refused)
}

impl Pass<'_> {
    async fn keys(&mut self) -> Result<(), CommandError> {
        let mut after = 0;
        loop {
            let due = self.link.queue.due_keys(after, self.until, BATCH);
            let Some((_, last)) = due.last() else {
                return Ok(());
            };
            after = last.number;
            let targets: Vec<_> = due.iter().map(|(key, order)| order.target(key)).collect();
            let sent = timeout(BATCH_LIMIT, self.connection.invalidate_all(&targets)).await;
            let outcomes = sent.map_err(|_| CommandError::new(Kind::Lost, "no answer"))??;
            let mut confirmed = Vec::with_capacity(due.len());
            for ((key, order), outcome) in due.into_iter().zip(outcomes) {
                if let Some(outcome) = self.accept(outcome)? {
                    self.link.count_unsettled(u64::from(outcome == Outcome::Unsettled));
                    confirmed.push(Place::Key(key, order.number));
                }
            }
            self.link.queue.confirm(&confirmed);
        }
    }

    async fn globs(&mut self) -> Result<(), CommandError> {
        let mut after = 0;
        while let Some(order) = self.link.queue.due_glob(after, self.until) {
            after = order.number;
            let swept = sweep(self.connection, &order.glob, order.settle, BATCH_LIMIT).await;
            if let Some(swept) = self.accept(swept)? {
                self.link.count_unsettled(swept.unsettled);
                self.link.queue.confirm(&[Place::Glob(order.number)]);
            }
        }
        Ok(())
    }

    /// Notes a refusal, which concerns one order; any other error ends the pass.
    fn accept<A>(&mut self, answer: Result<A, CommandError>) -> Result<Option<A>, CommandError> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind == Kind::Refused => {
                self.refused = Some(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
