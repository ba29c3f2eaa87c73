use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Users;

#[two_tier_cached(prefix = "user", ttl = TTL)]
impl Users {
    #[two_tier_cached(prefix = "user", ttl = TTL)]
    async fn load(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    drop(Users.load(1));
    drop(Users.invalidate_load(1));
}
