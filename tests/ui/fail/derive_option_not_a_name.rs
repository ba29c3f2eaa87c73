use two_tier_cache::ttl::CUSTOMER_PROFILE;
use two_tier_cache::{CacheKey, two_tier_cached};

#[derive(CacheKey)]
struct Key {
    id: u64,
    #[cache_key("skip")]
    latitude: f64,
}

#[two_tier_cached(prefix = "user", ttl = CUSTOMER_PROFILE)]
async fn load(key: Key) -> u64 {
    0
}

fn main() {
    drop(load(make()));
    drop(invalidate_load(make()));
}

fn make() -> Key {
    unreachable!()
}
