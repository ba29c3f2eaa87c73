//! What stands under a key is not what was put there: a fault, another application, an older
//! deployment. The value is right all the same.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::time::Duration;

use support::events::Events;
use support::{Db, PREFIX, World, in_time, on_each, read};
use tracing::Level;
use two_tier_cache::backend::{Backend, Key, Token};
use two_tier_cache::codec::Json;
use two_tier_cache::testing::EncodedBackend;
use two_tier_cache::{CacheManager, TwoTierCache};

const KEY: &str = "row:7";
/// Where the header says that the bytes are ours, and what they are.
const MAGIC: usize = 4;
const STATE: usize = 4;
/// Where the header ends in fields that change while the value stands.
const CHANGING: std::ops::Range<usize> = 48..72;

struct Fixture {
    world: World,
    server: EncodedBackend,
    rows: TwoTierCache<u32>,
    db: std::sync::Arc<Db>,
}

/// A server with a value under [`KEY`], changed in some way.
async fn tampered(change: impl FnOnce(&mut Vec<u8>)) -> Fixture {
    let world = World::encoded(CacheManager::builder());
    let (server, rows, db) = (world.server.clone().unwrap(), world.rows(), Db::new());
    read(&rows, 7, &db).await;
    assert!(server.tamper(KEY, change));
    db.write(2);
    Fixture { world, server, rows, db }
}

impl Fixture {
    /// Reads the row in spite of what stands there.
    async fn read(&self) -> u32 {
        in_time(Duration::from_secs(10), read(&self.rows, 7, &self.db)).await.0
    }

    /// The damaged entry is loaded anew, and replaced.
    async fn is_replaced(&self, what: &str) {
        assert_eq!(self.read().await, 2, "{what}");
        assert_eq!(self.read().await, 2, "{what}");
        assert_eq!(self.db.loads(), 2, "{what}: one load replaces it");
        assert_eq!(self.world.stats().unreadable, 1, "{what}");
    }

