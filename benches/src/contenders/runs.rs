//! A cache behind a pointer, in portions: what is timed is the cache, not the pointer.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Cache, Given as _};
use crate::workload::Member;

pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Any [`Cache`].
pub trait Runs: Send + Sync {
    /// Reads all of them, one after the other, and adds up the ids of what it gets.
    fn users<'a>(&'a self, ids: &'a [u64]) -> Answer<'a, u64>;

    /// The same with keys of two parts.
    fn members<'a>(&'a self, keys: &'a [Member]) -> Answer<'a, u64>;

    /// How long each of them takes.
    fn timed<'a>(&'a self, ids: &'a [u64]) -> Answer<'a, Vec<Duration>>;

    /// Reads one, and tells the version of its row.
    fn version(&self, id: u64) -> Answer<'_, u64>;

    fn forget(&self, id: u64) -> Answer<'_, ()>;
}

impl<C: Cache> Runs for C {
    fn users<'a>(&'a self, ids: &'a [u64]) -> Answer<'a, u64> {
        Box::pin(async move {
            let mut sum = 0;
            for id in ids {
                sum += self.user(*id).await.profile()?.id;
            }
            Ok(sum)
        })
    }

    fn members<'a>(&'a self, keys: &'a [Member]) -> Answer<'a, u64> {
        Box::pin(async move {
            let mut sum = 0;
            for key in keys {
                sum += self.member(*key).await.profile()?.id;
            }
            Ok(sum)
        })
    }

    fn timed<'a>(&'a self, ids: &'a [u64]) -> Answer<'a, Vec<Duration>> {
        Box::pin(async move {
            let mut took = Vec::with_capacity(ids.len());
            for id in ids {
                let begun = Instant::now();
                self.user(*id).await.profile()?;
                took.push(begun.elapsed());
            }
            Ok(took)
        })
    }

    fn version(&self, id: u64) -> Answer<'_, u64> {
        Box::pin(async move { Ok(self.user(id).await.profile()?.version) })
    }

    fn forget(&self, id: u64) -> Answer<'_, ()> {
        Box::pin(Cache::forget(self, id))
    }
}
