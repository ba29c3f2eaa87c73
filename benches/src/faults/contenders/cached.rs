//! `cached`, through the store that its attribute makes, called as its attribute does.

use std::sync::Arc;

use cached::{AsyncRedisCache, ConcurrentCachedAsync};

use super::{Called, Contender, Database, Row};

struct Cached {
    cache: AsyncRedisCache<u64, Row>,
    db: Database,
}

impl Contender for Cached {
    fn call(&self, id: u64) -> Called<'_> {
        Box::pin(async move {
            let text = |error: &dyn std::fmt::Debug| format!("{error:?}");
            if let Some(row) = self.cache.async_cache_get(&id).await.map_err(|e| text(&e))? {
                return Ok(row);
            }
            let row = self.db.load(id);
            self.cache.async_cache_set(id, row.clone()).await.map_err(|e| text(&e))?;
            Ok(row)
        })
    }
}

pub async fn make(
    url: String,
    db: Database,
    manager: bool,
    client_side: bool,
) -> anyhow::Result<Arc<dyn Contender>> {
    let builder = AsyncRedisCache::builder("row").ttl_secs(300).connection_string(&url);
    let builder = builder.connection_manager(manager).client_side_caching(client_side);
    let cache = builder.build().await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(Arc::new(Cached { cache, db }))
}
