use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

#[invalidates(load_user(result.team))]
async fn write(id: u64) -> Result<User, String> {
    drop(load_user(id).await);
    Ok(User { id })
}

struct User {
    id: u64,
}

fn main() {
    drop(write(1));
    drop(User { id: 1 }.id);
}
