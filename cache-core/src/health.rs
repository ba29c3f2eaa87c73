//! How the cache is, at a glance.

/// The state of a manager's backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Where entries go.
    pub state: HealthState,
    /// Invalidations waiting for the backend to come back.
    pub queued_invalidations: usize,
}

impl Health {
    /// A backend with nothing queued.
    #[must_use]
    pub fn new(state: HealthState) -> Self {
        Self { state, queued_invalidations: 0 }
    }
}

/// Where entries go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthState {
    /// To a server that answers.
    Connected,
    /// Nowhere: the manager was disabled or shut down and passes every call through.
    Disabled,
    /// For a short time to the in-process store, because the server does not answer.
    Down,
    /// To the in-process store; no server is configured.
    Embedded,
}
