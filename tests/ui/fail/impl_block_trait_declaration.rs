use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached]
trait Load {
    async fn load(&self, id: u64) -> u64;
}

fn main() {
    drop(TTL);
}
