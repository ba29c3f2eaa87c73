//! `multi-tier-cache`: moka and Redis.

use std::sync::Arc;

use multi_tier_cache::{CacheStrategy, CacheSystem};

use super::{Called, Contender, Database};

struct MultiTier {
    system: CacheSystem,
    db: Database,
}

impl Contender for MultiTier {
    fn call(&self, id: u64) -> Called<'_> {
        Box::pin(async move {
            let key = format!("row:{id}");
            let load = || async move { Ok(self.db.load(id)) };
            let manager = self.system.cache_manager();
            let row = manager.get_or_compute_typed(&key, CacheStrategy::ShortTerm, load).await;
            row.map_err(|error| error.to_string())
        })
    }
}

pub async fn make(url: String, db: Database) -> anyhow::Result<Arc<dyn Contender>> {
    let system = CacheSystem::with_redis_url(&url).await?;
    Ok(Arc::new(MultiTier { system, db }))
}
