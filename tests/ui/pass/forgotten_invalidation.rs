// What is not awaited is a warning: the invalidation is under way all the same.
#![forbid(unsafe_code)]

use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(id: u64) -> u64 {
    id
}

fn main() {
    drop(load(1));
    invalidate_load(1);
}
