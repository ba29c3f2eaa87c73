//! The task that looks after the connection: connects, replays what is queued, watches, and starts
//! again.
//!
//! Every kind of error is retried, a wrong password too: it may be put right on the server. Calls
//! never wait for any of this but for a short grace while a first attempt is under way.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep, timeout};
use two_tier_cache_backend::Token;

use crate::connect::connect;
use crate::connect::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::supervision::link::{Link, Live};
use crate::supervision::office::Term;
use crate::supervision::replay::{Replayed, replay};

/// How often the server is asked whether it is well.
const PROBE_EVERY: Duration = Duration::from_millis(250);
/// How long it may take to answer.
const PROBE_LIMIT: Duration = Duration::from_millis(250);
/// How many answers in a row may be missing.
const PROBES: u32 = 2;

/// How long calls wait for a connection that is being made, before it counts as an outage.
const GRACE: Duration = Duration::from_millis(100);

/// The pauses between attempts; short, because a server that is back is not to be idle.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(300);

/// A connection that lasts for less than this did not really stand.
const LASTING: Duration = Duration::from_secs(1);

/// How a connection ended.
enum End {
    /// It broke. The server may well be there.
    Broken,
    /// The server is there, and does not work.
    Unwell(String),
}

/// Supervises until the term is over.
pub(crate) async fn supervise(term: Term) {
    let link = Arc::clone(term.link());
    let work = pin!(work(&term));
    let beat = pin!(async {
        loop {
            link.beat();
            sleep(PROBE_EVERY).await;
        }
    });
    let (Either::Left(((), _)) | Either::Right(((), _))) = select(work, beat).await;
}

async fn work(term: &Term) {
    let mut pause = FIRST_PAUSE;
    while !term.is_over() {
        let reason = match attempt_with_grace(term).await {
            Ok(live) => {
                pause = FIRST_PAUSE;
                let since = Instant::now();
                match watch(term.link(), &live).await {
                    End::Broken if since.elapsed() >= LASTING => {
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

/// Connects, checks the server, applies what is queued, and only then lets calls in.
async fn attempt(term: &Term) -> Result<Arc<Live>, String> {
    let link = term.link();
    let connection = connect(&link.config).await.map_err(|error| error.to_string())?;
    let limit = link.config.connect_timeout;
    let prepared = timeout(limit, prepare(link, &connection)).await;
    prepared
        .map_err(|_| format!("no answer within {limit:?}"))?
        .map_err(|error| error.to_string())?;
    loop {
        let replayed = replay(link, &connection).await.map_err(|error| error.to_string())?;
        if let Some(live) = term.publish(connection.clone(), replayed == Replayed::Refused) {
            return Ok(live);
        }
        if term.is_over() {
            return Err("another task supervises".to_owned());
        }
    }
}

async fn prepare(link: &Link, connection: &Connection) -> Result<(), CommandError> {
    connection.load_scripts().await?;
    probe(link, connection).await
}

/// Asks the server whether it is well, and for its time.
async fn probe(link: &Link, connection: &Connection) -> Result<(), CommandError> {
    let asked = link.elapsed();
    link.set_clock(connection.probe().await?, asked);
    Ok(())
}

/// Watches a connection until it ends, and applies what is queued meanwhile.
async fn watch(link: &Link, live: &Live) -> End {
    let mut missing = 0;
    while missing < PROBES {
        if missing == 0 {
            let kicked = pin!(link.kick.notified());
            select(kicked, pin!(sleep(PROBE_EVERY))).await;
        }
        if !link.is_up(live) {
            return End::Broken;
        }
        match timeout(PROBE_LIMIT, probe(link, &live.connection)).await {
            Err(_) => missing += 1,
            Ok(Err(error)) if error.kind == Kind::Lost => {
                link.lost(live);
                return End::Broken;
            }
            Ok(Err(error)) => return End::Unwell(error.to_string()),
            Ok(Ok(())) => {
                missing = 0;
                // What it cannot apply stays queued, and the next probe tells why.
                let _tried_again = replay(link, &live.connection).await;
            }
        }
    }
    End::Unwell(format!("no answer within {:?}", PROBE_LIMIT * PROBES))
}

/// Between half of a time and all of it, so that the clients of a server do not come back in step.
fn jittered(time: Duration) -> Duration {
    let [chance, ..] = *Token::random().unwrap_or_else(|| Token::from_bytes([0; 16])).as_bytes();
    time / 2 + time / 2 * u32::from(chance) / 255
}
