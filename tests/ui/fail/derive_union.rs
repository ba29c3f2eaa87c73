use two_tier_cache::CacheKey;

#[derive(CacheKey)]
union Id {
    small: u32,
    large: u64,
}

fn main() {}
