//! Carrying out invalidations at the call that asks for them.

use std::collections::HashSet;
use std::fmt::Display;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{SemaphorePermit, oneshot};
use tokio::time::timeout;
use two_tier_cache_backend::{BackendError, Glob, Invalidate, Invalidation, Key, Token, timer};

use crate::commands::Outcome;
use crate::commands::sweep::sweep;
use crate::connect::connect;
use crate::error::{CommandError, Kind};
use crate::supervision::call::{Repeat, carry_out};
use crate::supervision::link::{Link, Live, State};
use crate::supervision::queue::{Order, Place, Subject};

/// How long the server may take for one page of a glob. A glob takes many.
const PAGE_LIMIT: Duration = Duration::from_secs(1);

/// How often those who wait for a glob look whether somebody is at it.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How often an attempt that takes long shows that it goes on.
const SHOW_EVERY: Duration = Duration::from_secs(5);

/// The longest wait for the globs of others.
const TURN_LIMIT: Duration = Duration::from_secs(300);

/// How many keys are sent at once. Each time the budget begins anew.
pub(crate) const BATCH: usize = 200;

/// Starts to invalidate keys; with a writer, to end its write.
pub(crate) fn start_keys(
    link: &Arc<Link>,
    keys: impl IntoIterator<Item = Key>,
    writer: Option<Token>,
    settle: Duration,
) -> Invalidate {
    // Twice is once.
    let mut seen = HashSet::new();
    let keys = keys.into_iter().filter(|key| seen.insert(key.clone()));
    let pushed = keys.map(|key| link.queue.push(Subject::Key(key), writer, settle));
    let (places, outcomes): (Vec<_>, Vec<_>) = pushed.unzip();
    start(link, places.clone(), Attempt::keys);
    // Twice the budget: they give up by themselves, unless nobody drives their runtime any more.
    let batches = u32::try_from(places.len() / BATCH).unwrap_or(u32::MAX).saturating_add(1);
    let until = Instant::now() + (link.budget() * 2).saturating_mul(batches);
    let link = Arc::clone(link);
    Invalidate::reporting(async move {
        let left = until.saturating_duration_since(Instant::now());
        let outcome = timer::limited(left, all(outcomes)).await;
        outcome.unwrap_or_else(|| {
            link.queue.fail(&places);
            link.replay.notify_one();
            Invalidation::Queued
        })
    })
}

/// Starts to invalidate what a glob covers.
pub(crate) fn start_glob(link: &Arc<Link>, glob: Glob, settle: Duration) -> Invalidate {
    let (place, outcome) = link.queue.push(Subject::Glob(glob.clone()), None, settle);
    start(link, vec![place], |attempt| attempt.glob(glob));
    let link = Arc::clone(link);
    Invalidate::reporting(async move {
        let mut outcome = pin!(all(vec![outcome]));
        loop {
            if let Some(outcome) = timer::limited(LOOK_EVERY, outcome.as_mut()).await {
                return outcome;
            }
            // Nobody else may look: the supervisor may share a runtime with the attempt that is no
            // longer driven.
            link.queue.expire();
            let _no_runtime = link.ensure_supervised();
        }
    })
}

async fn all(outcomes: Vec<oneshot::Receiver<Invalidation>>) -> Invalidation {
    let mut together = Invalidation::Applied;
    for outcome in outcomes {
        together = together.and(outcome.await.unwrap_or(Invalidation::Queued));
    }
    together
}

/// Starts an attempt, unless it is known to be in vain.
fn start<F>(link: &Arc<Link>, places: Vec<Place>, run: impl FnOnce(Attempt) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let attempt = Attempt { link: Arc::clone(link), places };
    let known_down = matches!(*link.state(), State::Down { .. }) && !link.is_stalled();
    match Handle::try_current() {
        Ok(runtime) if !known_down => drop(runtime.spawn(run(attempt))),
        // It fails, and waits for a replay.
        Ok(_) | Err(_) => drop(attempt),
    }
}

/// An attempt at invalidations. What is left when it is dropped, also together with its runtime, has
/// failed.
struct Attempt {
    link: Arc<Link>,
    places: Vec<Place>,
}

impl Attempt {
    /// Invalidates keys, as many at once as a batch holds.
    async fn keys(mut self) {
        for place in &self.places {
            self.link.queue.begin(place);
        }
        let mut shown = Instant::now();
        while !self.places.is_empty() {
            if shown.elapsed() >= SHOW_EVERY {
                self.places.iter().for_each(|place| self.link.queue.touch(&place.subject));
                shown = Instant::now();
            }
            let rest = self.places.len().saturating_sub(BATCH);
            // What it does not confirm has failed when it is dropped.
            let mut batch =
                Self { link: Arc::clone(&self.link), places: self.places.split_off(rest) };
            if let Err(error) = batch.batch().await {
                return tell(&error);
            }
        }
    }

