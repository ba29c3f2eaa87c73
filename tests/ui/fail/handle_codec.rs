use two_tier_cache::CacheManager;

struct Mine;

fn users(caches: &CacheManager) {
    caches.cache::<u64>("user").codec(Mine).build();
}

fn main() {}
