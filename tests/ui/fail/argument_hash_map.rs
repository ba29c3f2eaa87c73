use std::collections::HashMap;
use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn find(filters: HashMap<String, String>) -> usize {
    filters.len()
}

fn main() {}
