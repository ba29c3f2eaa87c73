use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load_user(id: u64) -> u64 {
    id
}

mod teams {
    use super::{Duration, two_tier_cached};

    #[two_tier_cached(prefix = "team", ttl = Duration::from_secs(60))]
    pub async fn find_team(id: u64) -> u64 {
        id
    }
}

use teams::find_team;

#[invalidates(find_team(id))]
async fn write(id: u64) {
    drop((load_user(id).await, find_team(id).await));
}

fn main() {
    drop(write(1));
}
