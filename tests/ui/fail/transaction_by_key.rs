use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct DatabaseTransaction;

#[two_tier_cached(prefix = "user", ttl = TTL, key(id))]
async fn load(tx: &DatabaseTransaction, id: u64) -> u64 {
    let _ = tx;
    id
}

fn main() {
    drop(load(&DatabaseTransaction, 1));
}
