//! `multi-tier-cache` whose first tier keeps nothing, so that every hit is one in Redis.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use multi_tier_cache::serialization::BincodeSerializer;
use multi_tier_cache::{Bytes, CacheBackend, CacheManager, CacheResult, CacheSerializer, L2Cache};

use crate::contenders::near::MultiTier;
use crate::contenders::{Place, Runs};

struct Nothing;

type Done<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl CacheBackend for Nothing {
    fn get<'a>(&'a self, _: &'a str) -> Done<'a, Option<Bytes>> {
        Box::pin(ready(None))
    }

    fn set_with_ttl<'a>(&'a self, _: &'a str, _: Bytes, _: Duration) -> Done<'a, CacheResult<()>> {
        Box::pin(ready(Ok(())))
    }

    fn remove<'a>(&'a self, _: &'a str) -> Done<'a, CacheResult<()>> {
        Box::pin(ready(Ok(())))
    }

    fn health_check(&self) -> Done<'_, bool> {
        Box::pin(ready(true))
    }

    fn name(&self) -> &'static str {
        "nothing"
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let redis = Arc::new(L2Cache::with_url(&place.url).await?);
    let manager = CacheManager::new_with_backends(Arc::new(Nothing), redis, None)?;
    let codec = CacheSerializer::Bincode(BincodeSerializer);
    Ok(Arc::new(MultiTier::new("alone", manager, codec, place.db)))
}
