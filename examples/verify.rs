//! The verification program: does this cache do what it promises, here and now?
//!
//! Every check prints what is expected and what was seen. The exit code is 1 if one fails.
//!
//! ```text
//! cargo run --example verify
//! cargo run --example verify -- --disabled     # a cache that is switched off: checks must fail
//! ```
#![allow(clippy::print_stdout, reason = "a program for people to watch")]

use std::{
    env,
    process::ExitCode,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context as _, bail};
use futures::future::LocalBoxFuture;
use two_tier_cache::{CacheManager, TwoTierCache};
use two_tier_cache_examples::{
    Db,
    model::{CustomerId, CustomerProfile, DomainId},
    queries,
    timing::{median, speed_up, timed},
    updates, with_database,
};

/// How long the slow database of the last check takes.
const SLOW_DATABASE: Duration = Duration::from_millis(50);
/// The time to live of the entry that is watched as it expires.
const SHORT_TTL: Duration = Duration::from_millis(250);

/// A check by name. Another one is a function and a line here.
const CHECKS: &[(&str, Check)] = &[
    ("basic get", |run| Box::pin(basic_get(run))),
    ("invalidation", |run| Box::pin(invalidation(run))),
    ("pattern invalidation", |run| Box::pin(pattern_invalidation(run))),
    ("expiry", |run| Box::pin(expiry(run))),
    ("hit against a 50 ms database", |run| Box::pin(slow_database(run))),
    ("nothing left behind", |run| Box::pin(nothing_left_behind(run))),
];

type Check = for<'a> fn(&'a Run) -> LocalBoxFuture<'a, anyhow::Result<Outcome>>;

/// What a check expected and what it saw.
struct Outcome {
    expected: String,
    seen: String,
    passed: bool,
}

