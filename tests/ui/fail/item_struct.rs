use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL)]
pub struct User {
    pub id: u64,
}

fn main() {
    let user = User { id: 1 };
    drop(user);
}
