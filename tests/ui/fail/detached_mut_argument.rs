use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Db(u64);

#[two_tier_cached(prefix = "user", ttl = TTL, skip(db), detached)]
async fn load(db: &mut Db, id: u64) -> u64 {
    db.0 += id;
    db.0
}

fn main() {
    drop(load(&mut Db(1), 1));
}
