use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[derive(Clone)]
struct User {
    id: u64,
}

#[derive(Debug)]
struct Failure;

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(id: u64) -> Result<User, Failure> {
    Ok(User { id })
}

#[allow(dead_code)]
async fn caller() -> Result<u64, Failure> {
    Ok(load(1).await?.id)
}

fn main() {
    drop(invalidate_load(1));
}