    async fn batch(&mut self) -> Result<(), BackendError> {
        let link = &self.link;
        let outcomes = timeout(link.budget(), invalidate(link, &self.places)).await;
        let confirmed = outcomes.map_err(|_| BackendError::new("the budget is spent"))??;
        link.queue.confirm(&confirmed);
        if confirmed.len() == self.places.len() {
            self.places.clear();
        }
        Ok(())
    }

    /// Invalidates what a glob covers, and once more for those who asked for it meanwhile.
    async fn glob(mut self, glob: Glob) {
        if !self.places.iter().all(|place| self.link.queue.begin(place)) {
            // Another attempt is under way, and sees to this one too.
            return self.places.clear();
        }
        let subject = Subject::Glob(glob.clone());
        let mut sweeping = Sweeping { link: &self.link, subject: &subject, done: false };
        while let Some(order) = self.link.queue.order(&subject) {
            match invalidate_glob(&self.link, &glob, order.settle).await {
                Ok(unsettled) => self.link.count_unsettled(unsettled),
                Err(error) => return tell(&error),
            }
            self.link.queue.confirm(&[Place { subject: subject.clone(), number: order.number }]);
            if !self.link.queue.is_pending(&subject) {
                break;
            }
        }
        sweeping.done = true;
        drop(sweeping);
        self.places.clear();
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.places.is_empty() {
            self.link.queue.fail(&self.places);
            self.link.replay.notify_one();
        }
    }
}

/// An attempt at a glob that others wait for. When it is dropped, it has failed for all of them.
struct Sweeping<'a> {
    link: &'a Link,
    subject: &'a Subject,
    done: bool,
}

impl Drop for Sweeping<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.link.queue.fail_all(self.subject);
        }
    }
}

fn tell(error: &BackendError) {
    tracing::debug!(target: "two_tier_cache", %error, "an invalidation is queued");
}

/// Does all that is asked for of these keys, and returns what the server has done.
async fn invalidate(link: &Arc<Link>, places: &[Place]) -> Result<Vec<Place>, BackendError> {
    // Of what is no longer in the queue, a replay has taken care.
    let orders: Vec<(&Key, Order)> = places
        .iter()
        .filter_map(|place| match &place.subject {
            Subject::Key(key) => Some((key, link.queue.order(&place.subject)?)),
            Subject::Glob(_) => None,
        })
        .collect();
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let targets: Vec<_> = orders.iter().map(|(key, order)| order.target(key)).collect();
    let targets = &targets[..];
    let command = |live: Arc<Live>| async move {
        let outcomes = live.connection.invalidate_all(targets).await?;
        // What is wrong with the server is wrong with all of them.
        let unwell = |outcome: &&Result<Outcome, CommandError>| {
            outcome.as_ref().is_err_and(|error| error.kind != Kind::Refused)
        };
        match outcomes.iter().find(unwell) {
            Some(Err(error)) => Err(error.clone()),
            _ => Ok(outcomes),
        }
    };
    let outcomes = carry_out(link, Repeat::Harmless, command).await?;
    let done = orders.into_iter().zip(outcomes).filter_map(|((key, order), outcome)| {
        let outcome = outcome.inspect_err(|error| link.refused(error)).ok()?;
        link.count_unsettled(u64::from(outcome == Outcome::Unsettled));
        Some(Place { subject: Subject::Key(key.clone()), number: order.number })
    });
    Ok(done.collect())
}

/// Invalidates what a glob covers. That takes as long as the server has keys, so it has a
/// connection of its own, and no call waits behind it.
async fn invalidate_glob(
    link: &Arc<Link>,
    glob: &Glob,
    settle: Duration,
) -> Result<u64, BackendError> {
    let live = timeout(link.budget(), link.live()).await;
    live.map_err(|_| BackendError::new("the budget is spent"))??;
    let show = || link.queue.touch(&Subject::Glob(glob.clone()));
    let _turn = turn(link, show).await?;
    let failed = |error: &dyn Display| BackendError::new(error.to_string());
    let connection = connect(&link.config).await.map_err(|error| failed(&error))?;
    let swept = sweep(&connection, glob, settle, PAGE_LIMIT, show).await;
    let swept = swept.inspect_err(|error| link.trouble(error)).map_err(|error| failed(&error))?;
    Ok(swept.unsettled)
}

/// Waits for a turn among the globs of this process.
async fn turn(link: &Link, show: impl Fn()) -> Result<SemaphorePermit<'_>, BackendError> {
    let began = Instant::now();
    while began.elapsed() < TURN_LIMIT {
        show();
        if let Ok(Ok(turn)) = timeout(SHOW_EVERY, link.sweeps.acquire()).await {
            return Ok(turn);
        }
    }
    Err(BackendError::new("the globs of others take too long"))
}
