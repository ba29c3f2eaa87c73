//! Ours in the process, through the attribute and the installed manager.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Result;
use two_tier_cache::{CacheManager, two_tier_cached};

use crate::contenders::{CAPACITY, Cache, Place, Runs, TTL};
use crate::workload::{Database, Member, Profile};

#[two_tier_cached(prefix = "user", ttl = TTL, skip(db))]
async fn load_user(db: &Database, id: u64) -> Result<Arc<Profile>, Infallible> {
    Ok(Arc::new(db.load(id).await))
}

#[two_tier_cached(prefix = "member", ttl = TTL, skip(db))]
async fn load_member(db: &Database, tenant: &str, id: u64) -> Result<Arc<Profile>, Infallible> {
    debug_assert!(!tenant.is_empty(), "a tenant has a name");
    Ok(Arc::new(db.load(id).await))
}

struct Ours(Arc<Database>);

impl Cache for Ours {
    type Given = Result<Arc<Profile>, Infallible>;

    fn user(&self, id: u64) -> impl Future<Output = Self::Given> + Send {
        load_user(&self.0, id)
    }

    fn member(&self, Member { tenant, id }: Member) -> impl Future<Output = Self::Given> + Send {
        load_member(&self.0, tenant, id)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        invalidate_load_user(id).await;
        Ok(())
    }
}

/// Once in a process.
pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    CacheManager::builder().capacity(CAPACITY).build()?.install()?;
    Ok(Arc::new(Ours(place.db)))
}
