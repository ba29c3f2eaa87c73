use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Db;

#[two_tier_cached(prefx = "user", prefix = "User", ttl = 300, skip(dbb), ttl = TTL, verbos)]
const fn load(db: &mut Db, (tenant, id): (u32, u64)) -> u64 {
    *db = Db;
    tenant as u64 + id
}

fn main() {
    drop(load(&mut Db, (1, 2)));
}
