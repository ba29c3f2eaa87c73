use two_tier_cache::ttl::CUSTOMER_PROFILE;
use two_tier_cache::{CacheKey, two_tier_cached};

#[derive(CacheKey)]
#[cache_key(hsh, crate = two_tier_cache)]
enum Key {
    #[cache_key(hash)]
    Newest,
    Near {
        #[cache_key(skip, skip)]
        latitude: f64,
        #[cache_key(skip(true), hash = 1)]
        longitude: f64,
    },
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
