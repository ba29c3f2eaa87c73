use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Users;

impl Users {
    #[two_tier_cached(prefix = "user", ttl = TTL, manager = self.caches)]
    async fn load(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
