use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User<'a> {
    name: &'a str,
}

type Loaded<'a> = Result<User<'a>, u8>;

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load<'a>(name: &'a str) -> Loaded<'a> {
    Ok(User { name })
}

fn main() {}
