//! Load, hit, update, invalidate, new value: the whole idea on one page.
//!
//! ```text
//! cargo run --example quickstart
//! REDIS_URL=redis://localhost:6390 cargo run --example quickstart
//! DATABASE_URL=postgres://user@localhost/db cargo run --example quickstart
//! ```
#![allow(clippy::print_stdout, reason = "a program for people to watch")]

use serde::{Deserialize, Serialize};
use two_tier_cache::{CacheManager, ttl::CUSTOMER_PROFILE, two_tier_cached};
use two_tier_cache_examples::{
    Db, cache,
    timing::{median, speed_up, timed},
    with_database,
};

/// What is cached. It only has to be `Clone` and serde's `Serialize` and `Deserialize`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Profile {
    business_name: String,
    business_description: Option<String>,
}

/// Loads a customer's profile.
///
/// The attribute is all it takes. `db` is how to load, not what to load, so it is not in the key:
/// the entry of customer 42 is `profile:42`. A sibling `invalidate_load_profile` comes with it.
#[two_tier_cached(prefix = "profile", ttl = CUSTOMER_PROFILE, skip(db))]
async fn load_profile(db: &Db, customer_id: i64) -> Result<Option<Profile>, sqlx::Error> {
    let row: Option<(String, Option<String>)> = sqlx::query_as(
        "SELECT business_name, business_description FROM customer_configs WHERE id = $1",
    )
    .bind(customer_id)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|(business_name, business_description)| Profile {
        business_name,
        business_description,
    }))
}

/// Writes, then invalidates: every call that starts from now on sees the new name.
async fn rename(db: &Db, customer_id: i64, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE customer_configs SET business_name = $2 WHERE id = $1")
        .bind(customer_id)
        .bind(name)
        .execute(db)
        .await?;
    let outcome = invalidate_load_profile(customer_id).await;
    println!("3. renamed in the database, invalidated: {outcome:?}");
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // On the Redis that REDIS_URL names, shared with other processes; without it, in this process.
    // It connects when it is first used, and the server may be down now or later.
    let caches = CacheManager::from_env()?;
    caches.install()?;
    let outcome = with_database("quickstart", async |db| {
        start_fresh(&caches).await;
        walk_through(db).await?;
        measure(db).await?;
        for function in caches.stats().functions {
            println!(
                "counted: {} hits, {} misses, {} loads, {} invalidations",
                function.hits, function.misses, function.loads, function.invalidations
            );
        }
        Ok(())
    })
    .await;
    cache::shutdown(&caches).await;
    outcome
}

/// The database is new, but Redis may still hold rows of an earlier one. Where rows are replaced
/// wholesale, by an import or a backup, everything cached of them is invalidated.
async fn start_fresh(caches: &CacheManager) {
    caches.cache::<()>("profile").build().invalidate_pattern("*").await;
    println!("cache: {}", cache::describe(caches, "profile:*"));
}

async fn walk_through(db: &Db) -> anyhow::Result<()> {
    let (profile, took) = timed(load_profile(db, 42)).await;
    println!("1. first call, loaded from the database in {took:.1?}: {}", name(profile?));

    let (profile, took) = timed(load_profile(db, 42)).await;
    println!("2. second call, a hit in {took:.1?}: {}", name(profile?));

    rename(db, 42, "Deep Thought Ltd").await?;

    let (profile, took) = timed(load_profile(db, 42)).await;
    println!("4. next call, the new value in {took:.1?}: {}", name(profile?));
    Ok(())
}

/// The first calls above also paid for connecting and for cold processor caches. So: many of each.
async fn measure(db: &Db) -> anyhow::Result<()> {
    let mut loads = Vec::new();
    for _ in 0..200 {
        invalidate_load_profile(42).await;
        let (profile, took) = timed(load_profile(db, 42)).await;
        profile?;
        loads.push(took);
    }
    let mut hits = Vec::new();
    for _ in 0..2_000 {
        let (profile, took) = timed(load_profile(db, 42)).await;
        profile?;
        hits.push(took);
    }
    let (load, hit) = (median(loads), median(hits));
    println!("median of 200 loads {load:.1?}, of 2000 hits {hit:.1?}");
    println!("speed-up: {:.0} times faster", speed_up(load, hit));
    Ok(())
}

fn name(profile: Option<Profile>) -> String {
    profile.map_or_else(|| "no such customer".to_owned(), |profile| profile.business_name)
}
