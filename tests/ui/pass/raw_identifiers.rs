#![deny(warnings)]
#![forbid(unsafe_code)]

use std::time::Duration;

use two_tier_cache::{CacheKey, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

#[derive(Clone, CacheKey)]
enum r#Kind {
    r#Type { r#fn: u8 },
    r#Match(u8),
}

#[two_tier_cached(prefix = "raw", ttl = TTL, skip(r#use))]
async fn r#match(r#use: &str, r#type: u64, kind: Kind) -> usize {
    let number = match kind {
        Kind::r#Type { r#fn } | Kind::r#Match(r#fn) => r#fn,
    };
    r#use.len() + usize::from(number) + usize::try_from(r#type).unwrap_or(0)
}

fn main() {
    drop(r#match("x", 1, Kind::r#Type { r#fn: 1 }));
    drop(invalidate_match(1, Kind::r#Match(2)));
}
