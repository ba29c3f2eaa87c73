use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Db<'a>(&'a u64);

#[two_tier_cached(prefix = "user", ttl = TTL, skip(db), detached)]
async fn load(db: Db<'_>, id: u64) -> u64 {
    *db.0 + id
}

fn main() {
    drop(load(Db(&1), 1));
}
