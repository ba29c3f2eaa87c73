use std::time::Duration;

use two_tier_cache::{Unfenced, invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

#[invalidates(load_user(id), fence_ttl = )]
async fn write(id: u64) -> Result<u64, Failed> {
    Ok(id)
}

fn main() {
    let _error = |unfenced: Unfenced| Failed::from(unfenced);
    drop(write(1));
}

struct Failed;

impl From<Unfenced> for Failed {
    fn from(_: Unfenced) -> Self {
        Self
    }
}
