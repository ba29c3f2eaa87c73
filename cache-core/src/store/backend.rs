//! The in-process store as a [`Backend`]: everything is done by the time a method returns.

use std::future::ready;
use std::time::Duration;

use super::Store;
use crate::backend::{
    Acquire, Acquired, Backend, BackendError, BoxFuture, Fill, Form, Found, Glob, Health,
    HealthState, Invalidate, Invalidation, Key, Token,
};

fn done<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, BackendError>> {
    Box::pin(ready(Ok(value)))
}

impl Backend for Store {
    fn form(&self) -> Form {
        self.form
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Found, BackendError>> {
        done(self.get(key))
    }

    fn acquire<'a>(
        &'a self,
        key: &'a Key,
        request: Acquire,
    ) -> BoxFuture<'a, Result<Acquired, BackendError>> {
        done(self.acquire(key, request))
    }

    fn renew<'a>(
        &'a self,
        key: &'a Key,
        token: Token,
        lease_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        done(self.renew(key, token, lease_ttl))
    }

    fn fill<'a>(&'a self, key: &'a Key, fill: Fill) -> BoxFuture<'a, Result<bool, BackendError>> {
        done(self.fill(key, fill))
    }

    fn release(&self, key: &Key, token: Token) {
        self.release(key, token);
    }

    fn invalidate(&self, key: Key, settle: Duration) -> Invalidate {
        self.invalidate(&key, settle);
        Invalidate::ended(Invalidation::Applied)
    }

    fn invalidate_glob(&self, glob: Glob, settle: Duration) -> Invalidate {
        self.invalidate_glob(&glob, settle, |_, _| false);
        Invalidate::ended(Invalidation::Applied)
    }

    fn fence<'a>(
        &'a self,
        key: &'a Key,
        writer: Token,
        fence_ttl: Duration,
    ) -> BoxFuture<'a, Result<bool, BackendError>> {
        self.fence(key, writer, fence_ttl);
        done(true)
    }

    fn finish(&self, key: Key, writer: Token, settle: Duration) -> Invalidate {
        self.finish(&key, writer, settle);
        Invalidate::ended(Invalidation::Applied)
    }

    fn health(&self) -> Health {
        Health::new(HealthState::Embedded)
    }
}
