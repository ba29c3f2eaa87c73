use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);
use std::pin::Pin;

#[two_tier_cached(prefix = "user", ttl = TTL)]
fn load<'a>(id: u64) -> Pin<Box<dyn Future<Output = u64> + Send + 'a>> {
    let next = id + 1;
    Box::pin(async move { next })
}

fn main() {
    drop(load(1));
}