impl Outcome {
    /// A check that passes if both sides read the same.
    fn equal(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        let (expected, seen) = (expected.into(), seen.into());
        let passed = expected == seen;
        Self { expected, seen, passed }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let caches = match env::args().nth(1).as_deref() {
        None => CacheManager::from_env()?,
        Some("--disabled") => CacheManager::builder().disabled().build()?,
        Some(other) => bail!("unknown option {other:?}; the only one is --disabled"),
    };
    println!("cache: {:?}", caches.health().state);
    let failed = with_database("verify", async |db| {
        let run = Run::new(db, &caches);
        let failed = run.all_checks().await;
        // Also after a failed check.
        run.tidy_up().await;
        Ok(failed)
    })
    .await?;
    println!("{} of {} checks passed", CHECKS.len() - failed, CHECKS.len());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the checks work with.
struct Run {
    db: Db,
    caches: CacheManager,
    profiles: TwoTierCache<Option<CustomerProfile>>,
    /// The first part of every key, so that two runs on one Redis do not meet.
    id: String,
    loads: AtomicU32,
}

impl Run {
    fn new(db: &Db, caches: &CacheManager) -> Self {
        Self {
            db: db.clone(),
            profiles: caches.cache("verify").build(),
            caches: caches.clone(),
            id: format!("run-{:016x}", fastrand::u64(..)),
            loads: AtomicU32::new(0),
        }
    }

    async fn all_checks(&self) -> usize {
        let mut failed = 0;
        for (name, check) in CHECKS {
            self.loads.store(0, Ordering::Relaxed);
            let outcome = check(self).await.unwrap_or_else(|error| Outcome {
                expected: "no error".to_owned(),
                seen: format!("{error:#}"),
                passed: false,
            });
            println!("{} {name}", if outcome.passed { "PASS" } else { "FAIL" });
            println!("     expected: {}", outcome.expected);
            println!("     seen:     {}", outcome.seen);
            failed += usize::from(!outcome.passed);
        }
        failed
    }

    fn key<'a>(&'a self, group: &'a str, customer: i64) -> (&'a str, &'a str, i64) {
        (&self.id, group, customer)
    }

    /// The name of the customer's business through the cache.
    async fn get(
        &self,
        cache: &TwoTierCache<Option<CustomerProfile>>,
        group: &str,
        customer: i64,
    ) -> anyhow::Result<String> {
        let profile = cache
            .get(&self.key(group, customer), || async {
                self.loads.fetch_add(1, Ordering::Relaxed);
                // A customer's first domain has the number of the customer.
                queries::customer_profile(&self.db, DomainId(customer)).await
            })
            .await?;
        Ok(profile.context("the seed has this customer")?.business_name)
    }

    fn loads(&self) -> u32 {
        self.loads.load(Ordering::Relaxed)
    }

    async fn tidy_up(&self) {
        self.profiles.invalidate_pattern(&format!("{}:*", self.id)).await;
    }
}

async fn basic_get(run: &Run) -> anyhow::Result<Outcome> {
    let miss = run.get(&run.profiles, "basic", 1).await?;
    let hit = run.get(&run.profiles, "basic", 1).await?;
    Ok(Outcome::equal(
        "miss \"Business 1\", hit \"Business 1\", 1 load",
        format!("miss {miss:?}, hit {hit:?}, {} load", run.loads()),
    ))
}

async fn invalidation(run: &Run) -> anyhow::Result<Outcome> {
    let before = run.get(&run.profiles, "update", 2).await?;
    updates::rename_business(&run.db, CustomerId(2), "Renamed 2").await?;
    let cached = run.get(&run.profiles, "update", 2).await?;
    run.profiles.invalidate(&run.key("update", 2)).await;
    let after = run.get(&run.profiles, "update", 2).await?;
    Ok(Outcome::equal(
        "\"Business 2\", after the write still \"Business 2\", invalidated \"Renamed 2\", 2 loads",
        format!(
            "{before:?}, after the write still {cached:?}, invalidated {after:?}, {} loads",
            run.loads()
        ),
    ))
}

async fn pattern_invalidation(run: &Run) -> anyhow::Result<Outcome> {
    for (group, customer) in [("swept", 3), ("swept", 4), ("bystander", 5)] {
        run.get(&run.profiles, group, customer).await?;
    }
    run.profiles.invalidate_pattern(&format!("{}:swept:*", run.id)).await;
    let mut left = Vec::new();
    for (group, customer) in [("swept", 3), ("swept", 4), ("bystander", 5)] {
        if run.profiles.exists(&run.key(group, customer)).await {
            left.push(format!("{group} {customer}"));
        }
    }
    Ok(Outcome::equal(
        "of \"swept 3\", \"swept 4\", \"bystander 5\" is left: bystander 5",
        format!(
            "of \"swept 3\", \"swept 4\", \"bystander 5\" is left: {}",
            if left.is_empty() { "nothing".to_owned() } else { left.join(", ") }
        ),
    ))
}

async fn expiry(run: &Run) -> anyhow::Result<Outcome> {
    let brief = run.caches.cache("verify").ttl(SHORT_TTL).build();
    let key = run.key("expiry", 6);
    run.get(&brief, "expiry", 6).await?;
    let at_once = brief.exists(&key).await;
    tokio::time::sleep(SHORT_TTL + Duration::from_millis(100)).await;
    let later = brief.exists(&key).await;
    run.get(&brief, "expiry", 6).await?;
    Ok(Outcome::equal(
        format!("with a ttl of {SHORT_TTL:?}: there at once, gone 100 ms after it, 2 loads"),
        format!(
            "with a ttl of {SHORT_TTL:?}: {} at once, {} 100 ms after it, {} loads",
            if at_once { "there" } else { "gone" },
            if later { "there" } else { "gone" },
            run.loads()
        ),
    ))
}

/// A real query, made to take 50 ms: the database of a busy service, or one far away.
async fn slow_database(run: &Run) -> anyhow::Result<Outcome> {
    let load = || async {
        let (profile, took) = timed(queries::customer_profile(&run.db, DomainId(7))).await;
        tokio::time::sleep(SLOW_DATABASE.saturating_sub(took)).await;
        profile
    };
    let key = run.key("slow", 7);
    let (profile, miss) = timed(run.profiles.get(&key, load)).await;
    profile?;
    let mut hits = Vec::new();
    for _ in 0..25 {
        let (profile, took) = timed(run.profiles.get(&key, load)).await;
        profile?;
        hits.push(took);
    }
    let hit = median(hits);
    let times = speed_up(miss, hit);
    Ok(Outcome {
        expected: format!("a miss takes at least {SLOW_DATABASE:?}, a hit at most a tenth of it"),
        seen: format!("a miss took {miss:.1?}, the median of 25 hits {hit:.1?}: {times:.0} times"),
        passed: miss >= SLOW_DATABASE && times >= 10.0,
    })
}

async fn nothing_left_behind(run: &Run) -> anyhow::Result<Outcome> {
    run.tidy_up().await;
    let keys = [("basic", 1), ("update", 2), ("bystander", 5), ("expiry", 6), ("slow", 7)];
    let mut left = 0;
    for (group, customer) in keys {
        left += usize::from(run.profiles.exists(&run.key(group, customer)).await);
    }
    Ok(Outcome::equal("0 of 5 entries left", format!("{left} of 5 entries left")))
}
