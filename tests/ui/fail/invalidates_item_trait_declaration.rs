use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

trait Users {
    #[invalidates(load_user(id))]
    fn write(&self, id: u64) -> impl Future<Output = u64>;
}

struct Db;

impl Users for Db {
    async fn write(&self, id: u64) -> u64 {
        load_user(id).await
    }
}

fn main() {
    drop(Db.write(1));
}
