use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

#[two_tier_cached(prefix = "name", ttl = Duration::from_secs(60), key(name.to_lowercase()))]
async fn load_name(name: String) -> usize {
    name.len()
}

#[invalidates(load_name(user.id))]
async fn write(user: User) {
    drop((load_user(user.id).await, load_name(String::new()).await));
}

struct User {
    id: u64,
}

fn main() {
    drop(write(User { id: 1 }));
}
