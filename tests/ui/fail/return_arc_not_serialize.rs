use std::sync::Arc;
use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct User;

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(id: u64) -> Result<Arc<User>, u64> {
    if id == 0 { Err(id) } else { Ok(Arc::new(User)) }
}

fn main() {}
