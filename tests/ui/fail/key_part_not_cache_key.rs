use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Db;

#[two_tier_cached(prefix = "user", ttl = TTL, key(db, id + 1))]
async fn load(db: &Db, id: u64) -> u64 {
    let Db = db;
    id
}

fn main() {}
