use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL, skip(db), detached)]
async fn load(db: &impl Fn(u64) -> u64, id: u64) -> u64 {
    db(id)
}

fn main() {
    drop(load(&|id| id, 1));
}
