use two_tier_cache::CacheManager;

struct User;

fn users(caches: &CacheManager) {
    let _ = caches.cache::<User>("user");
}

fn main() {}
