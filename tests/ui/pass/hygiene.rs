#![deny(warnings)]
#![forbid(unsafe_code)]

use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

// What the expansion calls its own things, as other things.
mod core {}
mod two_tier_cache_core {}
struct Attempt;

fn key() -> u8 {
    1
}

fn caches() -> u8 {
    2
}

fn codec() -> u8 {
    3
}

type Result<T> = std::result::Result<T, Attempt>;

#[two_tier_cached(prefix = "locals", ttl = TTL)]
async fn locals(id: u64) -> u64 {
    let caches = id;
    let codec = 1;
    let key = 2;
    let miss = 3;
    let value = 4;
    let output = 5;
    caches + codec + key + miss + value + output
}

#[two_tier_cached(prefix = "arguments", ttl = TTL, skip(miss))]
async fn arguments(key: &str, value: &str, caches: u8, codec: u8, miss: u8) -> Result<String> {
    let output = String::from(key);
    if miss == 0 { Err(Attempt) } else { Ok(format!("{output}{value}{caches}{codec}")) }
}

#[two_tier_cached(prefix = "globals", ttl = TTL, key(key(), codec(), caches()))]
async fn globals() -> u8 {
    key() + caches() + codec()
}

#[two_tier_cached(prefix = "patterns", ttl = TTL, key(key, value))]
async fn patterns((key, value): (u8, u8), miss: u8) -> Option<u8> {
    key.checked_add(value)?.checked_add(miss)
}

fn main() {
    drop(locals(1));
    drop(invalidate_locals(1));
    drop(arguments("x", "y", 1, 2, 3));
    drop(invalidate_arguments("x", "y", 1, 2));
    drop(globals());
    drop(invalidate_globals());
    drop(patterns((1, 2), 3));
    drop(invalidate_patterns((1, 2)));
}
