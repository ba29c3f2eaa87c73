//! Hits in Redis: nothing is kept in the process.

mod by_hand;
mod cached;
mod hitbox;
mod multi_tier_cache;
mod raw;
mod two_tier_cache;

use two_tier_cache_figures::Role::{Floor, Ours, Peer};

use super::Entrant;

/// The base of the ratios.
pub const RAW: &str = "GET and decode";
pub const OURS: &str = "two-tier-cache, Redis";

pub const ON_REDIS: &[Entrant] = &[
    Entrant { name: RAW, role: Floor, make: |place| Box::pin(raw::make(place)) },
    Entrant { name: OURS, role: Ours, make: |place| Box::pin(two_tier_cache::make(place)) },
    Entrant { name: "cached, Redis", role: Peer, make: |place| Box::pin(cached::make(place)) },
    Entrant {
        name: "multi-tier-cache, Redis alone",
        role: Peer,
        make: |place| Box::pin(multi_tier_cache::make(place)),
    },
    Entrant { name: "hitbox-redis", role: Peer, make: |place| Box::pin(hitbox::make(place)) },
    Entrant {
        name: "by hand: redis alone",
        role: Peer,
        make: |place| Box::pin(by_hand::make(place)),
    },
];
