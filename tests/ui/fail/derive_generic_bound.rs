use two_tier_cache::ttl::CUSTOMER_PROFILE;
use two_tier_cache::{CacheKey, two_tier_cached};

#[derive(CacheKey)]
struct Page<T> {
    filter: T,
    unit: Unit<T>,
}

struct Unit<T>(T);

type Key = Page<u64>;

#[two_tier_cached(prefix = "user", ttl = CUSTOMER_PROFILE)]
async fn load(key: Key) -> u64 {
    0
}

fn main() {}
