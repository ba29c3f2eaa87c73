use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

mod sqlx {
    pub struct Postgres;
    pub struct Transaction<'c, DB>(pub &'c DB);
}

#[two_tier_cached(prefix = "user", ttl = TTL, skip(tx))]
async fn load(tx: &mut sqlx::Transaction<'_, sqlx::Postgres>, id: u64) -> u64 {
    let _ = &tx.0;
    id
}

fn main() {
    drop(load(&mut sqlx::Transaction(&sqlx::Postgres), 1));
}
