//! The write side: what `#[invalidates(..)]` promises for one call of a function that writes.

mod collect;
mod fence;
mod probe;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(crate) use self::collect::collect;
pub(crate) use self::collect::collecting;
pub use self::fence::{Refusal, Unfenced, refused};
pub use self::probe::{BesideResult, Given, GivenReference, Keep, Returned, ReturnedPlain, keep};
use crate::backend::{Invalidate, Token, mutant};
use crate::manager::{LONGEST_TIME, Order, SHORTEST_TIME};

/// What is known of a function that writes, at compile time.
#[derive(Debug)]
pub struct Writer {
    path: &'static str,
    told: AtomicBool,
}

impl Writer {
    /// A function, by its full path.
    #[must_use]
    pub const fn new(path: &'static str) -> Self {
        Self { path, told: AtomicBool::new(false) }
    }

    #[cold]
    fn tell_too_early(&self) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::error!(
                target: "two_tier_cache",
                function = self.path,
                "a target of `#[invalidates]` had started before the write, and is not repeated \
                 after it; make the call inside `via(..)`"
            );
        }
    }
}

/// One call of a function that writes. However it ends, from [`before`](Self::before) on, its
/// targets are invalidated after the body is gone: dropping this starts what has not started.
pub struct Write {
    writer: &'static Writer,
    /// What starts after the body.
    orders: VecDeque<Order>,
    /// How long its fences stand, if the function says so.
    fence_ttl: Option<Duration>,
    /// What is under way.
    running: Vec<Invalidate>,
}

impl Write {
    /// A call that begins.
    #[must_use]
    pub const fn new(writer: &'static Writer) -> Self {
        Self { writer, orders: VecDeque::new(), fence_ttl: None, running: Vec::new() }
    }

    /// Evaluates a target before the body, and starts nothing of it.
    pub fn before(&mut self, target: impl FnOnce() -> Invalidate) {
        let (target, orders) = collecting(target);
        self.orders.extend(orders);
        if target.has_started() {
            self.writer.tell_too_early();
        }
        self.running.push(target);
    }

    /// Sets how long the fences stand, instead of what the manager says; within the same limits.
    pub fn fence_for(&mut self, fence_ttl: Duration) {
        self.fence_ttl = Some(fence_ttl.clamp(SHORTEST_TIME, LONGEST_TIME));
    }

    /// Fences what was evaluated; where that fails, the write goes without.
    ///
    /// # Cancel safety
    ///
    /// The fences end with this write.
    pub async fn fence(&mut self) {
        // It is counted and told where it failed, and what was not fenced is invalidated all the same.
        drop(self.fence_or_refuse().await);
    }

    /// Fences what was evaluated.
    ///
    /// # Errors
    ///
    /// If one of the keys may stand without. The write must not be done then.
    ///
    /// # Cancel safety
    ///
    /// As [`fence`](Self::fence).
    pub async fn fence_or_refuse(&mut self) -> Result<(), Unfenced> {
        if mutant("invalidate-before-commit") {
            self.written();
            self.running.drain(..).for_each(drop);
            return Ok(());
        }
        let writer = Token::random().ok_or_else(Unfenced::without_token)?;
        // First of all: a fence that may stand ends with this write, whatever becomes of this future.
        self.orders.iter_mut().for_each(|order| order.finishes(writer));
        fence::place(self.orders.iter(), writer, self.fence_ttl).await
    }

    /// Starts what was evaluated before the body. For after the body, however that ended.
    pub fn written(&mut self) {
        // One by one: should the drop of a cached value panic, the rest start all the same.
        while let Some(order) = self.orders.pop_front() {
            self.running.push(order.start());
        }
    }

    /// Adds a target that is under way.
    pub fn after(&mut self, target: Invalidate) {
        self.running.push(target);
    }

    /// Waits until the invalidations have ended. The outcome is counted and logged where they run.
    ///
    /// # Cancel safety
    ///
    /// They go on by themselves.
    pub async fn invalidated(mut self) {
        let running = std::mem::take(&mut self.running);
        let _counted = Invalidate::all(running).await;
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if mutant("dropped-write-forgets") {
            self.orders.clear();
        }
        self.written();
    }
}

impl std::fmt::Debug for Write {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Write").field("writer", &self.writer.path).finish_non_exhaustive()
    }
}
