use std::time::Duration;

use two_tier_cache::two_tier_cached;

struct Users;

impl Users {
    const TTL: Duration = Duration::from_secs(60);

    #[two_tier_cached(prefix = "user", ttl = Self::TTL, skip(self))]
    async fn load(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
