use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

use std::rc::Rc;

#[two_tier_cached(prefix = "user", ttl = TTL, skip(db), detached)]
async fn load(db: Rc<u64>, id: u64) -> u64 {
    *db + id
}

fn main() {
    drop(load(Rc::new(1), 1));
}
