//! A long line to the server: some commands and some replies travel for a while, so that others
//! overtake them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::time::sleep;
use two_tier_cache::backend::{
    Acquire, Acquired, Backend, BackendError, BoxFuture, Fill, Form, Found, Glob, Key, NearTier,
    Token, Tracked,
};
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{Health, Invalidate};

use crate::support::wire::random;

/// A backend at the end of a long line.
#[derive(Debug)]
pub(crate) struct Line {
    server: RedisBackend,
    longest: Duration,
    seed: AtomicU64,
}

impl Line {
    /// One way takes up to `longest`, which may be nothing.
    pub(crate) fn to(server: RedisBackend, longest: Duration) -> Self {
        Self { server, longest, seed: AtomicU64::new(u64::from(std::process::id()) | 1) }
    }

    async fn travel(&self) {
        let late = random(&self.seed).is_multiple_of(4);
        if late && !self.longest.is_zero() {
            let part = u32::try_from(random(&self.seed) % 1_000).unwrap();
            sleep(self.longest * part / 1_000).await;
        }
    }

    async fn there_and_back<A>(&self, command: BoxFuture<'_, A>) -> A {
        self.travel().await;
        let answer = command.await;
        self.travel().await;
        answer
    }
}

impl Backend for Line {
    fn form(&self) -> Form {
        self.server.form()
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Found, BackendError>> {
        Box::pin(self.there_and_back(self.server.get(key)))
    }

    fn attach_near(&self, near: Arc<dyn NearTier>, max_lag: Duration) {
        self.server.attach_near(near, max_lag);
    }

    fn get_near<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Tracked, BackendError>> {
        Box::pin(self.there_and_back(self.server.get_near(key)))
    }

    fn acquire<'a>(
        &'a self,
        key: &'a Key,
        request: Acquire,
    ) -> BoxFuture<'a, Result<Acquired, BackendError>> {
        Box::pin(self.there_and_back(self.server.acquire(key, request)))
    }

    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        Box::pin(self.there_and_back(self.server.renew(key, token, lease_ttl)))
    }

    fn fill<'a>(&'a self, key: &'a Key, fill: Fill) -> BoxFuture<'a, Result<bool, BackendError>> {
        Box::pin(self.there_and_back(self.server.fill(key, fill)))
    }

    fn release(&self, key: &Key, token: Token) {
        self.server.release(key, token);
    }

    fn invalidate(&self, key: Key, settle: Duration) -> Invalidate {
        self.server.invalidate(key, settle)
    }

    fn invalidate_glob(&self, glob: Glob, settle: Duration) -> Invalidate {
        self.server.invalidate_glob(glob, settle)
    }

    fn fence<'a>(
        &'a self,
        key: &'a Key,
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        self.server.fence(key, writer, fence_ttl)
    }

    fn finish(&self, key: Key, writer: Token, settle: Duration) -> Invalidate {
        self.server.finish(key, writer, settle)
    }

    fn attach(&self, budget: Duration) {
        self.server.attach(budget);
    }

    fn outage(&self) -> Option<u64> {
        self.server.outage()
    }

    fn health(&self) -> Health {
        self.server.health()
    }

    fn ready(&self) -> BoxFuture<'_, ()> {
        self.server.ready()
    }

    fn drained(&self) -> BoxFuture<'_, ()> {
        self.server.drained()
    }

    fn shut_down(&self) -> usize {
        self.server.shut_down()
    }
}
