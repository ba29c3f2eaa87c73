//! Carrying out an invalidation at the call that asks for it.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;
use two_tier_cache_backend::{BackendError, Glob, Invalidate, Invalidation, Key};

use crate::commands::sweep::sweep;
use crate::commands::{Outcome, Target};
use crate::connect::connect;
use crate::error::CommandError;
use crate::supervision::call::{Repeat, carry_out};
use crate::supervision::link::{Link, Live, State};
use crate::supervision::queue::{Order, Place};

/// How long the server may take for one page of a glob. A glob takes many.
const PAGE_LIMIT: Duration = Duration::from_secs(1);

/// Starts to carry out an order. It is in the queue from here on, until the server has confirmed it;
/// the returned future only reports.
pub(crate) fn start(link: &Arc<Link>, order: Order) -> Invalidate {
    let (reporter, outcome) = oneshot::channel();
    if let Some(place) = link.queue.push(order.clone(), reporter) {
        let attempt = Attempt { link: Arc::clone(link), place: Some(place) };
        let known_down = matches!(*link.state(), State::Down { .. }) && !link.is_stalled();
        match Handle::try_current() {
            Ok(runtime) if !known_down => drop(runtime.spawn(attempt.run(order))),
            // It fails at once, and waits for a replay.
            Ok(_) | Err(_) => drop(attempt),
        }
    }
    Invalidate::reporting(async { outcome.await.unwrap_or(Invalidation::Queued) })
}

/// An attempt at an order. It has failed if it is dropped, also together with its runtime.
struct Attempt {
    link: Arc<Link>,
    place: Option<Place>,
}

impl Attempt {
    async fn run(mut self, order: Order) {
        let carried_out = match &order {
            Order::Key { key, .. } => invalidate(&self.link, key).await,
            Order::Glob { glob, settle } => invalidate_glob(&self.link, glob, *settle).await,
        };
        match carried_out {
            Ok(unsettled) => {
                self.link.count_unsettled(unsettled);
                self.link.queue.confirm(self.place.take().as_slice());
            }
            Err(error) => {
                tracing::debug!(target: "two_tier_cache", %error, "an invalidation is queued");
            }
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(place) = &self.place {
            self.link.queue.fail(place);
            self.link.replay.notify_one();
        }
    }
}

/// Does all that is asked for a key, within the budget. Returns how many holds there was no memory
/// for.
async fn invalidate(link: &Arc<Link>, key: &Key) -> Result<u64, BackendError> {
    let Some(order) = link.queue.key(key) else {
        // A replay came before.
        return Ok(0);
    };
    let order = &order;
    let command = |live: Arc<Live>| async move {
        let target = Target { key: key.as_str(), writers: &order.writers, settle: order.settle };
        let mut outcomes = live.connection.invalidate_all(&[target]).await?;
        outcomes.pop().unwrap_or_else(|| Err(CommandError::unexpected("INVALIDATE")))
    };
    let outcome = timeout(link.budget(), carry_out(link, Repeat::Harmless, command)).await;
    let outcome = outcome.map_err(|_| BackendError::new("the budget is spent"))??;
    Ok(u64::from(outcome == Outcome::Unsettled))
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
