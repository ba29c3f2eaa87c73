use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct User(u64);

impl User {
    #[two_tier_cached(prefix = "user.score", ttl = TTL)]
    async fn score(&self) -> u64 {
        self.0
    }
}

fn main() {}
