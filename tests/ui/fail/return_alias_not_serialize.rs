use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct User;

struct Failure;

type AppResult<T> = Result<T, Failure>;

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(id: u64) -> AppResult<Vec<User>> {
    if id == 0 { Err(Failure) } else { Ok(Vec::new()) }
}

fn main() {}
