use two_tier_cache::CacheManager;

async fn forget(caches: CacheManager) {
    caches.cache::<u64>("user").build().invalidate(&1.5).await;
}

fn main() {}
