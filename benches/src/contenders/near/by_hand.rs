//! What a careful user writes today: moka, GET, load, SET; errors of Redis are passed over.

use std::sync::Arc;

use anyhow::Result;
use moka::future::Cache as Near;
use redis::aio::ConnectionManager;

use crate::contenders::{CAPACITY, Cache, Place, Runs, TTL};
use crate::workload::{Database, Member, Profile};

struct ByHand {
    users: Near<u64, Arc<Profile>>,
    members: Near<(String, u64), Arc<Profile>>,
    redis: ConnectionManager,
    db: Arc<Database>,
}

impl ByHand {
    async fn through(&self, key: String, id: u64) -> Arc<Profile> {
        let mut redis = self.redis.clone();
        let found: Option<Vec<u8>> =
            redis::cmd("GET").arg(&key).query_async(&mut redis).await.unwrap_or(None);
        if let Some(value) = found.and_then(|bytes| postcard::from_bytes(&bytes).ok()) {
            return Arc::new(value);
        }
        let value = self.db.load(id).await;
        if let Ok(bytes) = postcard::to_allocvec(&value) {
            let mut set = redis::cmd("SET");
            set.arg(&key).arg(bytes).arg("EX").arg(TTL.as_secs());
            let _passed_over: Result<(), _> = set.query_async(&mut redis).await;
        }
        Arc::new(value)
    }
}

impl Cache for ByHand {
    type Given = Arc<Profile>;

    async fn user(&self, id: u64) -> Self::Given {
        let through = async { self.through(format!("hand:user:{id}"), id).await };
        self.users.get_with(id, through).await
    }

    async fn member(&self, Member { tenant, id }: Member) -> Self::Given {
        let through = async { self.through(format!("hand:member:{tenant}:{id}"), id).await };
        self.members.get_with((tenant.to_owned(), id), through).await
    }

    async fn forget(&self, id: u64) -> Result<()> {
        let mut redis = self.redis.clone();
        redis::cmd("DEL").arg(format!("hand:user:{id}")).query_async::<()>(&mut redis).await?;
        self.users.invalidate(&id).await;
        Ok(())
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let users = Near::builder().max_capacity(CAPACITY as u64).time_to_live(TTL).build();
    let members = Near::builder().max_capacity(CAPACITY as u64).time_to_live(TTL).build();
    let redis = redis::Client::open(place.url)?.get_connection_manager().await?;
    Ok(Arc::new(ByHand { users, members, redis, db: place.db }))
}
