//! What is logged: every outcome with its full key, but only for those who asked for keys.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

mod support;

use std::time::Duration;

use support::events::Events;
use support::wire::Wire;
use support::{Db, PREFIX, World, on_each_built, read};
use tracing::Level;
use two_tier_cache::{CacheManager, TwoTierCache, two_tier_cached};

const TTL: Duration = Duration::from_secs(90);

#[two_tier_cached(prefix = "row", ttl = TTL, key(mail), manager = db.caches(), verbose)]
async fn verbosely(db: &Db, mail: &str) -> String {
    let Ok(row) = db.load().await;
    format!("{mail}{row}")
}

#[two_tier_cached(prefix = "quiet", ttl = TTL, key(mail), manager = db.caches())]
async fn quietly(db: &Db, mail: &str) -> String {
    let Ok(row) = db.load().await;
    format!("{mail}{row}")
}

fn in_shop() -> two_tier_cache::CacheManagerBuilder {
    CacheManager::builder().namespace("shop")
}

/// The outcomes that were told at `info`, each with the full key.
fn outcomes(events: &Events, key: &str) -> Vec<String> {
    let outcome = |told: &String| {
        assert!(told.contains(&format!("key={key} ")), "not the full key: {told}");
        let message = told.split(' ').find_map(|field| field.strip_prefix("message="));
        message.expect("an event has a message").to_owned()
    };
    events.at(Level::INFO).iter().map(outcome).collect()
}

#[tokio::test]
async fn verbose_shows_every_outcome_with_its_full_key() {
    on_each_built(in_shop, async |world| {
        let (events, db) = (Events::catch(), Db::with(&world.caches));
        verbosely(&db, "ada@x.org").await;
        verbosely(&db, "ada@x.org").await;
        invalidate_verbosely(&db, "ada@x.org").await;
        assert_eq!(outcomes(&events, "shop:row:ada@x.org"), ["MISS", "SET", "HIT", "INVALIDATE"]);
        let set = &events.at(Level::INFO)[1];
        assert!(set.contains("ttl=90s"), "{set}");
    })
    .await;
}

#[tokio::test]
async fn a_verbose_handle_shows_patterns_too() {
    on_each_built(in_shop, async |world| {
        let rows: TwoTierCache<u32> = world.caches.cache(PREFIX).ttl(TTL).verbose(true).build();
        let (events, db) = (Events::catch(), Db::new());
        read(&rows, 7, &db).await;
        rows.invalidate_pattern("7").await;
        assert_eq!(outcomes(&events, "shop:row:7"), ["MISS", "SET", "INVALIDATE"]);
        let quiet: TwoTierCache<u32> = world.caches.cache(PREFIX).verbose(false).build();
        read(&quiet, 7, &db).await;
        assert_eq!(events.loud().len(), 3, "verbose is of one handle, not of the prefix");
    })
    .await;
}

/// A life with everything in it that has something to tell.
async fn eventful(world: &World) {
    let (db, key) = (Db::with(&world.caches), "ada@x.org");
    quietly(&db, key).await;
    quietly(&db, key).await;
    let (_, _) = tokio::join!(quietly(&db, "bob@x.org"), quietly(&db, "bob@x.org"));
    let texts: TwoTierCache<String> = world.caches.cache("quiet").build();
    let numbers: TwoTierCache<u32> = world.caches.cache("quiet").build();
    let _ = numbers.get(key, async || Ok::<_, ()>(1)).await;
    let _ = numbers.get("error", async || Err::<u32, _>("ada@x.org is not here")).await;
    texts.set(key, &"x".repeat(20_000_000)).await;
    let racing = async || {
        texts.invalidate("cy@x.org").await;
        Ok::<_, ()>(String::new())
    };
    drop(texts.get("cy@x.org", racing).await);
    if let Some(server) = &world.server {
        texts.set(key, &key.to_owned()).await;
        server.tamper("shop:quiet:ada@x.org", |bytes| bytes[80] ^= 1);
        quietly(&db, key).await;
        server.tamper("shop:quiet:ada@x.org", Vec::clear);
        quietly(&db, key).await;
    }
    invalidate_quietly(&db, key).await;
    texts.invalidate_many([key]).await;
    texts.invalidate_pattern("ada@*").await;
}

#[tokio::test]
async fn no_key_is_shown_above_debug_unless_asked_for() {
    on_each_built(in_shop, async |world| {
        let events = Events::catch();
        eventful(&world).await;
        for told in events.loud() {
            assert!(!told.contains("x.org"), "{told}");
        }
        let debug = events.at(Level::DEBUG);
        for outcome in ["MISS", "SET", "HIT", "SHARED", "REJECTED", "UNREADABLE", "INVALIDATE"] {
            let told = |told: &String| told.contains(outcome) && told.contains("key=shop:quiet:");
            assert!(debug.iter().any(told), "no {outcome} in {debug:#?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_backend_that_fails_is_no_error_of_the_caller() {
    let (events, db) = (Events::catch(), Db::new());
    let caches = CacheManager::builder().backend(Wire::broken()).build().unwrap();
    let rows = support::rows(&caches);
    for loads in 1..=3 {
        assert_eq!(read(&rows, 7, &db).await, 1);
        assert_eq!(db.loads(), loads);
    }
    assert!(!rows.set(&7, &1).await);
    assert!(!rows.exists(&7).await);
    let stats = caches.stats();
    assert!(stats.prefix(PREFIX).unwrap().backend_errors >= 3);
    assert!(events.loud().is_empty(), "{:?}", events.loud());
}
