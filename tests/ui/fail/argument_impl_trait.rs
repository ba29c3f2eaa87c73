use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(name: impl AsRef<str>, id: u64) -> usize {
    name.as_ref().len() + usize::try_from(id).unwrap_or(0)
}

fn main() {
    drop(load("x", 1));
    drop(invalidate_load(1));
}
