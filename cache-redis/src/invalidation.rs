//! Invalidations under way.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use two_tier_cache_backend::{BackendError, Invalidate, Invalidation};

use crate::call::carry_out;
use crate::commands::Outcome;
use crate::connect::connect;
use crate::connection::Connection;
use crate::error::{CommandError, Kind};
use crate::link::{Link, Live, State};
use crate::queue::Order;
use crate::sweep::sweep;

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
            Some(Order::Key { .. }) => timeout(self.link.budget(), self.invalidate()).await,
            Some(Order::Glob { .. }) => Ok(self.sweep().await),
            None => Ok(Ok(())),
        };
        match carried_out {
            Ok(Ok(())) => {
                self.order = None;
                Invalidation::Applied
            }
            Ok(Err(error)) => {
                tracing::debug!(target: "two_tier_cache", %error, "an invalidation is queued");
                Invalidation::Queued
            }
            Err(_) => Invalidation::Queued,
        }
    }

    async fn invalidate(&self) -> Result<(), BackendError> {
        let Some(Order::Key { key, writer, settle }) = &self.order else {
            return Ok(());
        };
        let command = |live: Arc<Live>| async move {
            live.connection.invalidate(key.as_str(), *writer, *settle).await
        };
        if carry_out(&self.link, command).await? == Outcome::Unsettled {
            self.link.count_unsettled(1);
        }
        Ok(())
    }

    async fn sweep(&self) -> Result<(), BackendError> {
        let Some(Order::Glob { glob, settle }) = &self.order else {
            return ready(Ok(())).await;
        };
        let live = timeout(self.link.budget(), self.link.live()).await;
        let live = live.map_err(|_| BackendError::new("no connection"))??;
        let swept = async {
            let bulk = live.bulk(&self.link).await?;
            sweep(&bulk, glob, *settle, PAGE_LIMIT).await
        };
        let swept = swept.await.inspect_err(|_| self.link.doubt());
        let swept = swept.map_err(|error| BackendError::new(error.to_string()))?;
        self.link.count_unsettled(swept.unsettled);
        Ok(())
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

impl Live {
    /// The connection for what takes long.
    async fn bulk(&self, link: &Link) -> Result<Connection, CommandError> {
        let connect = async {
            let connection = connect(&link.config).await;
            connection.map_err(|error| CommandError::new(Kind::Lost, error.to_string()))
        };
        self.bulk.get_or_try_init(|| connect).await.cloned()
    }
}
