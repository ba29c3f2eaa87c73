//! A server at the end of a wire: every command and every reply takes its time, and some can be
//! held up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use two_tier_cache::backend::{
    Acquire, Acquired, Backend, BackendError, BoxFuture, Fill, Form, Found, Glob, Key, Token,
};
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{Health, Invalidate};

use super::Gate;

/// The wire between a manager and an [`EncodedBackend`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire {
    server: EncodedBackend,
    line: Arc<Line>,
}

#[derive(Debug, Default)]
struct Line {
    /// Holds up replies to ACQUIRE.
    acquired: Option<Arc<Gate>>,
    /// Holds up FILL on its way to the server.
    fill: Option<Arc<Gate>>,
    /// Holds up replies to FILL.
    filled: Option<Arc<Gate>>,
    /// Holds up replies to FENCE.
    fenced: Option<Arc<Gate>>,
    /// Loses FENCE on its way to the server.
    loses_fences: bool,
    /// Where delays come from: the same for the same seed.
    delays: Option<AtomicU64>,
    gets: AtomicUsize,
    /// Answers nothing but errors.
    broken: bool,
}

impl Wire {
    fn new(server: &EncodedBackend, line: Line) -> Self {
        Self { server: server.clone(), line: Arc::new(line) }
    }

    /// Holds up replies to ACQUIRE.
    pub(crate) fn holding_acquired(server: &EncodedBackend, gate: &Arc<Gate>) -> Self {
        Self::new(server, Line { acquired: Some(Arc::clone(gate)), ..Line::default() })
    }

    /// Holds up FILL on its way to the server.
    pub(crate) fn holding_fill(server: &EncodedBackend, gate: &Arc<Gate>) -> Self {
        Self::new(server, Line { fill: Some(Arc::clone(gate)), ..Line::default() })
    }

    /// Holds up replies to FILL.
    pub(crate) fn holding_filled(server: &EncodedBackend, gate: &Arc<Gate>) -> Self {
        Self::new(server, Line { filled: Some(Arc::clone(gate)), ..Line::default() })
    }

    /// Holds up replies to FENCE.
    pub(crate) fn holding_fenced(server: &EncodedBackend, gate: &Arc<Gate>) -> Self {
        Self::new(server, Line { fenced: Some(Arc::clone(gate)), ..Line::default() })
    }

    /// Loses FENCE on its way to the server.
    pub(crate) fn losing_fences(server: &EncodedBackend) -> Self {
        Self::new(server, Line { loses_fences: true, ..Line::default() })
    }

    /// Delays every command and every reply by a few turns of the scheduler.
    pub(crate) fn delaying(server: &EncodedBackend, seed: u64) -> Self {
        Self::new(server, Line { delays: Some(AtomicU64::new(seed | 1)), ..Line::default() })
    }

    /// Answers nothing but errors.
    pub(crate) fn broken() -> Self {
        Self::new(&EncodedBackend::new(), Line { broken: true, ..Line::default() })
    }

    /// The number of GETs so far.
    pub(crate) fn gets(&self) -> usize {
        self.line.gets.load(Ordering::SeqCst)
    }

    async fn travel(&self) -> Result<(), BackendError> {
        let turns = self.line.delays.as_ref().map_or(0, |seed| random(seed) % 4);
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        if self.line.broken { Err(BackendError::new("the wire is broken")) } else { Ok(()) }
    }
}

/// The next of a row of numbers that looks random (xorshift).
pub(crate) fn random(seed: &AtomicU64) -> u64 {
    let mut x = seed.load(Ordering::SeqCst);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    seed.store(x, Ordering::SeqCst);
    x >> 11
}

async fn held(gate: Option<&Arc<Gate>>) {
    if let Some(gate) = gate {
        gate.pass().await;
    }
}

impl Backend for Wire {
    fn form(&self) -> Form {
        Form::Encoded
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Found, BackendError>> {
        Box::pin(async move {
            self.line.gets.fetch_add(1, Ordering::SeqCst);
            self.travel().await?;
            let found = self.server.get(key).await?;
            self.travel().await?;
            Ok(found)
        })
    }

    fn acquire<'a>(
        &'a self,
        key: &'a Key,
        request: Acquire,
    ) -> BoxFuture<'a, Result<Acquired, BackendError>> {
        Box::pin(async move {
            self.travel().await?;
            let acquired = self.server.acquire(key, request).await?;
            held(self.line.acquired.as_ref()).await;
            self.travel().await?;
            Ok(acquired)
        })
    }

    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        self.server.renew(key, token, lease_ttl)
    }

    fn fill<'a>(&'a self, key: &'a Key, fill: Fill) -> BoxFuture<'a, Result<bool, BackendError>> {
        Box::pin(async move {
            self.travel().await?;
            held(self.line.fill.as_ref()).await;
            let accepted = self.server.fill(key, fill).await?;
            held(self.line.filled.as_ref()).await;
            self.travel().await?;
            Ok(accepted)
        })
    }

    fn release(&self, key: &Key, token: Token) {
        self.server.release(key, token);
    }

    fn invalidate(&self, key: Key, settle: Duration) -> Invalidate {
        let wire = self.clone();
        if wire.line.delays.is_none() {
            return wire.server.invalidate(key, settle);
        }
        let sent = tokio::spawn(async move {
            drop(wire.travel().await);
            wire.server.invalidate(key, settle).await
        });
        Invalidate::reporting(async move { sent.await.expect("the wire holds") })
    }

    fn invalidate_glob(&self, glob: Glob, settle: Duration) -> Invalidate {
        let wire = self.clone();
        if wire.line.delays.is_none() {
            return wire.server.invalidate_glob(glob, settle);
        }
        let sent = tokio::spawn(async move {
            drop(wire.travel().await);
            wire.server.invalidate_glob(glob, settle).await
        });
        Invalidate::reporting(async move { sent.await.expect("the wire holds") })
    }

    fn fence<'a>(
        &'a self,
        key: &'a Key,
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        Box::pin(async move {
            self.travel().await?;
            if self.line.loses_fences {
                return Err(BackendError::new("the wire lost it"));
            }
            let ours = self.server.fence(key, writer, fence_ttl).await?;
            held(self.line.fenced.as_ref()).await;
            self.travel().await?;
            Ok(ours)
        })
    }

    fn finish(&self, key: Key, writer: Token, settle: Duration) -> Invalidate {
        let wire = self.clone();
        if wire.line.delays.is_none() {
            return wire.server.finish(key, writer, settle);
        }
        let sent = tokio::spawn(async move {
            drop(wire.travel().await);
            wire.server.finish(key, writer, settle).await
        });
        Invalidate::reporting(async move { sent.await.expect("the wire holds") })
    }

    fn health(&self) -> Health {
        self.server.health()
    }
}
