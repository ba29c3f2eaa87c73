//! Hits in the process.

mod by_hand;
mod cached;
mod floors;
mod foyer;
mod hitbox;
mod moka;
mod multi_tier_cache;
mod quick_cache;
mod two_tier_cache;
mod two_tier_cache_near;

use two_tier_cache_figures::Role::{Floor, Ours, Peer};

pub use self::hitbox::Hitbox;
pub use self::multi_tier_cache::MultiTier;
use super::Entrant;

pub const NEAR: &[Entrant] = &[
    Entrant {
        name: "two-tier-cache",
        role: Ours,
        make: |place| Box::pin(two_tier_cache::make(place)),
    },
    Entrant {
        name: "two-tier-cache, near",
        role: Ours,
        make: |place| Box::pin(two_tier_cache_near::make(place)),
    },
    Entrant { name: "HashMap, frozen", role: Floor, make: |place| Box::pin(floors::frozen(place)) },
    Entrant { name: "papaya", role: Floor, make: |place| Box::pin(floors::papaya(place)) },
    Entrant {
        name: "quick_cache, get",
        role: Floor,
        make: |place| Box::pin(quick_cache::bare(place)),
    },
    Entrant { name: "quick_cache", role: Floor, make: |place| Box::pin(quick_cache::make(place)) },
    Entrant { name: "foyer", role: Peer, make: |place| Box::pin(foyer::make(place)) },
    Entrant { name: "moka", role: Peer, make: |place| Box::pin(moka::make(place)) },
    Entrant { name: "cached, sharded", role: Peer, make: |place| Box::pin(cached::sharded(place)) },
    Entrant { name: "cached", role: Peer, make: |place| Box::pin(cached::one_lock(place)) },
    Entrant { name: "hitbox-moka", role: Peer, make: |place| Box::pin(hitbox::make(place)) },
    Entrant {
        name: "multi-tier-cache",
        role: Peer,
        make: |place| Box::pin(multi_tier_cache::json(place)),
    },
    Entrant {
        name: "multi-tier-cache, bincode",
        role: Peer,
        make: |place| Box::pin(multi_tier_cache::bincode(place)),
    },
    Entrant {
        name: "by hand: moka and redis",
        role: Peer,
        make: |place| Box::pin(by_hand::make(place)),
    },
];
