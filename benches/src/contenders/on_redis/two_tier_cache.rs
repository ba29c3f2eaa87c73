//! Ours on Redis, through the attribute, with the codec of the floor.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use two_tier_cache::codec::Postcard;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, two_tier_cached};

use crate::contenders::{Cache, Place, Runs, TTL};
use crate::workload::{Database, Profile};

struct Ours {
    caches: CacheManager,
    db: Arc<Database>,
}

#[two_tier_cached(
    prefix = "remote",
    ttl = TTL,
    key(id),
    manager = ours.caches,
    codec = Postcard,
    version = 1
)]
async fn load_user(ours: &Ours, id: u64) -> Result<Profile, Infallible> {
    Ok(ours.db.load(id).await)
}

impl Cache for Ours {
    type Given = Result<Profile, Infallible>;

    fn user(&self, id: u64) -> impl Future<Output = Self::Given> + Send {
        load_user(self, id)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        invalidate_load_user(self, id).await;
        Ok(())
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let caches = CacheManager::builder().backend(RedisBackend::lazy(&place.url)?).build()?;
    caches.ready(Duration::from_secs(10)).await;
    Ok(Arc::new(Ours { caches, db: place.db }))
}
