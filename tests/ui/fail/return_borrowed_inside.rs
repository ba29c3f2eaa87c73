use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load<'a>(name: &'a str) -> Result<Vec<(u8, &'a str)>, std::fmt::Error> {
    Ok(vec![(1, name)])
}

fn main() {}
