//! Fences: what a write is about to invalidate is marked before its body runs, so that nothing of it
//! is cached until the write has finished. Should the process be killed in between, the marks run out,
//! and nobody was left with what they had cached of it before.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{BackendError, Key, Token, timer};
use crate::manager::{Inner, Order};

/// How many keys a backend is given its budget for.
const BATCH: usize = 200;

/// Why a write was refused: its keys could not be fenced, so if its process were killed after the
/// commit, others would serve the older value for the rest of its time to live.
///
/// Functions with `#[invalidates(.., on_unreachable = refuse)]` return it as their own error,
/// before they have done anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfenced {
    reason: String,
}

impl Unfenced {
    fn new(reason: impl fmt::Display) -> Self {
        Self { reason: reason.to_string() }
    }

    pub(super) fn without_token() -> Self {
        Self::new("the system has no randomness to give")
    }
}

impl fmt::Display for Unfenced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason } = self;
        write!(f, "nothing was written: the cache could not be told beforehand: {reason}")
    }
}

impl std::error::Error for Unfenced {}

/// What a function with `on_unreachable = refuse` returns as its error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say that the write was refused",
    label = "the function fails with `Unfenced` when the cache cannot be reached",
    note = "implement `From<two_tier_cache::Unfenced>` for the error, or return one that can be \
            any error, such as `anyhow::Error`"
)]
pub trait Refusal {
    /// The error.
    fn refusal(unfenced: Unfenced) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<Unfenced>> Refusal for E {
    fn refusal(unfenced: Unfenced) -> Self {
        unfenced.into()
    }
}

/// The error of the function. The bound stands here, so that its error is on the option.
#[must_use]
pub fn refused<E: Refusal>(unfenced: Unfenced) -> E {
    E::refusal(unfenced)
}

/// Fences the keys of these orders for `writer`, those of each manager together, and counts those that
/// may stand without.
///
/// # Cancel safety
///
/// Any of the fences may stand.
pub(super) async fn place(
    orders: impl Iterator<Item = &Order>,
    writer: Token,
    fence_ttl: Option<Duration>,
) -> Result<(), Unfenced> {
    let mut outcome = Ok(());
    for part in parts(orders) {
        if let Err(error) = part.place(writer, fence_ttl).await {
            part.count();
            tracing::debug!(target: "two_tier_cache", %error, "a write goes without its fences");
            outcome = Err(Unfenced::new(error));
        }
    }
    outcome
}

/// The orders of one manager, and their keys in one list: they go to it together.
struct Part<'a> {
    caches: &'a Arc<Inner>,
    orders: Vec<&'a Order>,
    keys: Vec<Key>,
}

fn parts<'a>(orders: impl Iterator<Item = &'a Order>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for order in orders.filter(|order| !order.keys().is_empty()) {
        let known = parts.iter().position(|part| Arc::ptr_eq(part.caches, order.caches()));
        let at = known.unwrap_or_else(|| {
            parts.push(Part { caches: order.caches(), orders: Vec::new(), keys: Vec::new() });
            parts.len() - 1
        });
        parts[at].keys.extend_from_slice(order.keys());
        parts[at].orders.push(order);
    }
    parts
}

impl Part<'_> {
    async fn place(&self, writer: Token, fence_ttl: Option<Duration>) -> Result<(), BackendError> {
        let limits = &self.caches.limits;
        let fence_ttl = fence_ttl.unwrap_or(limits.fence_ttl);
        let placed = self.caches.backend.fence_many(&self.keys, writer, fence_ttl);
        if self.caches.embedded.is_some() {
            return placed.await;
        }
        let batches = u32::try_from(self.keys.len() / BATCH).unwrap_or(u32::MAX).saturating_add(1);
        let in_time = timer::limited(limits.redis_budget.saturating_mul(batches), placed).await;
        in_time.unwrap_or_else(|| Err(BackendError::new("the budget of the call is spent")))
    }

    /// Counts the keys that may stand without their fence.
    fn count(&self) {
        for order in &self.orders {
            let counters = &order.prefix().counters;
            counters.unfenced.add(order.keys().len() as u64);
            counters.backend_errors.up();
        }
    }
}
