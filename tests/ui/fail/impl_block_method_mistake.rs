use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

trait Load {
    async fn load(&self, id: u64) -> u64;
    async fn other(&self, id: u64) -> u64;
}

struct Users;

#[two_tier_cached]
impl Load for Users {
    #[two_tier_cached(prefix = "user")]
    async fn load(&self, id: u64) -> u64 {
        id
    }

    #[two_tier_cached(prefix = "other", ttl = TTL)]
    async fn other(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    drop(Users.load(1));
    drop(Users.invalidate_load(1));
    drop(Users.invalidate_other(1));
}
