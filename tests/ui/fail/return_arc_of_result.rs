use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(id: u64) -> std::sync::Arc<Result<u64, String>> {
    std::sync::Arc::new(Ok(id))
}

fn main() {}
