use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
struct Users;

impl Users {
    #[two_tier_cached(prefix = "user", ttl = TTL, detached)]
    async fn load(&self, id: u64) -> String {
        format!("{self:?} {id}")
    }
}

fn main() {
    drop(Users.load(1));
}
