use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "item", ttl = TTL)]
async fn load_item(id: u64) -> u64 {
    id
}

#[two_tier_cached(prefix = "user", ttl = TTL)]
#[invalidates(load_item(id))]
async fn both(id: u64) -> u64 {
    id
}

fn main() {
    drop(load_item(1));
    drop(both(1));
}
