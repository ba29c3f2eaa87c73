use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct Connection;

#[two_tier_cached(prefix = "user", ttl = TTL)]
async fn load(connection: &mut Connection, id: u64) -> u64 {
    *connection = Connection;
    id
}

fn main() {
    drop(load(&mut Connection, 1));
    drop(invalidate_load(1));
}
