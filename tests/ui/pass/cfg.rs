#![deny(warnings)]
#![forbid(unsafe_code)]

use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[cfg(any())]
#[two_tier_cached(prefix = "never", ttl = TTL)]
async fn never(missing: Missing) -> Missing {
    missing
}

#[two_tier_cached(prefix = "never", ttl = TTL)]
#[cfg(any())]
async fn never(missing: Missing) -> Missing {
    missing
}

#[cfg(all())]
#[two_tier_cached(prefix = "always", ttl = TTL)]
async fn always(id: u64, #[cfg(any())] missing: Missing, #[cfg(all())] part: u8) -> u64 {
    id + u64::from(part)
}

#[two_tier_cached(prefix = "skipped", ttl = TTL, skip(missing))]
async fn skipped(id: u64, #[cfg(any())] missing: &Missing) -> u64 {
    id
}

#[cfg_attr(all(), two_tier_cached(prefix = "sometimes", ttl = TTL))]
#[cfg_attr(any(), two_tier_cached(prefix = "else", ttl = TTL))]
async fn sometimes(id: u64) -> u64 {
    id
}

fn main() {
    drop(always(1, 2));
    drop(invalidate_always(1, 2));
    drop(skipped(1));
    drop(invalidate_skipped(1));
    drop(sometimes(1));
    drop(invalidate_sometimes(1));
}
