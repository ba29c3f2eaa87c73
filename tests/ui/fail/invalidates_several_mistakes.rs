use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

#[invalidates(load_user, via(), invalidate_load_user(result), load_user(self.id(result)))]
#[invalidates(load_user(1_u64))]
fn write(result: u64) {
    drop(load_user(result).await);
}

fn main() {
    drop(write(1));
}
