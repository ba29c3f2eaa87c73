use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[derive(Clone, serde::Serialize)]
struct User {
    id: u64,
}

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(id: u64) -> Vec<User> {
    vec![User { id }]
}

fn main() {}
