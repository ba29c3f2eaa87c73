use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

const NEAR: u64 = 5;

#[two_tier_cached(prefix = "user", ttl = TTL, near = NEAR)]
async fn load(id: u64) -> u64 {
    id
}

fn main() {}
