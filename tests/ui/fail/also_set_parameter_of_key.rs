use std::time::Duration;

use two_tier_cache::{CacheKey, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL, also(set))]
async fn load<K: CacheKey + Into<u64> + Copy>(key: K) -> u64 {
    key.into()
}

fn main() {
    drop(load(1_u64));
}
