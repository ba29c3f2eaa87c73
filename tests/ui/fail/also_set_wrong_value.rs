use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL, also(set))]
async fn load(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {
    drop(load(1));
    drop(set_load(1, "one"));
}
