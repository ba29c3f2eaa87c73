//! How the cache is, at a glance.

/// The state of a manager's backend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Where entries go.
    pub state: HealthState,
    /// Invalidations waiting for the backend to come back.
    pub queued_invalidations: usize,
    /// Invalidations that hold for no time after themselves (`settle`), because the backend had no
    /// memory for it; they are applied all the same.
    pub unsettled_invalidations: u64,
    /// Why the backend is down, without credentials, keys or values.
    pub reason: Option<String>,
}

impl Health {
    /// A backend with nothing queued.
    #[must_use]
    pub fn new(state: HealthState) -> Self {
        Self { state, queued_invalidations: 0, unsettled_invalidations: 0, reason: None }
    }
}

/// Where entries go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthState {
    /// To a server that answers.
    Connected,
    /// To a server, once the connection that is being made stands; calls wait for it within their
    /// budget. A backend that has not been used yet is in this state too.
    Connecting,
    /// Nowhere: the manager was disabled or shut down and passes every call through.
    Disabled,
    /// For a short time to the in-process store, because the server does not answer.
    Down,
    /// To the in-process store; no server is configured.
    Embedded,
}
