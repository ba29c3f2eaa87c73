use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL, also(invalidate_all))]
async fn load_user(id: u64) -> u64 {
    id
}

#[invalidates(invalidate_all_load_user())]
async fn write(id: u64) -> u64 {
    id
}

fn main() {
    drop(load_user(1));
    drop(write(1));
}
