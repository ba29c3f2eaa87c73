use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

struct PgTransaction<'c>(&'c u64);

#[two_tier_cached(prefix = "user", ttl = TTL, skip(tx))]
async fn load(tx: Option<&mut PgTransaction<'_>>, id: u64) -> u64 {
    let _ = tx.map(|tx| tx.0);
    id
}

fn main() {
    drop(load(None, 1));
}
