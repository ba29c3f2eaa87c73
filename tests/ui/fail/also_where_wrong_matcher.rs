use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL, also(invalidate_where))]
async fn load(tenant: u32, name: &str) -> usize {
    name.len() + tenant as usize
}

fn main() {
    drop(load(1, "x"));
    drop(invalidate_load_where(1, 2.5));
}
