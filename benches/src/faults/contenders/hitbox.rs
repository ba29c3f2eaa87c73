//! `hitbox`, through its attribute.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hitbox_fn::prelude::*;
use hitbox_redis::{ConnectionMode, RedisBackend};
use serde::{Deserialize, Serialize};

use super::{Called, Contender, Database};

#[derive(Debug, Clone, KeyExtract)]
struct Id(#[key_extract(name = "id")] u64);

#[derive(Debug, Clone, Serialize, Deserialize, CacheableResponse)]
struct Row {
    id: u64,
    name: String,
}

#[derive(Debug)]
struct Never;

/// The attribute keeps arguments out of nothing but the key, so the database is found here.
static DATABASE: OnceLock<std::sync::Mutex<Database>> = OnceLock::new();

#[cached]
async fn load_row(id: Id) -> Result<Row, Never> {
    let db = DATABASE.get_or_init(std::sync::Mutex::default).lock().map_err(|_| Never)?.clone();
    let super::Row { id, name } = db.load(id.0);
    Ok(Row { id, name })
}

struct Hitbox<C>(C);

pub async fn make(url: String, db: Database) -> anyhow::Result<Arc<dyn Contender>> {
    *DATABASE.get_or_init(std::sync::Mutex::default).lock().expect("nobody panics") = db;
    let backend = RedisBackend::builder().connection(ConnectionMode::single(url)).build()?;
    let policy = PolicyConfig::builder().ttl(Duration::from_secs(300)).build();
    let cache = Cache::builder().backend(backend).policy(policy).build();
    Ok(Arc::new(Hitbox(cache)))
}

impl Contender for Hitbox<Cache<RedisBackend>> {
    fn call(&self, id: u64) -> Called<'_> {
        Box::pin(async move {
            let row = load_row(Id(id)).cache(&self.0).await;
            let Row { id, name } = row.map_err(|error| format!("{error:?}"))?;
            Ok(super::Row { id, name })
        })
    }
}
