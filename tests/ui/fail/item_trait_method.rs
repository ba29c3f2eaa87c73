use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

trait Users {
    #[allow(async_fn_in_trait)]
    async fn load(&self, id: u64) -> u64;
}

struct Sql;

impl Users for Sql {
    #[two_tier_cached(prefix = "user", ttl = TTL)]
    async fn load(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
