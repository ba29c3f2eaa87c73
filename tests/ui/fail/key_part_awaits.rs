use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

async fn normal(name: &str) -> String {
    name.to_lowercase()
}

#[two_tier_cached(prefix = "user", ttl = TTL, key(normal(name).await))]
async fn load(name: &str) -> usize {
    name.len()
}

fn main() {}