    /// The bytes are not ours: the row is loaded each time, and they stay.
    async fn is_left_alone(&self, what: &str) {
        let foreign = self.server.bytes(KEY);
        for loads in 2..4 {
            assert_eq!(self.read().await, 2, "{what}");
            assert_eq!(self.db.loads(), loads, "{what}: loaded each time");
        }
        assert!(!self.rows.exists(&7).await, "{what}");
        assert!(!self.rows.set(&7, &3).await, "{what}");
        assert_eq!(self.server.bytes(KEY), foreign, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_damaged_at_any_byte_is_loaded_anew_and_replaced() {
    let entry = tampered(|_| {}).await.server.bytes(KEY).unwrap();
    for at in STATE + 1..entry.len() {
        for flip in [0x01, 0x80, 0xff] {
            let damaged = tampered(|bytes| bytes[at] ^= flip).await;
            if CHANGING.contains(&at) {
                // It says nothing about the value.
                assert_eq!(damaged.read().await, 1);
            } else {
                damaged.is_replaced(&format!("byte {at} flipped by {flip:#x}")).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_with_another_magic_is_left_alone() {
    for at in 0..MAGIC {
        for flip in [0x01, 0x20, 0xff] {
            let damaged = tampered(|bytes| bytes[at] ^= flip).await;
            damaged.is_left_alone(&format!("byte {at} flipped by {flip:#x}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_with_another_state_does_no_harm() {
    for state in 0..=255 {
        let damaged = tampered(|bytes| bytes[STATE] = state).await;
        let row = damaged.read().await;
        assert_eq!(row, if state == b'V' { 1 } else { 2 }, "state {state}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_another_length_is_loaded_anew() {
    let entry = tampered(|_| {}).await.server.bytes(KEY).unwrap();
    for len in 0..entry.len() {
        let cut = tampered(|bytes| bytes.truncate(len)).await;
        // Of less than a token nobody can say whose it is.
        if len < 24 {
            cut.is_left_alone(&format!("cut to {len}")).await;
        } else {
            cut.is_replaced(&format!("cut to {len}")).await;
        }
    }
    for more in [&b"\0"[..], b"x", &[0; 1_000]] {
        let longer = tampered(|bytes| bytes.extend_from_slice(more)).await;
        longer.is_replaced("longer").await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_another_key_is_loaded_anew() {
    let other = World::encoded(CacheManager::builder());
    read(&other.rows(), 8, &Db::new()).await;
    let bytes = other.server.unwrap().bytes("row:8").unwrap();
    tampered(|mine| *mine = bytes).await.is_replaced("copied").await;
}

#[tokio::test(start_paused = true)]
async fn bytes_of_another_application_are_never_changed() {
    for foreign in [&b""[..], b"2", b"hello", b"{\"id\":7}", b"\x02\x00", b"2tc2V", &[0; 100]] {
        let events = Events::catch();
        let found = tampered(|bytes| *bytes = foreign.to_vec()).await;
        found.is_left_alone("foreign").await;
        found.rows.invalidate(&7).await;
        found.is_untouched(foreign, "by an invalidation");
        found.rows.invalidate_pattern("*").await;
        found.is_untouched(foreign, "by a pattern");
        let (key, writer) = (Key::from_text(KEY), Token::random().unwrap());
        let fenced = found.server.fence(&key, writer, Duration::from_secs(30)).await.unwrap();
        assert!(!fenced, "a fence does not stand on a foreign key");
        found.server.finish(key, writer, Duration::ZERO).await;
        found.is_untouched(foreign, "by a writer");
        let told = events.at(Level::WARN);
        assert_eq!(told.len(), 1, "it is said once: {told:?}");
        assert!(!told[0].contains(KEY), "{told:?}");
    }
}

impl Fixture {
    fn is_untouched(&self, foreign: &[u8], by: &str) {
        assert_eq!(self.server.bytes(KEY).as_deref(), Some(foreign), "{by}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_another_version_is_a_miss_and_is_replaced() {
    on_each(async |world| {
        let version = |version| world.caches.cache(PREFIX).version(version).build();
        let (old, new, db): (TwoTierCache<u32>, TwoTierCache<u32>, _) =
            (version(1), version(2), Db::new());
        read(&old, 7, &db).await;
        assert!(!new.exists(&7).await);
        db.write(2);
        assert_eq!(read(&new, 7, &db).await, 2);
        assert_eq!(read(&new, 7, &db).await, 2);
        assert_eq!((db.loads(), world.stats().fills), (2, 2));
        assert!(!old.exists(&7).await, "it is one entry");
        old.invalidate(&7).await;
        assert!(!new.exists(&7).await, "either deployment invalidates it");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_another_codec_is_a_miss_and_is_replaced() {
    let world = World::encoded(CacheManager::builder());
    let json: TwoTierCache<u32> = world.caches.cache(PREFIX).codec(Json).build();
    let (rows, db) = (world.rows(), Db::new());
    read(&json, 7, &db).await;
    db.write(2);
    assert_eq!(read(&rows, 7, &db).await, 2);
    assert_eq!(read(&rows, 7, &db).await, 2);
    assert_eq!((db.loads(), world.stats().unreadable), (2, 1));
    assert_eq!(read(&json, 7, &db).await, 2, "every handle reads the default");
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_another_type_is_a_miss_and_is_replaced() {
    on_each(async |world| {
        let texts: TwoTierCache<String> = world.caches.cache(PREFIX).build();
        let (rows, db) = (world.rows(), Db::new());
        texts.set(&7, &"seven".to_owned()).await;
        assert_eq!(read(&rows, 7, &db).await, 1);
        assert_eq!(read(&rows, 7, &db).await, 1);
        assert_eq!((db.loads(), world.stats().unreadable), (1, 1));
    })
    .await;
}
