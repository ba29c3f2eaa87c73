use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn owner(id: u64) -> u64 {
    id
}

#[two_tier_cached(prefix = "user", ttl = TTL, shares = owner)]
async fn load<T: Default + Into<u64>>(id: u64) -> u64 {
    T::default().into() + id
}

fn main() {
    drop(owner(1));
    drop(load::<u64>(1));
}
