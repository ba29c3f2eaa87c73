use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

#[invalidates(load_user(*result), fence_ttl = Duration::from_secs(60))]
async fn write(id: u64) -> u64 {
    id
}

fn main() {
    drop(write(1));
}
