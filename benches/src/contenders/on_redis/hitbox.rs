//! `hitbox` on Redis, through its attribute, with one load at a time.

use std::sync::Arc;

use anyhow::Result;
use hitbox_redis::{ConnectionMode, RedisBackend};

use crate::contenders::near::Hitbox;
use crate::contenders::{Place, Runs};

pub async fn make(place: Place) -> Result<Arc<dyn Runs>> {
    let backend = RedisBackend::builder().connection(ConnectionMode::single(place.url)).build()?;
    Ok(Arc::new(Hitbox::new(backend, place.db)?))
}
