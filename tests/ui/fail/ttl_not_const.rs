use std::time::Duration;

use two_tier_cache::two_tier_cached;

fn from_config() -> Duration {
    Duration::from_secs(60)
}

#[two_tier_cached(prefix = "user", ttl = from_config())]
async fn load(id: u64) -> u64 {
    id
}

fn main() {}
