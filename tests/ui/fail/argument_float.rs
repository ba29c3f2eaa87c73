use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn near(latitude: f64, id: u64) -> f64 {
    latitude + id as f64
}

fn main() {}
