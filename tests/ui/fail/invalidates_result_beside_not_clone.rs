use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

#[invalidates(load_user(db.id(*result)))]
async fn write(db: Db) -> u64 {
    load_user(db.0).await
}

struct Db(u64);

impl Db {
    fn id(&self, of: u64) -> u64 {
        self.0 + of
    }
}

fn main() {
    drop(write(Db(1)));
}
