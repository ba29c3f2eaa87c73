#![deny(warnings)]
#![forbid(unsafe_code)]

use std::time::Duration;

use two_tier_cache::{CacheKey, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

macro_rules! key {
    ($name:ident, $field:ident: $inner:ty, $variants:ident) => {
        #[derive(Clone, CacheKey)]
        struct $name {
            $field: $inner,
            own: u8,
        }

        #[derive(Clone, CacheKey)]
        enum $variants {
            One($inner, u8),
            Two { $field: $inner, own: u8 },
        }
    };
}

key!(Id, number: u64, Kind);

macro_rules! loader {
    ($load:ident, $prefix:literal, $ttl:expr, $id:ty => $value:ty, $body:block) => {
        #[two_tier_cached(prefix = $prefix, ttl = $ttl, skip(db))]
        async fn $load(db: &Db, id: $id, number: u32) -> Result<$value, String> {
            let _ = (db, id, number);
            $body
        }
    };
}

macro_rules! keyed {
    ($load:ident($arg:ident: $ty:ty), $part:expr) => {
        #[two_tier_cached(prefix = "keyed", ttl = TTL, key($part))]
        async fn $load($arg: $ty) -> $ty {
            $arg
        }
    };
}

struct Db;

loader!(user, "user", TTL, &Id => u64, { Ok(1) });
loader!(team, "team", Duration::from_secs(5), Kind => Vec<String>, { Ok(Vec::new()) });
keyed!(tripled(number: u64), number * 3);

fn main() {
    let id = Id { number: 1, own: 2 };
    drop(user(&Db, &id, 1));
    drop(invalidate_user(&id, 1));
    drop(team(&Db, Kind::One(1, 2), 1));
    drop(invalidate_team(Kind::Two { number: 1, own: 2 }, 1));
    drop(tripled(1));
    drop(invalidate_tripled(1));
}
