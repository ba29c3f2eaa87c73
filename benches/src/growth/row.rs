//! What is cached, and how it is spread over the keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use two_tier_cache::{CacheManager, two_tier_cached};

/// Longer than any run.
pub const TTL: Duration = Duration::from_secs(3_600);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    id: u64,
    text: String,
}

impl Row {
    pub fn new(id: u64, length: usize) -> Self {
        Self { id, text: "x".repeat(length) }
    }
}

/// A manager, and a database that counts what it is asked for.
pub struct Ours {
    pub caches: CacheManager,
    loads: AtomicU64,
    /// Of the text in a row.
    length: usize,
}

impl Ours {
    pub fn new(caches: CacheManager, length: usize) -> Self {
        Self { caches, loads: AtomicU64::new(0), length }
    }

    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    fn load(&self, id: u64) -> Arc<Row> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        Arc::new(Row::new(id, self.length))
    }
}

#[two_tier_cached(prefix = "row", ttl = TTL, key(id), manager = ours.caches)]
pub async fn load_row(ours: &Ours, id: u64) -> Arc<Row> {
    ours.load(id)
}

/// In a group, so that a pattern can cover as many as it likes.
#[two_tier_cached(prefix = "member", ttl = TTL, key(group, id), manager = ours.caches)]
pub async fn load_member(ours: &Ours, group: &str, id: u64) -> Arc<Row> {
    debug_assert!(!group.is_empty(), "a group has a name");
    ours.load(id)
}

/// Kept near as well.
#[two_tier_cached(prefix = "near", ttl = TTL, key(id), near = TTL, manager = ours.caches)]
pub async fn load_near(ours: &Ours, id: u64) -> Arc<Row> {
    ours.load(id)
}

/// Numbers that look like chance, the same in each run.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
