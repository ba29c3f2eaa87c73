use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Users(u64);

impl Users {
    #[two_tier_cached(prefix = "user", ttl = TTL, skip(self), detached)]
    async fn load(&mut self, id: u64) -> u64 {
        self.0 += id;
        self.0
    }
}

fn main() {
    drop(Users(1).load(1));
}
