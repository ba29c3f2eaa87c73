#![deny(warnings)]
#![forbid(unsafe_code)]

extern crate two_tier_cache as cache;

use std::time::Duration;

use cache::codec::{Json, MessagePack, Postcard};
use cache::{ttl, two_tier_cached};

mod settings {
    use std::time::Duration;

    pub(crate) const MINUTES: u64 = 5;

    pub(crate) const fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }
}

#[two_tier_cached(
    prefix = "every.option-1_a",
    ttl = settings::minutes(settings::MINUTES),
    skip(caches,),
    manager = *caches,
    invalidate = forget,
    none_ttl = Duration::from_secs(1 + 2),
    jitter = 0.5 / 2.0,
    settle = if cfg!(debug_assertions) { Duration::ZERO } else { ttl::DEFAULT },
    near = Duration::from_secs(5),
    codec = Postcard,
    version = { 1 } + 1,
    verbose,
    crate = ::two_tier_cache,
)]
async fn every(caches: &&cache::CacheManager, id: u64) -> Option<u64> {
    Some(id + caches.stats().functions.len() as u64)
}

#[two_tier_cached(prefix = "json", ttl = ttl::CUSTOMER_PROFILE, codec = Json, verbose = false)]
async fn json(id: u64) -> u64 {
    id
}

#[two_tier_cached(
    ttl = ttl::CUSTOMER_PROFILE,
    codec = MessagePack,
    prefix = "pack",
    invalidate = none,
    crate = crate::reexport
)]
async fn pack(id: u64) -> u64 {
    id
}

mod reexport {
    pub(crate) use two_tier_cache::*;
}

// The expressions of a key bind as they are written.
#[two_tier_cached(
    prefix = "parts",
    ttl = ttl::DEFAULT,
    key(a + b, a as u64, -a, if b == 0 { 1 } else { 2 }),
)]
async fn parts(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {
    let caches = cache::CacheManager::builder().build().unwrap();
    drop(every(&&caches, 1));
    drop(forget(&&caches, 1));
    drop(json(1));
    drop(invalidate_json(1));
    drop(pack(1));
    drop(parts(1, 2));
    drop(invalidate_parts(1, 2));
}
