//! The task that looks after the connection: connects, watches, replays what is queued, and starts
//! again.
//!
//! Every kind of error is retried, a wrong password too: it may be put right on the server. Calls
//! never wait for any of this but for a short grace while a first attempt is under way.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, FutureExt, select};
use tokio::time::{Instant, sleep, timeout};
use two_tier_cache_backend::{Token, mutant};

use crate::connect::connect_told;
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::failover::Failover;
use crate::supervision::bulk::keep_bulk;
use crate::supervision::link::{Link, Live};
use crate::supervision::replay::{keep_replaying, replay_keys};
use crate::supervision::term::Term;

/// How often the server is asked whether it is well.
pub(super) const PROBE_EVERY: Duration = Duration::from_millis(250);
/// How long it may take to answer, at least and at most; in between, as long as a call waits.
const SHORTEST_LIMIT: Duration = Duration::from_millis(50);
const LONGEST_LIMIT: Duration = Duration::from_millis(250);
/// How many answers in a row may be missing.
const PROBES: u32 = 2;

/// How long calls wait for a connection that is being made, before it counts as an outage.
/// Shorter than the usual budget, so that the calls that waited find the outage declared.
const GRACE: Duration = Duration::from_millis(80);

/// The pauses between attempts; short, because a server that is back is not to be idle.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(300);

/// A connection that lasts for less than this did not really stand.
const LASTING: Duration = Duration::from_secs(1);

/// How long calls wait for what was queued in an outage, before they go on beside it.
const REPLAY_FIRST: Duration = Duration::from_millis(200);

/// How long the supervisor outlives its backend for what is still queued.
const CLOSING: Duration = Duration::from_secs(1);

/// How a connection ended.
enum End {
    /// The backend is gone.
    Closed,
    /// It broke. The server may well be there.
    Broken,
    /// The server is there, and does not work.
    Unwell(String),
}

/// Supervises until the term is over.
pub(crate) async fn supervise(term: Term) {
    let link = Arc::clone(term.link());
    let beat = pin!(async {
        loop {
            link.beat();
            if link.queue.expire() {
                link.replay.notify_one();
            }
            sleep(PROBE_EVERY).await;
        }
    });
    let work = pin!(AssertUnwindSafe(work(&term)).catch_unwind());
    if let Either::Left((Err(_panic), _)) = select(work, beat).await {
        term.panicked();
    }
}

async fn work(term: &Term) {
    let mut pause = FIRST_PAUSE;
    let mut closing = None;
    while !term.is_over() && !has_closed(term.link(), &mut closing) {
        let reason = match attempt_with_grace(term).await {
            Ok(live) => {
                let since = Instant::now();
                let end = serve(term.link(), &live).await;
                term.link().tracking.forget_all();
                let lasted = since.elapsed() >= LASTING;
                if lasted {
                    pause = FIRST_PAUSE;
                }
                match end {
                    End::Closed => break,
                    End::Broken if lasted => {
                        term.reconnecting();
                        continue;
                    }
                    End::Broken => "the connection breaks".to_owned(),
                    End::Unwell(reason) => reason,
                }
            }
            Err(reason) => reason,
        };
        term.down(&reason);
        sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether the backend is gone and nothing, or too little time, is left to do for it.
fn has_closed(link: &Link, closing: &mut Option<Instant>) -> bool {
    if !link.is_closed() {
        return false;
    }
    let left = link.queue.len();
    let over = closing.get_or_insert_with(Instant::now).elapsed() >= CLOSING;
    if over && left > 0 {
        tracing::warn!(target: "two_tier_cache", left, "invalidations are lost with their manager");
    }
    over || left == 0
}

/// Serves calls on a connection until it ends.
async fn serve(link: &Link, live: &Live) -> End {
    let (replaying, bulk) =
        (pin!(keep_replaying(link, &live.connection)), pin!(keep_bulk(link, live)));
    let beside = select(replaying, bulk);
    match select(pin!(watch(link, live)), beside).await {
        Either::Left((end, _)) => end,
        Either::Right((Either::Left((never, _)) | Either::Right((never, _)), _)) => match never {},
    }
}

/// Attempts to connect; if that takes a while, calls no longer wait for it.
async fn attempt_with_grace(term: &Term) -> Result<Arc<Live>, String> {
    let attempt = pin!(attempt(term));
    match select(attempt, pin!(sleep(GRACE))).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), attempt)) => {
            term.takes_long();
            attempt.await
        }
    }
}

