use two_tier_cache::ttl::CUSTOMER_PROFILE;
use two_tier_cache::two_tier_cached;

#[two_tier_cached(prefix = "user", ttl = CUSTOMER_PROFILE)]
async fn load(ids: Vec<u64>) -> u64 {
    0
}

fn main() {
    drop(invalidate_load(&[1.5]));
}
