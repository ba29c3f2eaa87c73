//! `cached` on Redis: the store that its attribute makes, called as its attribute does. The
//! attribute itself keeps it in a static, on the runtime of its first call.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use cached::{AsyncRedisCache, ConcurrentCachedAsync};

use crate::contenders::{Cache, Place, Runs, TTL};
use crate::workload::{Database, Profile};

struct Cached {
    cache: AsyncRedisCache<u64, Profile>,
    db: Arc<Database>,
}

fn failed(error: impl std::fmt::Debug) -> anyhow::Error {
    anyhow!("{error:?}")
}

impl Cache for Cached {
    type Given = Result<Profile>;

    async fn user(&self, id: u64) -> Result<Profile> {
        if let Some(found) = self.cache.async_cache_get(&id).await.map_err(failed)? {
            return Ok(found);
        }
        let value = self.db.load(id).await;
        self.cache.async_cache_set(id, value.clone()).await.map_err(failed)?;
        Ok(value)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        self.cache.async_cache_remove(&id).await.map_err(failed)?;
        Ok(())
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let builder = AsyncRedisCache::builder("user").ttl_secs(TTL.as_secs());
    let cache = builder.connection_string(&place.url).build().await.map_err(failed)?;
    Ok(Arc::new(Cached { cache, db: place.db }))
}
