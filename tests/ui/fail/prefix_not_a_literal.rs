use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

const PREFIX: &str = "user";

#[two_tier_cached(prefix = PREFIX, ttl = TTL)]
async fn load(id: u64) -> u64 {
    id
}

fn main() {}
