//! Bringing to the server what has failed.
//!
//! It runs beside the calls: what waits keeps reads away from just the keys it covers.

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
use crate::supervision::queue::{Order, Place, Subject};

/// How many keys are sent at once.
const BATCH: usize = 200;
/// How long the server may take for them, or for one page of a glob.
const BATCH_LIMIT: Duration = Duration::from_secs(1);

/// How often the queue is looked at unasked.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Replays whatever is due, for as long as it is polled. Keys go over the connection of the calls,
/// in small parts; each glob over one of its own.
///
/// # Cancel safety
///
/// What is not confirmed stays queued; doing it twice is harmless.
pub(crate) async fn keep_replaying(link: &Link, connection: &Connection) -> Infallible {
    loop {
        select(pin!(link.replay.notified()), pin!(sleep(LOOK_EVERY))).await;
        if let Err(error) = pass(link, connection).await {
            tracing::debug!(target: "two_tier_cache", %error, "a replay broke off");
            link.doubt();
            sleep(LOOK_EVERY).await;
        }
    }
}

/// Walks once through what is due by now. Each is tried once; one that is refused keeps no other
/// back.
///
/// # Cancel safety
///
/// As [`keep_replaying`].
pub(crate) async fn pass(link: &Link, connection: &Connection) -> Result<(), CommandError> {
    let (mut after, until) = (0, link.queue.latest());
    while link.queue.failed() > 0 {
        let due = link.queue.due(after, until, BATCH);
        match due.last() {
            None => break,
            Some((last, _)) => after = last.number,
        }
        match &due[..] {
            [(Place { subject: Subject::Glob(glob), .. }, order)] => {
                let swept = glob_once(link, glob, order).await;
                accept(link, &due[0].0, swept)?;
            }
            keys => replay_keys(link, connection, keys).await?,
        }
    }
    Ok(())
}

async fn replay_keys(
    link: &Link,
    connection: &Connection,
    due: &[(Place, Order)],
) -> Result<(), CommandError> {
    let targets: Vec<_> = due
        .iter()
        .filter_map(|(place, order)| match &place.subject {
            Subject::Key(key) => Some(order.target(key)),
            Subject::Glob(_) => None,
        })
        .collect();
    let sent = timeout(BATCH_LIMIT, connection.invalidate_all(&targets)).await;
    let outcomes = sent.map_err(|_| CommandError::new(Kind::Lost, "no answer to a replay"))??;
    for ((place, _), outcome) in due.iter().zip(outcomes) {
        let outcome = outcome.map(|outcome| u64::from(outcome == Outcome::Unsettled));
        accept(link, place, outcome)?;
    }
    Ok(())
}

async fn glob_once(
    link: &Link,
    glob: &two_tier_cache_backend::Glob,
    order: &Order,
) -> Result<u64, CommandError> {
    let connection = connect(&link.config).await;
    let connection =
        connection.map_err(|error| CommandError::new(Kind::Refused, error.to_string()))?;
    Ok(sweep(&connection, glob, order.settle, BATCH_LIMIT).await?.unsettled)
}

/// Takes off what is done, and puts off what is refused; any other error ends the pass.
fn accept(
    link: &Link,
    place: &Place,
    outcome: Result<u64, CommandError>,
) -> Result<(), CommandError> {
    match outcome {
        Ok(unsettled) => {
            link.count_unsettled(unsettled);
            link.queue.confirm(std::slice::from_ref(place));
        }
        Err(error) if error.kind == Kind::Refused => {
            link.refused(&error);
            link.queue.refuse(place);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
