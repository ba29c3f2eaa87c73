use two_tier_cache::CacheManager;
use two_tier_cache::redis::RedisBackend;

fn main() {
    drop(CacheManager::builder().backend(RedisBackend::lazy("redis://127.0.0.1:6379")));
}
