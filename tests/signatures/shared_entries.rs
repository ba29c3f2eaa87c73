//! Type parameters that occur only in skipped arguments say nothing of what is loaded: whatever
//! stands for them, it is one entry.

use std::future::ready;

use two_tier_cache::two_tier_cached;

use super::{Db, Error, TTL, User, loads, managers, row};

/// What runs a query: a pool, a connection, a transaction.
trait Connection {
    async fn query(&self) -> Result<u32, Error>;
}

impl Connection for Db {
    async fn query(&self) -> Result<u32, Error> {
        Ok(row().await)
    }
}

struct Pooled(Db);

impl Connection for Pooled {
    async fn query(&self) -> Result<u32, Error> {
        self.0.query().await
    }
}

#[two_tier_cached(prefix = "shared_entries.impl", ttl = TTL, skip(db))]
async fn by_impl(db: &impl Connection, id: u64) -> Result<User, Error> {
    Ok(User { id, row: db.query().await? })
}

#[two_tier_cached(prefix = "shared_entries.generic", ttl = TTL, skip(db, map))]
async fn by_generic<C, F>(db: &C, id: u64, map: F) -> Result<User, Error>
where
    C: Connection + ?Sized,
    F: AsyncFnOnce(u32) -> u32,
{
    Ok(User { id, row: map(db.query().await?).await })
}

/// `key(..)` skips what it does not name.
#[two_tier_cached(prefix = "shared_entries.key", ttl = TTL, key(id))]
async fn by_key<C: Connection>(db: &C, id: u64) -> Option<User> {
    Some(User { id, row: db.query().await.ok()? })
}

async fn on_each(calls: impl AsyncFn()) {
    for caches in managers() {
        caches.scope(calls()).await;
        assert!(caches.stats().functions.iter().all(|function| function.conflicts == 0));
    }
}

#[tokio::test]
async fn of_two_kinds_of_connections() {
    on_each(async || {
        let first = loads(1, by_impl(&Db, 1)).await.unwrap();
        assert_eq!(loads(0, by_impl(&Pooled(Db), 1)).await.unwrap(), first);
        invalidate_by_impl(1).await;
        let second = loads(1, by_impl(&Pooled(Db), 1)).await.unwrap();
        assert_eq!(loads(0, by_impl(&Db, 1)).await.unwrap(), second);
    })
    .await;
}

/// Every closure is a type of its own.
#[tokio::test]
async fn of_any_two_closures() {
    on_each(async || {
        let first = loads(1, by_generic(&Db, 1, async |row| row)).await.unwrap();
        let hit = loads(0, by_generic(&Pooled(Db), 1, |row| ready(row + 1))).await.unwrap();
        assert_eq!(hit, first);
    })
    .await;
}

#[tokio::test]
async fn of_what_key_does_not_name() {
    on_each(async || {
        let first = loads(1, by_key(&Pooled(Db), 1)).await.unwrap();
        assert_eq!(loads(0, by_key(&Db, 1)).await.unwrap(), first);
    })
    .await;
}
