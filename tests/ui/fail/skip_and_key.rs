use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL, skip(db), key(id))]
async fn load(db: &str, id: u64) -> usize {
    db.len() + usize::try_from(id).unwrap_or(0)
}

fn main() {}
