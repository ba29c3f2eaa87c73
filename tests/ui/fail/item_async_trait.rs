use std::pin::Pin;
use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

trait Users {
    fn load<'a>(&'a self, id: u64) -> Pin<Box<dyn Future<Output = u64> + Send + 'a>>;
}

struct Sql;

// What `#[async_trait]` makes of an `async fn load(&self, id: u64) -> u64`.
impl Users for Sql {
    #[two_tier_cached(prefix = "user", ttl = TTL)]
    fn load<'a>(&'a self, id: u64) -> Pin<Box<dyn Future<Output = u64> + Send + 'a>> {
        Box::pin(async move { id })
    }
}

fn main() {}
