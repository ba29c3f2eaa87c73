use two_tier_cache::CacheKey;

#[derive(CacheKey)]
struct Place {
    id: u64,
    latitude: f64,
}

fn main() {}
