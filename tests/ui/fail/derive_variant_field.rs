use two_tier_cache::CacheKey;

#[derive(CacheKey)]
enum Sort {
    Newest,
    Near { latitude: f32 },
}

fn main() {}