/// Connects, checks the server, replays what is queued, and lets calls in. What takes too long, or
/// comes meanwhile, is replayed beside them: reads do without what it covers until then.
async fn attempt(term: &Term) -> Result<Arc<Live>, String> {
    let link = term.link();
    let connection = connect_told(&link.config, Some(&link.tracking)).await;
    let connection = connection.map_err(|error| error.to_string())?;
    let limit = link.config.connect_timeout;
    let prepared = timeout(limit, prepare(link, &connection)).await;
    prepared
        .map_err(|_| format!("no answer within {limit:?}"))?
        .map_err(|error| error.to_string())?;
    if !mutant("replay-after-publish")
        && let Ok(Err(error)) = timeout(REPLAY_FIRST, replay_keys(link, &connection)).await
    {
        return Err(error.to_string());
    }
    // What is near was told of by the connection before.
    link.tracking.forget_all();
    term.publish(connection).ok_or_else(|| "another task supervises".to_owned())
}

async fn prepare(link: &Link, connection: &Connection) -> Result<(), CommandError> {
    connection.load_scripts().await?;
    probe(link, connection).await
}

/// Asks the server whether it is well, for its time, and where that matters which one it is.
async fn probe(link: &Link, connection: &Connection) -> Result<(), CommandError> {
    if link.tracking.is_wanted() && connection.tracked().is_none() {
        track(link, connection).await?;
    }
    link.set_clock(connection.probe().await?);
    if link.config.failover == Failover::Strict {
        let incarnation = connection.ask_incarnation().await?;
        let changed = incarnation != connection.incarnation();
        connection.set_incarnation(incarnation);
        // Only now: what a read under way has found of the other does not fit from here on.
        if changed {
            link.tracking.forget_all();
        }
    }
    Ok(())
}

/// Has the server tell of changes. Whether it does, or refuses, is settled for this connection.
async fn track(link: &Link, connection: &Connection) -> Result<(), CommandError> {
    match connection.track().await {
        Ok(()) => connection.set_tracked(true),
        Err(error) if error.kind == Kind::Refused => {
            connection.set_tracked(false);
            link.refused(&error);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Watches a connection until it ends.
async fn watch(link: &Link, live: &Live) -> End {
    let limit = link.budget().clamp(SHORTEST_LIMIT, LONGEST_LIMIT);
    let (mut missing, mut closing) = (0, None);
    while missing < PROBES {
        if missing == 0 {
            let kicked = pin!(link.kick.notified());
            let pause = link.tracking.prove_every().unwrap_or(PROBE_EVERY).min(PROBE_EVERY);
            select(kicked, pin!(sleep(pause))).await;
        }
        if !link.is_up(live) {
            return End::Broken;
        }
        if has_closed(link, &mut closing) {
            return End::Closed;
        }
        let (answers, since) = (link.answers(), link.tracking.now());
        match timeout(limit, probe(link, &live.connection)).await {
            // The probe stands behind much else, but the server is at it.
            Err(_) if link.answers() != answers => missing = 0,
            Err(_) => missing += 1,
            Ok(Err(error)) if error.kind == Kind::Lost => {
                link.lost(live);
                return End::Broken;
            }
            Ok(Err(error)) => return End::Unwell(error.to_string()),
            Ok(Ok(())) => {
                link.proven(live, since);
                missing = 0;
            }
        }
    }
    End::Unwell(format!("no answer within {:?}", limit * PROBES))
}

/// Between half of a time and all of it, so that the clients of a server do not come back in step.
fn jittered(time: Duration) -> Duration {
    let [chance, ..] = *Token::random().unwrap_or_else(|| Token::from_bytes([0; 16])).as_bytes();
    time / 2 + time / 2 * u32::from(chance) / 255
}
