use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL, skip = db)]
async fn load(db: &u8, id: u64) -> u64 {
    id + u64::from(*db)
}

fn main() {}
