//! Invalidations under way.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use two_tier_cache_backend::{BackendError, Glob, Invalidate, Invalidation, Key, Token};

use crate::commands::Outcome;
use crate::commands::sweep::sweep;
use crate::connect::connect;
use crate::supervision::call::carry_out;
use crate::supervision::link::{Link, Live, State};
use crate::supervision::queue::Order;

/// How long the server may take for one page of a pattern. A pattern takes many.
const PAGE_LIMIT: Duration = Duration::from_secs(1);

/// Starts to carry out an order. It goes on when the returned future is dropped, and ends in the
/// queue if it cannot be carried out.
pub(crate) fn start(link: &Arc<Link>, order: Order) -> Invalidate {
    let under_way = UnderWay::new(link, order);
    let known_down = matches!(*link.state(), State::Down { .. }) && !link.is_stalled();
    match Handle::try_current() {
        Ok(runtime) if !known_down => {
            let task = runtime.spawn(under_way.run());
            Invalidate::reporting(async { task.await.unwrap_or(Invalidation::Queued) })
        }
        // Dropping it queues it.
        Ok(_) | Err(_) => Invalidate::ended(Invalidation::Queued),
    }
}

/// An order that is neither carried out nor queued yet. Dropping it, also together with the runtime
/// it runs on, queues it.
struct UnderWay {
    link: Arc<Link>,
    order: Option<Order>,
}

impl UnderWay {
    fn new(link: &Arc<Link>, order: Order) -> Self {
        link.under_way.fetch_add(1, Ordering::SeqCst);
        Self { link: Arc::clone(link), order: Some(order) }
    }

    async fn run(mut self) -> Invalidation {
        let carried_out = match &self.order {
            Some(Order::Key { key, writer, settle }) => {
                invalidate(&self.link, key, *writer, *settle).await
            }
            Some(Order::Glob { glob, settle }) => invalidate_glob(&self.link, glob, *settle).await,
            None => Ok(0),
        };
        match carried_out {
            Ok(unsettled) => {
                self.link.count_unsettled(unsettled);
                self.order = None;
                Invalidation::Applied
            }
            Err(error) => {
                tracing::debug!(target: "two_tier_cache", %error, "an invalidation is queued");
                Invalidation::Queued
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(order) = self.order.take() {
            self.link.enqueue(order);
        }
        self.link.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Invalidates a key within the budget, and returns how many holds there was no memory for.
async fn invalidate(
    link: &Arc<Link>,
    key: &Key,
    writer: Option<Token>,
    settle: Duration,
) -> Result<u64, BackendError> {
    let command = |live: Arc<Live>| async move {
        live.connection.invalidate(key.as_str(), writer, settle).await
    };
    let outcome = timeout(link.budget(), carry_out(link, command)).await;
    let outcome = outcome.map_err(|_| BackendError::new("the budget is spent"))??;
    Ok(u64::from(outcome == Outcome::Unsettled))
}

/// Invalidates what a pattern covers. That takes as long as the server has keys, so it has a
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
