//! Bringing to the server what has failed.
//!
//! It runs beside the calls: what waits keeps reads away from just the keys it covers.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{sleep, timeout};
use two_tier_cache_backend::{Glob, mutant};

use crate::commands::Outcome;
use crate::commands::sweep::{Swept, sweep};
use crate::connect::connect;
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::supervision::link::Link;
use crate::supervision::queue::{Place, Subject, Which};

/// How many keys are sent at once.
const BATCH: usize = 200;
/// How long the server may take for them, or for one page of a glob.
const BATCH_LIMIT: Duration = Duration::from_secs(1);

/// How often the queue is looked at unasked.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Replays whatever is due, for as long as it is polled. Keys go over the connection of the calls,
/// in small parts; globs, which take long, over one of their own.
///
/// # Cancel safety
///
/// What is not confirmed stays queued; doing it twice is harmless.
pub(crate) async fn keep_replaying(link: &Link, connection: &Connection) -> Infallible {
    let keys = pin!(keep_replaying_keys(link, connection));
    let globs = pin!(keep_replaying_globs(link));
    match select(keys, globs).await {
        Either::Left((never, _)) | Either::Right((never, _)) => never,
    }
}

async fn keep_replaying_keys(link: &Link, connection: &Connection) -> Infallible {
    if mutant("replay-after-publish") {
        sleep(LOOK_EVERY).await;
    }
    loop {
        select(pin!(link.replay.notified()), pin!(sleep(LOOK_EVERY))).await;
        if let Err(error) = replay_keys(link, connection).await {
            tracing::debug!(target: "two_tier_cache", %error, "a replay broke off");
            link.doubt();
            sleep(LOOK_EVERY).await;
        }
    }
}

async fn keep_replaying_globs(link: &Link) -> Infallible {
    loop {
        sleep(LOOK_EVERY).await;
        let (mut after, until) = (0, link.queue.latest());
        while let Some(due) = link.queue.due(Which::Globs, after, until, 1).pop() {
            after = due.failed;
            if let Subject::Glob(glob) = &due.place.subject {
                accept_glob(link, &due.place, replay_glob(link, glob, due.order.settle).await);
            }
        }
    }
}

/// Walks once through the keys that are due by now. Each is tried once; one that is refused keeps no
/// other back.
///
/// # Cancel safety
///
/// As [`keep_replaying`].
pub(crate) async fn replay_keys(link: &Link, connection: &Connection) -> Result<(), CommandError> {
    let (mut after, until) = (0, link.queue.latest());
    while link.queue.failed() > 0 {
        let due = link.queue.due(Which::Keys, after, until, BATCH);
        match due.last() {
            None => break,
            Some(last) => after = last.failed,
        }
        let targets = due.iter().filter_map(|due| match &due.place.subject {
            Subject::Key(key) => Some(due.order.target(key)),
            Subject::Glob(_) => None,
        });
        let targets: Vec<_> = targets.collect();
        let sent = timeout(BATCH_LIMIT, connection.invalidate_all(&targets)).await;
        let outcomes =
            sent.map_err(|_| CommandError::new(Kind::Lost, "no answer to a replay"))??;
        for (due, outcome) in due.iter().zip(outcomes) {
            accept(link, &due.place, outcome)?;
        }
    }
    Ok(())
}

/// Takes off what is done, and puts off what is refused; any other error ends the walk.
fn accept(
    link: &Link,
    place: &Place,
    outcome: Result<Outcome, CommandError>,
) -> Result<(), CommandError> {
    match outcome {
        Ok(outcome) => {
            link.count_unsettled(u64::from(outcome == Outcome::Unsettled));
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

async fn replay_glob(link: &Link, glob: &Glob, settle: Duration) -> Result<Swept, CommandError> {
    let connection = connect(&link.config).await;
    let connection =
        connection.map_err(|error| CommandError::new(Kind::Lost, error.to_string()))?;
    sweep(&connection, glob, settle, BATCH_LIMIT, || {}).await
}

/// Takes off what is done, and puts off what is not: its connection says nothing about that of the
/// calls.
fn accept_glob(link: &Link, place: &Place, swept: Result<Swept, CommandError>) {
    match swept {
        Ok(swept) => {
            link.count_unsettled(swept.unsettled);
            link.queue.confirm(std::slice::from_ref(place));
        }
        Err(error) => {
            tracing::debug!(target: "two_tier_cache", %error, "the replay of a glob broke off");
            link.trouble(&error);
            link.queue.refuse(place);
        }
    }
}
