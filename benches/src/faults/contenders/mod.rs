//! Who is compared, each used as its own documentation says, with its defaults.

mod by_hand;
mod cached;
mod hitbox;
mod multi_tier_cache;
mod raw;
mod two_tier_cache;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// A row of the database, which is always well and always fast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub id: u64,
    pub name: String,
}

/// Counts the loads of one contender.
#[derive(Debug, Clone, Default)]
pub struct Database(Arc<AtomicU64>);

impl Database {
    pub fn load(&self, id: u64) -> Row {
        self.0.fetch_add(1, Ordering::SeqCst);
        Row { id, name: format!("row {id}") }
    }

    pub fn loads(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub type Called<'a> = Pin<Box<dyn Future<Output = Result<Row, String>> + Send + 'a>>;

/// One of them.
pub trait Contender: Send + Sync {
    /// A cached call.
    fn call(&self, id: u64) -> Called<'_>;
}

/// What makes one, on the server at this URL.
pub type Make =
    fn(String, Database) -> Pin<Box<dyn Future<Output = anyhow::Result<Arc<dyn Contender>>>>>;

/// Each with its name.
pub const CONTENDERS: [(&str, Make); 8] = [
    ("two-tier-cache", |url, db| Box::pin(two_tier_cache::make(url, db))),
    ("cached 4.1.0, Redis", |url, db| Box::pin(cached::make(url, db, false, false))),
    ("the same, connection manager", |url, db| Box::pin(cached::make(url, db, true, false))),
    ("the same, client-side caching", |url, db| Box::pin(cached::make(url, db, false, true))),
    ("hitbox 0.2.4, Redis", |url, db| Box::pin(hitbox::make(url, db))),
    ("multi-tier-cache 0.6.9", |url, db| Box::pin(multi_tier_cache::make(url, db))),
    ("by hand: moka and redis", |url, db| Box::pin(by_hand::make(url, db))),
    ("by hand: redis alone", |url, db| Box::pin(raw::make(url, db))),
];
