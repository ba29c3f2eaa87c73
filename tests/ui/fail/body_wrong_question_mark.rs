use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Failure;

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(id: &str) -> Result<u64, Failure> {
    let id: u64 = id.parse()?;
    Ok(id)
}

fn main() {}
