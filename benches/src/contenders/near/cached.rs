//! `cached`, through its attributes.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Result;
use cached::macros::{cached, concurrent_cached};
use cached::{Cached, ConcurrentCached};

use crate::contenders::{Cache, Place, Runs};
use crate::workload::{Database, Member, Profile};

#[concurrent_cached(max_size = 40_000, ttl_secs = 3_600, key = "u64", convert = { id })]
async fn sharded_user(db: &Database, id: u64) -> Result<Arc<Profile>, Infallible> {
    Ok(Arc::new(db.load(id).await))
}

#[concurrent_cached(
    max_size = 40_000,
    ttl_secs = 3_600,
    key = "(String, u64)",
    convert = { (tenant.to_owned(), id) }
)]
async fn sharded_member(db: &Database, tenant: &str, id: u64) -> Result<Arc<Profile>, Infallible> {
    debug_assert!(!tenant.is_empty(), "a tenant has a name");
    Ok(Arc::new(db.load(id).await))
}

struct Sharded(Arc<Database>);

impl Cache for Sharded {
    type Given = Result<Arc<Profile>, Infallible>;

    fn user(&self, id: u64) -> impl Future<Output = Self::Given> + Send {
        sharded_user(&self.0, id)
    }

    fn member(&self, Member { tenant, id }: Member) -> impl Future<Output = Self::Given> + Send {
        sharded_member(&self.0, tenant, id)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        if let Some(users) = SHARDED_USER.get() {
            users.cache_remove(&id)?;
        }
        Ok(())
    }
}

pub async fn sharded(place: Place) -> Result<Arc<dyn Runs>> {
    Ok(Arc::new(Sharded(place.db)))
}

#[cached(max_size = 40_000, ttl_secs = 3_600, key = "u64", convert = { id })]
async fn locked_user(db: &Database, id: u64) -> Result<Arc<Profile>, Infallible> {
    Ok(Arc::new(db.load(id).await))
}

#[cached(
    max_size = 40_000,
    ttl_secs = 3_600,
    key = "(String, u64)",
    convert = { (tenant.to_owned(), id) }
)]
async fn locked_member(db: &Database, tenant: &str, id: u64) -> Result<Arc<Profile>, Infallible> {
    debug_assert!(!tenant.is_empty(), "a tenant has a name");
    Ok(Arc::new(db.load(id).await))
}

struct OneLock(Arc<Database>);

impl Cache for OneLock {
    type Given = Result<Arc<Profile>, Infallible>;

    fn user(&self, id: u64) -> impl Future<Output = Self::Given> + Send {
        locked_user(&self.0, id)
    }

    fn member(&self, Member { tenant, id }: Member) -> impl Future<Output = Self::Given> + Send {
        locked_member(&self.0, tenant, id)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        let _removed = LOCKED_USER.write().await.cache_remove(&id);
        Ok(())
    }
}

pub async fn one_lock(place: Place) -> Result<Arc<dyn Runs>> {
    Ok(Arc::new(OneLock(place.db)))
}
