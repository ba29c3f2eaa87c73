//! Carrying out an invalidation at the call that asks for it.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;
use two_tier_cache_backend::{BackendError, Glob, Invalidate, Invalidation, Key, Token};

use crate::commands::sweep::sweep;
use crate::commands::{Outcome, Target};
use crate::connect::connect;
use crate::error::{CommandError, Kind};
use crate::supervision::call::{Repeat, carry_out};
use crate::supervision::link::{Link, Live, State};
use crate::supervision::queue::{Order, Place};

/// How long the server may take for one page of a glob. A glob takes many.
const PAGE_LIMIT: Duration = Duration::from_secs(1);

/// How many keys are sent at once. Each time the budget begins anew.
const BATCH: usize = 200;

/// Starts to invalidate a key; with a writer, to end its write.
pub(crate) fn start_key(
    link: &Arc<Link>,
    key: Key,
    writer: Option<Token>,
    settle: Duration,
) -> Invalidate {
    start(link, [Order::Key { key, writer, settle }])
}

/// Starts to invalidate several keys.
pub(crate) fn start_keys(link: &Arc<Link>, keys: Vec<Key>, settle: Duration) -> Invalidate {
    start(link, keys.into_iter().map(|key| Order::Key { key, writer: None, settle }))
}

/// Starts to invalidate what a glob covers.
pub(crate) fn start_glob(link: &Arc<Link>, glob: Glob, settle: Duration) -> Invalidate {
    start(link, [Order::Glob { glob, settle }])
}

/// Starts to carry out orders. They are in the queue from here on, until the server has confirmed
/// them; the returned future only reports.
fn start(link: &Arc<Link>, orders: impl IntoIterator<Item = Order>) -> Invalidate {
    let mut attempt = Attempt { link: Arc::clone(link), places: Vec::new() };
    let mut reports = Vec::new();
    for order in orders {
        let (reporter, outcome) = oneshot::channel();
        attempt.places.extend(link.queue.push(order, reporter));
        reports
            .push(Invalidate::reporting(async { outcome.await.unwrap_or(Invalidation::Queued) }));
    }
    let known_down = matches!(*link.state(), State::Down { .. }) && !link.is_stalled();
    match Handle::try_current() {
        Ok(runtime) if !known_down => drop(runtime.spawn(attempt.run())),
        // It fails at once, and waits for a replay.
        Ok(_) | Err(_) => drop(attempt),
    }
    Invalidate::all(reports)
}

/// An attempt at orders. What is left when it is dropped, also together with its runtime, has failed.
struct Attempt {
    link: Arc<Link>,
    places: Vec<Place>,
}

impl Attempt {
    async fn run(mut self) {
        self.link.queue.begin(&self.places);
        while let Some(place) = self.places.last() {
            let carried_out = match place {
                Place::Key(..) => self.keys().await,
                Place::Glob(number) => self.glob(*number).await,
            };
            if let Err(error) = carried_out {
                tracing::debug!(target: "two_tier_cache", %error, "an invalidation is queued");
                return;
            }
        }
    }

    /// Carries out the last of the keys, as many as go at once.
    async fn keys(&mut self) -> Result<(), BackendError> {
        let batch = self.places.split_off(self.places.len().saturating_sub(BATCH));
        // Those that fail are found again when this is dropped.
        let mut batch = Self { link: Arc::clone(&self.link), places: batch };
        let outcomes = timeout(self.link.budget(), invalidate(&self.link, &batch.places)).await;
        let outcomes = outcomes.map_err(|_| BackendError::new("the budget is spent"))??;
        let mut outcomes = outcomes.into_iter();
        let confirmed = batch.places.extract_if(.., |_| outcomes.next() != Some(false));
        self.link.queue.confirm(&confirmed.collect::<Vec<_>>());
        Ok(())
    }

    /// Carries out the last of the globs.
    async fn glob(&mut self, number: u64) -> Result<(), BackendError> {
        if let Some(order) = self.link.queue.glob(number) {
            let unsettled = invalidate_glob(&self.link, &order.glob, order.settle).await?;
            self.link.count_unsettled(unsettled);
        }
        self.link.queue.confirm(self.places.pop().as_slice());
        Ok(())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        for place in &self.places {
            self.link.queue.fail(place);
        }
        if !self.places.is_empty() {
            self.link.replay.notify_one();
        }
    }
}

/// Does all that is asked for keys, and tells for each whether the server has done it.
async fn invalidate(link: &Arc<Link>, places: &[Place]) -> Result<Vec<bool>, BackendError> {
    // Of what is no longer in the queue, a replay has taken care.
    let orders: Vec<_> = places.iter().map(|place| link.queue.key(place)).collect();
    let targets: Vec<_> = orders.iter().flatten().map(|(key, order)| order.target(key)).collect();
    let targets: &[Target<'_>] = &targets;
    let command = |live: Arc<Live>| async move {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = live.connection.invalidate_all(targets).await?;
        // What is wrong with the server is wrong with all of them.
        let unwell = |outcome: &Result<_, CommandError>| {
            outcome.as_ref().is_err_and(|error| error.kind != Kind::Refused)
        };
        match outcomes.iter().find(|outcome| unwell(outcome)) {
            Some(Err(error)) => Err(error.clone()),
            _ => Ok(outcomes),
        }
    };
    let mut outcomes = carry_out(link, Repeat::Harmless, command).await?.into_iter();
    let done = orders.iter().map(|order| match order.as_ref().and_then(|_| outcomes.next()) {
        None => true,
        Some(Ok(outcome)) => {
            link.count_unsettled(u64::from(outcome == Outcome::Unsettled));
            true
        }
        Some(Err(error)) => {
            link.refused(&error);
            false
        }
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
    let _turn = link.sweeps.acquire().await;
    let failed = |error: &dyn Display| BackendError::new(error.to_string());
    let connection = connect(&link.config).await.map_err(|error| failed(&error))?;
    let swept = sweep(&connection, glob, settle, PAGE_LIMIT).await;
    let swept = swept.inspect_err(|_| link.doubt()).map_err(|error| failed(&error))?;
    Ok(swept.unsettled)
}
