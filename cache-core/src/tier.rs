//! Where a call turns to, and for how long: the backend within the call's budget, and once that is
//! down, the store of this process for the outage that goes on.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::access::Access;
use crate::backend::timer;
use crate::backend::{Backend, BackendError, BoxFuture};
use crate::outage::Local;

/// Timers of tokio fire late: at the next millisecond, and when the task gets its turn. That much of
/// the budget is kept for it.
const TIMERS_LATE: Duration = Duration::from_millis(4);

/// What one call knows of where it may turn to.
#[derive(Debug, Default)]
pub(crate) struct Tiers {
    /// Set once the call has found the backend down. It stays with this store to its end: what it
    /// loads from then on was loaded in this outage.
    local: OnceLock<Local>,
    spent_nanos: AtomicU64,
    failed: AtomicBool,
    /// Whether the last of them failed because the connection broke.
    broken: AtomicBool,
}

/// One of the tiers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tier<'a> {
    pub(crate) backend: &'a dyn Backend,
    local: Option<&'a Local>,
}

impl Tier<'_> {
    pub(crate) fn is_local(self) -> bool {
        self.local.is_some()
    }
}

impl Access<'_> {
    /// The backend, whatever became of it.
    pub(crate) fn remote(&self) -> Tier<'_> {
        Tier { backend: &*self.caches.backend, local: None }
    }

    /// Where the call turns to now.
    pub(crate) fn tier(&self) -> Tier<'_> {
        match self.tiers.local.get() {
            Some(local) => Tier { backend: local.store(), local: Some(local) },
            None => self.remote(),
        }
    }

    /// Where the call turns to after the backend came to nothing: the store of the outage, if it is
    /// one. While the backend is merely slow or refuses, nothing of this process may stand in for
    /// it: it would outlive the invalidations of others.
    pub(crate) fn fall_back(&self) -> Option<Tier<'_>> {
        if self.tiers.local.get().is_none() {
            let local = self.caches.outages.current(&*self.caches.backend)?;
            self.tiers.local.get_or_init(|| local);
        }
        Some(self.tier())
    }

    /// Whether what is stored in a tier is still good.
    pub(crate) fn holds(&self, tier: Tier<'_>) -> bool {
        tier.local.is_none_or(|local| local.is_current(&*self.caches.backend))
    }

    /// Whether the last command came to nothing because the connection broke, so that another attempt
    /// may succeed. Asked once.
    pub(crate) fn take_broken(&self) -> bool {
        self.tiers.broken.swap(false, Ordering::Relaxed)
    }

    /// Whether a command of this call came to nothing.
    pub(crate) fn has_failed(&self) -> bool {
        self.tiers.failed.load(Ordering::Relaxed)
    }

    /// The answer to a command within what is left of the call's budget. Nothing is sent if that is
    /// spent.
    pub(crate) async fn ask<A>(&self, tier: Tier<'_>, command: Command<'_, A>) -> Option<A> {
        let left = self.budget_left();
        if left.is_zero() && !self.answers_at_once(tier) {
            self.came_to_nothing();
            return None;
        }
        let began = Instant::now();
        let answer = self.ask_since(began, left, tier, command).await;
        self.charge(began);
        answer
    }

    /// Notes the time that a command took.
    fn charge(&self, began: Instant) {
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.tiers.spent_nanos.fetch_add(took, Ordering::Relaxed);
    }

    /// The answer to a command within a limit of its own. An error is counted and told, and the
    /// call goes on without.
    pub(crate) async fn ask_within<A>(
        &self,
        limit: Duration,
        tier: Tier<'_>,
        command: Command<'_, A>,
    ) -> Option<A> {
        self.ask_since(Instant::now(), limit, tier, command).await
    }

    async fn ask_since<A>(
        &self,
        began: Instant,
        limit: Duration,
        tier: Tier<'_>,
        command: Command<'_, A>,
    ) -> Option<A> {
        if self.answers_at_once(tier) {
            return command.await.ok();
        }
        match timer::limited_since(began, limit, command).await {
            Some(Ok(answer)) => {
                self.caches.outages.ended(&*self.caches.backend);
                return Some(answer);
            }
            Some(Err(error)) => self.tell(&error),
            None => self.tell(&BackendError::new("the budget of the call is spent")),
        }
        None
    }

    /// Notes that a command was not carried out, or not asked for.
    pub(crate) fn came_to_nothing(&self) {
        self.tiers.failed.store(true, Ordering::Relaxed);
    }

    fn tell(&self, error: &BackendError) {
        self.came_to_nothing();
        self.tiers.broken.store(error.is_broken(), Ordering::Relaxed);
        self.prefix.counters.backend_errors.up();
        tracing::debug!(target: "two_tier_cache", %error, "the backend did not answer");
    }

    /// Whether a tier is in this process.
    fn answers_at_once(&self, tier: Tier<'_>) -> bool {
        tier.is_local() || self.caches.embedded.is_some()
    }

    pub(crate) fn budget_left(&self) -> Duration {
        self.caches.limits.redis_budget.saturating_sub(TIMERS_LATE).saturating_sub(self.spent())
    }

    /// What the commands of this call have taken so far.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_nanos(self.tiers.spent_nanos.load(Ordering::Relaxed))
    }

    /// Takes back what was spent since: it was part of waiting for another's load.
    pub(crate) fn refund(&self, spent: Duration) {
        let nanos = u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX);
        self.tiers.spent_nanos.store(nanos, Ordering::Relaxed);
    }
}

/// A command on its way.
pub(crate) type Command<'a, A> = BoxFuture<'a, Result<A, BackendError>>;
