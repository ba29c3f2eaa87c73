use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

trait Load {
    async fn load(&self, id: u64) -> u64;
}

#[two_tier_cached]
impl<T: Sync> Load for T {
    #[two_tier_cached(prefix = "user", ttl = TTL)]
    async fn load(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    drop(1.load(1));
}
