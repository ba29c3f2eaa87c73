//! Ours.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use two_tier_cache::redis::RedisBackend;
use two_tier_cache::{CacheManager, two_tier_cached};

use super::{Called, Contender, Database, Row};

struct Ours {
    caches: CacheManager,
    db: Database,
}

#[two_tier_cached(prefix = "row", ttl = Duration::from_secs(300), key(id), manager = ours.caches)]
async fn load_row(ours: &Ours, id: u64) -> Result<Row, Infallible> {
    Ok(ours.db.load(id))
}

impl Contender for Ours {
    fn call(&self, id: u64) -> Called<'_> {
        Box::pin(async move { load_row(self, id).await.map_err(|never| match never {}) })
    }
}

pub async fn make(url: String, db: Database) -> anyhow::Result<Arc<dyn Contender>> {
    let caches = CacheManager::builder().backend(RedisBackend::lazy(&url)?).build()?;
    caches.ready(Duration::from_secs(10)).await;
    Ok(Arc::new(Ours { caches, db }))
}
