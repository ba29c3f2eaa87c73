//! GET, load, SET over one connection, with its errors.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;

use super::{Called, Contender, Database, Row};

struct Raw {
    redis: MultiplexedConnection,
    db: Database,
}

impl Raw {
    async fn through(&self, id: u64) -> anyhow::Result<Row> {
        let (key, mut redis) = (format!("row:{id}"), self.redis.clone());
        let found: Option<Vec<u8>> = redis::cmd("GET").arg(&key).query_async(&mut redis).await?;
        if let Some(bytes) = found {
            return Ok(postcard::from_bytes(&bytes)?);
        }
        let row = self.db.load(id);
        let mut set = redis::cmd("SET");
        set.arg(&key).arg(postcard::to_allocvec(&row)?).arg("EX").arg(300);
        set.query_async::<()>(&mut redis).await?;
        Ok(row)
    }
}

impl Contender for Raw {
    fn call(&self, id: u64) -> Called<'_> {
        Box::pin(async move { self.through(id).await.map_err(|error| error.to_string()) })
    }
}

pub async fn make(url: String, db: Database) -> anyhow::Result<Arc<dyn Contender>> {
    let redis = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    Ok(Arc::new(Raw { redis, db }))
}
