//! Ours on Redis with the near tier in front of it, through the attribute.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, two_tier_cached};

use crate::contenders::{CAPACITY, Cache, Place, Runs, TTL};
use crate::workload::{Database, Member, Profile};

struct Ours {
    caches: CacheManager,
    db: Arc<Database>,
}

#[two_tier_cached(prefix = "near-user", ttl = TTL, key(id), manager = ours.caches, near = TTL)]
async fn load_user(ours: &Ours, id: u64) -> Result<Arc<Profile>, Infallible> {
    Ok(Arc::new(ours.db.load(id).await))
}

#[two_tier_cached(prefix = "near-member", ttl = TTL, key(tenant, id), manager = ours.caches, near = TTL)]
async fn load_member(ours: &Ours, tenant: &str, id: u64) -> Result<Arc<Profile>, Infallible> {
    debug_assert!(!tenant.is_empty(), "a tenant has a name");
    Ok(Arc::new(ours.db.load(id).await))
}

impl Cache for Ours {
    type Given = Result<Arc<Profile>, Infallible>;

    fn user(&self, id: u64) -> impl Future<Output = Self::Given> + Send {
        load_user(self, id)
    }

    fn member(&self, Member { tenant, id }: Member) -> impl Future<Output = Self::Given> + Send {
        load_member(self, tenant, id)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        invalidate_load_user(self, id).await;
        Ok(())
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let caches = CacheManager::builder().backend(RedisBackend::lazy(&place.url)?);
    let caches = caches.capacity(CAPACITY).build()?;
    caches.ready(Duration::from_secs(10)).await;
    Ok(Arc::new(Ours { caches, db: place.db }))
}
