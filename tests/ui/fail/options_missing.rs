use two_tier_cache::two_tier_cached;

#[two_tier_cached()]
async fn load(id: u64) -> u64 {
    id
}

fn main() {}
