//! Applying what is queued.

use std::time::Duration;

use tokio::time::timeout;
use two_tier_cache_backend::Key;

use crate::commands::sweep::sweep;
use crate::commands::{Outcome, Target};
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::supervision::link::Link;
use crate::supervision::queue::KeyOrder;

/// How many keys are sent at once.
const BATCH: usize = 500;
/// How long the server may take for them.
const BATCH_LIMIT: Duration = Duration::from_secs(1);

/// How a replay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replayed {
    /// Nothing is left.
    All,
    /// The server refuses the rest, for want of permission for instance. It stays queued, and what
    /// it covers is not read.
    Refused,
}

/// Applies everything in the queue.
///
/// # Cancel safety
///
/// What is not confirmed stays queued; applying twice is harmless.
pub(crate) async fn replay(link: &Link, connection: &Connection) -> Result<Replayed, CommandError> {
    loop {
        let keys = link.queue.keys(BATCH);
        if !keys.is_empty() {
            if replay_keys(link, connection, keys).await? == Replayed::Refused {
                return Ok(Replayed::Refused);
            }
            continue;
        }
        let Some(order) = link.queue.glob() else {
            return Ok(Replayed::All);
        };
        match sweep(connection, &order.glob, order.settle, BATCH_LIMIT).await {
            Ok(swept) => {
                link.count_unsettled(swept.unsettled);
                link.queue.applied_glob(&order);
            }
            Err(error) if error.kind == Kind::Refused => return Ok(refused(&error)),
            Err(error) => return Err(error),
        }
    }
}

async fn replay_keys(
    link: &Link,
    connection: &Connection,
    keys: Vec<(Key, KeyOrder)>,
) -> Result<Replayed, CommandError> {
    let targets = keys.iter().map(|(key, order)| Target {
        key: key.as_str(),
        writers: &order.writers,
        settle: order.settle,
    });
    let targets: Vec<Target<'_>> = targets.collect();
    let sent = timeout(BATCH_LIMIT, connection.invalidate_all(&targets)).await;
    let outcomes = sent.map_err(|_| CommandError::new(Kind::Lost, "no answer to a replay"))??;
    let (mut done, mut failed) = (Vec::with_capacity(keys.len()), None);
    for (key, outcome) in keys.into_iter().zip(outcomes) {
        match outcome {
            Ok(outcome) => {
                link.count_unsettled(u64::from(outcome == Outcome::Unsettled));
                done.push(key);
            }
            Err(error) => failed = Some(error),
        }
    }
    link.queue.applied(&done);
    match failed {
        None => Ok(Replayed::All),
        Some(error) if error.kind == Kind::Refused => Ok(refused(&error)),
        Some(error) => Err(error),
    }
}

fn refused(error: &CommandError) -> Replayed {
    tracing::debug!(target: "two_tier_cache", %error, "Redis refuses to invalidate");
    Replayed::Refused
}
