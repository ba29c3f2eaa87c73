use two_tier_cache::two_tier_cached;

const SECONDS: u64 = 300;

#[two_tier_cached(prefix = "user", ttl = SECONDS)]
async fn load(id: u64) -> u64 {
    id
}

fn main() {}
