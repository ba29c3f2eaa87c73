//! The floor: GET and decode on one connection, set up as ours is.

use std::sync::Arc;

use anyhow::Result;
use redis::IntoConnectionInfo;
use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;

use crate::contenders::{Cache, Place, Runs, TTL};
use crate::workload::{Database, Profile};

struct Raw {
    redis: MultiplexedConnection,
    db: Arc<Database>,
}

impl Cache for Raw {
    type Given = Result<Profile>;

    async fn user(&self, id: u64) -> Result<Profile> {
        let (key, mut redis) = (format!("raw:{id}"), self.redis.clone());
        let found: Option<Vec<u8>> = redis::cmd("GET").arg(&key).query_async(&mut redis).await?;
        if let Some(bytes) = found {
            return Ok(postcard::from_bytes(&bytes)?);
        }
        let value = self.db.load(id).await;
        let mut set = redis::cmd("SET");
        set.arg(&key).arg(postcard::to_allocvec(&value)?).arg("EX").arg(TTL.as_secs());
        set.query_async::<()>(&mut redis).await?;
        Ok(value)
    }

    async fn forget(&self, id: u64) -> Result<()> {
        let mut redis = self.redis.clone();
        Ok(redis::cmd("DEL").arg(format!("raw:{id}")).query_async(&mut redis).await?)
    }
}

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let settings = TcpSettings::default().set_nodelay(true);
    let info = place.url.into_connection_info()?.set_tcp_settings(settings);
    let redis = redis::Client::open(info)?.get_multiplexed_async_connection().await?;
    Ok(Arc::new(Raw { redis, db: place.db }))
}
