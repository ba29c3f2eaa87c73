//! Values that cannot be kept as bytes, or not at all: each call gets the right one, and they are
//! counted and told of once.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::fmt::Debug;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use support::events::Events;
use support::{Db, PREFIX, TTL, World, on_each};
use tracing::Level;
#[cfg(debug_assertions)]
use two_tier_cache::codec::Postcard;
use two_tier_cache::{CacheManager, CacheValue, TwoTierCache, two_tier_cached};

/// Reads a value three times, right each time, and says how often it was loaded.
async fn loads_of<T>(cache: &TwoTierCache<T>, value: &T) -> usize
where
    T: CacheValue + PartialEq + Debug,
{
    let db = Db::new();
    for _ in 0..3 {
        let load = async || {
            let Ok(_) = db.load().await;
            Ok::<_, ()>(value.clone())
        };
        // No `assert_eq!`: some of these are too large, or too deep, to print.
        assert!(cache.get("secret", load).await.unwrap() == *value, "a wrong value");
    }
    db.loads()
}

#[tokio::test]
async fn a_value_over_the_limit_is_right_and_not_cached() {
    on_each(async |world| {
        let (events, huge) = (Events::catch(), "x".repeat(20 * 1_000 * 1_000));
        let texts: TwoTierCache<String> = world.caches.cache(PREFIX).build();
        assert_eq!(loads_of(&texts, &huge).await, 3);
        assert!(!texts.set("secret", &huge).await);
        assert!(!texts.exists("secret").await);
        assert_eq!((world.stats().fills_refused, world.stats().fills), (4, 0));
        let [told] = &*events.loud() else { panic!("told once: {:?}", events.loud()) };
        assert!(told.contains("not cached") && !told.contains("secret"), "{told}");
        assert_eq!(events.at(Level::WARN).len(), 1);
        assert_eq!(loads_of(&texts, &"x".repeat(1_000_000)).await, 1, "a smaller one is cached");
    })
    .await;
}

#[tokio::test]
async fn a_value_up_to_the_documented_limit_is_cached() {
    on_each(async |world| {
        let texts: TwoTierCache<String> = world.caches.cache(PREFIX).build();
        let largest = "x".repeat(8 * 1024 * 1024 - 16);
        assert_eq!(loads_of(&texts, &largest).await, 1);
    })
    .await;
}

/// A value whose own `Serialize` fails with the value in its text.
#[derive(Clone, PartialEq, Debug, Deserialize)]
struct Telltale(String);

impl Serialize for Telltale {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(format!("cannot write {}", self.0)))
    }
}

#[tokio::test]
async fn the_text_of_a_failing_serialize_is_not_told() {
    on_each(async |world| {
        let events = Events::catch();
        let mails: TwoTierCache<Telltale> = world.caches.cache(PREFIX).build();
        assert_eq!(loads_of(&mails, &Telltale("ada@x.org".into())).await, 3);
        assert!(events.loud().iter().any(|told| told.contains("not cached")));
        assert!(events.loud().iter().all(|told| !told.contains("x.org")), "{:?}", events.loud());
    })
    .await;
}

/// A list that nests as deeply as it is long, but is dropped without recursing.
#[derive(Serialize, Deserialize)]
struct Deep {
    next: Option<Box<Self>>,
}

impl Drop for Deep {
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut deep) = next {
            next = deep.next.take();
        }
    }
}

fn deep(levels: usize) -> Arc<Deep> {
    let around = |inner, _| Deep { next: Some(Box::new(inner)) };
    Arc::new((0..levels).fold(Deep { next: None }, around))
}

#[two_tier_cached(prefix = "row", ttl = TTL, key(levels), manager = db.caches())]
async fn nested(db: &Db, levels: usize) -> Arc<Deep> {
    let Ok(_) = db.load().await;
    deep(levels)
}

