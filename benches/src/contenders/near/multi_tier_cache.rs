//! `multi-tier-cache`: moka, Redis, and invalidations between processes.

use std::sync::Arc;

use anyhow::Result;
use multi_tier_cache::serialization::BincodeSerializer;
use multi_tier_cache::{
    CacheManager, CacheSerializer, CacheStrategy, InvalidationConfig, JsonSerializer, L1Cache,
    L2Cache, MokaCacheConfig,
};

use crate::contenders::{CAPACITY, Cache, Place, Runs, TTL};
use crate::workload::{Database, Member, Profile};

/// With any tiers.
pub struct MultiTier {
    manager: CacheManager,
    /// Two of them on one Redis must not meet.
    prefix: &'static str,
    db: Arc<Database>,
}

impl MultiTier {
    pub fn new(
        prefix: &'static str,
        mut manager: CacheManager,
        codec: CacheSerializer,
        db: Arc<Database>,
    ) -> Self {
        manager.set_serializer(codec);
        Self { manager, prefix, db }
    }

    async fn get(&self, key: &str, id: u64) -> Result<Profile> {
        let load = || async move { Ok(self.db.load(id).await) };
        let strategy = CacheStrategy::Custom(TTL);
        Ok(self.manager.get_or_compute_typed(key, strategy, load).await?)
    }
}

impl Cache for MultiTier {
    type Given = Result<Profile>;

    async fn user(&self, id: u64) -> Result<Profile> {
        self.get(&format!("{}:user:{id}", self.prefix), id).await
    }

    async fn member(&self, Member { tenant, id }: Member) -> Result<Profile> {
        self.get(&format!("{}:member:{tenant}:{id}", self.prefix), id).await
    }

    async fn forget(&self, id: u64) -> Result<()> {
        Ok(self.manager.invalidate(&format!("{}:user:{id}", self.prefix)).await?)
    }
}

async fn two_tiers(place: Place, codec: CacheSerializer) -> Result<Arc<dyn Runs>> {
    let capacity = CAPACITY as u64;
    let config = MokaCacheConfig { max_capacity: capacity, time_to_live: TTL, time_to_idle: TTL };
    let (near, redis) = (L1Cache::new(config)?, L2Cache::with_url(&place.url).await?);
    let (near, redis) = (Arc::new(near), Arc::new(redis));
    let config = InvalidationConfig::default();
    let manager = CacheManager::new_with_invalidation(near, redis, &place.url, config).await?;
    Ok(Arc::new(MultiTier::new(codec.name(), manager, codec, place.db)))
}

/// Its default.
pub async fn json(place: Place) -> Result<Arc<dyn Runs>> {
    two_tiers(place, CacheSerializer::Json(JsonSerializer)).await
}

/// Its faster one.
pub async fn bincode(place: Place) -> Result<Arc<dyn Runs>> {
    two_tiers(place, CacheSerializer::Bincode(BincodeSerializer)).await
}
