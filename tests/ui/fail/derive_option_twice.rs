use two_tier_cache::ttl::CUSTOMER_PROFILE;
use two_tier_cache::{CacheKey, two_tier_cached};

#[derive(CacheKey)]
struct Key {
    #[cache_key(hash)]
    #[cache_key(hash)]
    text: String,
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