#[tokio::test]
async fn a_value_too_deep_for_the_stack_is_right_and_not_cached() {
    on_each(async |world| {
        let (db, events) = (Db::with(&world.caches), Events::catch());
        for levels in [500, 100_000] {
            for _ in 0..2 {
                assert!(nested(&db, levels).await.next.is_some());
            }
        }
        assert_eq!((db.loads(), world.stats().fills_refused), (4, 4));
        assert_eq!(events.at(Level::WARN).len(), 1);
        for _ in 0..2 {
            assert!(nested(&db, 20).await.next.is_some());
        }
        assert_eq!(db.loads(), 5, "a recursive type is cached while it is not deep");
    })
    .await;
}

#[tokio::test]
async fn an_option_in_an_option_comes_back_as_it_was() {
    on_each(async |world| {
        let options: TwoTierCache<Option<Option<u8>>> = world.caches.cache(PREFIX).build();
        for value in [None, Some(None), Some(Some(0))] {
            loads_of(&options, &value).await;
            options.invalidate("secret").await;
        }
    })
    .await;
}

/// Writes what it does not read back.
#[derive(Debug, Clone, PartialEq)]
struct Doubled(u32);

impl Serialize for Doubled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0 * 2).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Doubled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(Self)
    }
}

/// Writes what it cannot read back.
#[cfg(debug_assertions)]
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Mute;

#[cfg(debug_assertions)]
impl<'de> Deserialize<'de> for Mute {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("I do not speak"))
    }
}

/// Checked with debug assertions only: the mistake is to show on the developer's machine.
#[cfg(debug_assertions)]
#[tokio::test]
async fn a_value_that_does_not_come_back_equal_never_becomes_bytes() {
    let events = Events::catch();
    let world = || World::encoded(CacheManager::builder());
    let (doubled, mute, positional) = (world(), world(), world());
    assert_eq!(loads_of(&doubled.caches.cache(PREFIX).build(), &Doubled(21)).await, 3);
    assert_eq!(loads_of(&mute.caches.cache(PREFIX).build(), &Mute).await, 3);
    let postcard = positional.caches.cache(PREFIX).codec(Postcard).version(1).build();
    assert_eq!(loads_of(&postcard, &Doubled(21)).await, 3);
    for world in [doubled, mute, positional] {
        assert_eq!((world.stats().fills, world.stats().fills_refused), (0, 3));
    }
    assert_eq!(events.at(Level::ERROR).len(), 3, "once for each: {:?}", events.loud());
    assert!(events.loud().iter().all(|told| !told.contains("secret")));
}

#[tokio::test]
async fn a_value_that_does_not_come_back_equal_stays_as_it_is_in_this_process() {
    let world = World::embedded(CacheManager::builder());
    let events = Events::catch();
    assert_eq!(loads_of(&world.caches.cache(PREFIX).build(), &Doubled(21)).await, 1);
    assert_eq!((world.stats().fills, world.stats().fills_refused), (1, 0));
    assert_eq!(events.at(Level::ERROR).len(), usize::from(cfg!(debug_assertions)));
}

/// Uses the cache when it is dropped.
#[derive(Clone, Serialize, Deserialize)]
struct Farewell {
    #[serde(skip)]
    rows: Option<TwoTierCache<u32>>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        if let Some(rows) = &self.rows {
            drop(rows.invalidate(&7));
        }
    }
}

#[test]
fn a_value_may_use_the_cache_when_it_is_dropped() {
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let world = World::embedded(CacheManager::builder());
        let farewells: TwoTierCache<Farewell> = world.caches.cache(PREFIX).build();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for _ in 0..2 {
                farewells.set(&7, &Farewell { rows: Some(world.rows()) }).await;
                farewells.invalidate(&7).await;
                farewells.set(&7, &Farewell { rows: Some(world.rows()) }).await;
                farewells.invalidate_pattern("*").await;
            }
        });
        done.send(()).unwrap();
    });
    // It takes no time, or for ever.
    ended.recv_timeout(support::FOR_EVER / 10).expect("a value dropped under a lock hangs");
}
