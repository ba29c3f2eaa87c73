//! What a careful user writes today without a near tier: errors of Redis are passed over.

use std::sync::Arc;

use anyhow::Result;
use redis::aio::ConnectionManager;

use crate::contenders::{Cache, Place, Runs, TTL};
use crate::workload::{Database, Profile};

struct ByHand {
    redis: ConnectionManager,
    db: Arc<Database>,
}

impl Cache for ByHand {
    type Given = Result<Profile>;

    async fn user(&self, id: u64) -> Result<Profile> {
        let (key, mut redis) = (format!("alone:{id}"), self.redis.clone());
        let found: Option<Vec<u8>> =
            redis::cmd("GET").arg(&key).query_async(&mut redis).await.unwrap_or(None);
        if let Some(value) = found.and_then(|bytes| postcard::from_bytes(&bytes).ok()) {
            return Ok(value);
        }
        let value = self.db.load(id).await;
        if let Ok(bytes) = postcard::to_allocvec(&value) {
            let mut set = redis::cmd("SET");
            set.arg(&key).arg(bytes).arg("EX").arg(TTL.as_secs());
            let _passed_over: Result<(), _> = set.query_async(&mut redis).await;
        }
        Ok(value)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        let mut redis = self.redis.clone();
        Ok(redis::cmd("DEL").arg(format!("alone:{id}")).query_async(&mut redis).await?)
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let redis = redis::Client::open(place.url)?.get_connection_manager().await?;
    Ok(Arc::new(ByHand { redis, db: place.db }))
}
