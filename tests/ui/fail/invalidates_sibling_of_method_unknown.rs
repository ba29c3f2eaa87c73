use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

struct Repo;

impl Repo {
    async fn load_team(&self, id: u64) -> u64 {
        load_user(id).await
    }

    #[invalidates(self.load_team(id))]
    async fn write(&self, id: u64) {
        drop(self.load_team(id).await);
    }
}

fn main() {
    drop(Repo.write(1));
}
