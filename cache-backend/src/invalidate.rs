//! The future of an invalidation.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// How an invalidation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invalidation {
    /// The backend has applied it: every call that starts from now on, in any process, returns a
    /// value loaded after this point.
    Applied,
    /// The backend could not be reached. The invalidation is queued and will be applied before this
    /// process reads the key from the backend again; until then other processes may serve the older
    /// value.
    Queued,
}

impl Invalidation {
    /// The outcome of both: applied only if both are.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::Applied { other } else { self }
    }
}

/// An invalidation that is under way.
///
/// It started when this was returned; awaiting it tells how it ended.
///
/// # Cancel safety
///
/// Dropping it loses nothing but the outcome.
#[must_use = "the invalidation is under way, but only awaiting it tells that it was applied"]
pub struct Invalidate(State);

enum State {
    All(Vec<Invalidate>, Invalidation),
    Deferred,
    Ended(Invalidation),
    Running(Pin<Box<dyn Future<Output = Invalidation> + Send>>),
}

impl Invalidate {
    /// An invalidation that has ended already.
    pub fn ended(outcome: Invalidation) -> Self {
        Self(State::Ended(outcome))
    }

    /// An invalidation that goes on by itself; the future only reports.
    pub fn reporting(outcome: impl Future<Output = Invalidation> + Send + 'static) -> Self {
        Self(State::Running(Box::pin(outcome)))
    }

    /// Several invalidations: applied once all are.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(State::All(parts.into_iter().collect(), Invalidation::Applied))
    }

    /// An invalidation that starts later: a write in progress has taken it on.
    #[doc(hidden)]
    pub fn deferred() -> Self {
        Self(State::Deferred)
    }

    /// Whether any part of it is one that did not wait for a write in progress.
    #[doc(hidden)]
    #[must_use]
    pub fn has_started(&self) -> bool {
        match &self.0 {
            State::All(parts, _) => parts.iter().any(Self::has_started),
            State::Deferred => false,
            State::Ended(_) | State::Running(_) => true,
        }
    }
}

impl Future for Invalidate {
    type Output = Invalidation;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Invalidation> {
        let outcome = match &mut self.0 {
            // It will be applied, and is not yet.
            State::Deferred => Invalidation::Queued,
            State::Ended(outcome) => *outcome,
            State::Running(report) => std::task::ready!(report.as_mut().poll(context)),
            State::All(parts, so_far) => {
                // All of them go on by themselves, so one after the other will do.
                while let Some(part) = parts.last_mut() {
                    *so_far = so_far.and(std::task::ready!(Pin::new(part).poll(context)));
                    parts.pop();
                }
                *so_far
            }
        };
        self.0 = State::Ended(outcome);
        Poll::Ready(outcome)
    }
}

impl fmt::Debug for Invalidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Deferred => f.write_str("Invalidate(deferred)"),
            State::Ended(outcome) => f.debug_tuple("Invalidate").field(outcome).finish(),
            State::All(..) | State::Running(_) => f.write_str("Invalidate(running)"),
        }
    }
}
