//! The verification program: does this cache do what it promises, here and now?
//!
//! Every check prints what is expected and what was seen. The exit code is 1 if one fails.
//!
//! ```text
//! cargo run --example verify
//! REDIS_URL=redis://localhost:6390 cargo run --example verify     # the checks on Redis too
//! cargo run --example verify -- --disabled     # a cache that is switched off: checks must fail
//! ```
#![allow(clippy::print_stdout, reason = "a program for people to watch")]

mod basics;
mod inspector;
mod on_redis;
mod other_process;
mod outage;
mod outcome;

use std::{
    env,
    process::ExitCode,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context as _, bail};
use futures::future::LocalBoxFuture;
use tokio::time::timeout;
use two_tier_cache::{CacheManager, HealthState, TwoTierCache};
use two_tier_cache_examples::{
    Db,
    cache::{self, Server},
    model::{CustomerProfile, DomainId},
    queries, with_database,
};

use crate::{
    inspector::Inspector,
    outcome::{Outcome, Tally},
};

/// A check by name. Another one is a function and a line here.
const CHECKS: &[(&str, Needs, Check)] = &[
    ("basic get", Needs::Nothing, |run| Box::pin(basics::basic_get(run))),
    ("invalidation", Needs::Nothing, |run| Box::pin(basics::invalidation(run))),
    ("pattern invalidation", Needs::Nothing, |run| Box::pin(basics::pattern_invalidation(run))),
    ("expiry", Needs::Nothing, |run| Box::pin(basics::expiry(run))),
    ("hit against a 50 ms database", Needs::Nothing, |run| Box::pin(basics::slow_database(run))),
    ("fallback when Redis is unreachable", Needs::Nothing, |run| Box::pin(outage::fallback(run))),
    ("readable keys and TTL in Redis", Needs::Redis, |run| Box::pin(on_redis::readable(run))),
    ("two processes sharing one load", Needs::Redis, |run| Box::pin(on_redis::one_load(run))),
    ("invalidation reaches the other process", Needs::Redis, |run| {
        Box::pin(on_redis::invalidation_reaches(run))
    }),
    ("nothing left behind", Needs::Nothing, |run| Box::pin(nothing_left_behind(run))),
];

type Check = for<'a> fn(&'a Run) -> LocalBoxFuture<'a, anyhow::Result<Outcome>>;

/// What a check is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Redis,
}

/// The longest check takes a second; this one hangs.
const CHECK_LIMIT: Duration = Duration::from_secs(10);
const PING_LIMIT: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut args = env::args().skip(1);
    let caches = match args.next().as_deref() {
        None => CacheManager::from_env()?,
        Some("--disabled") => CacheManager::builder().disabled().build()?,
        Some(other_process::OPTION) => {
            return other_process::serve(args).await.map(|()| ExitCode::SUCCESS);
        }
        Some(other) => bail!("unknown option {other:?}; the only one is --disabled"),
    };
    let tally = with_database("verify", async |db| {
        let run = Run::new(db, &caches);
        // The first use connects.
        run.profiles.exists(&run.key("first", 0)).await;
        println!("cache: {}", cache::describe(&caches, "verify:*"));
        let tally = run.all_checks().await;
        // Also after a failed check.
        run.tidy_up().await;
        Ok(tally)
    })
    .await;
    cache::shutdown(&caches).await;
    let tally = tally?;
    println!("{tally}");
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the checks work with.
struct Run {
    db: Db,
    caches: CacheManager,
    profiles: TwoTierCache<Option<CustomerProfile>>,
    /// The first part of every key, so that two runs on one Redis do not meet.
    id: String,
    loads: AtomicU32,
    server: Option<Server>,
}

impl Run {
    fn new(db: &Db, caches: &CacheManager) -> Self {
        Self {
            db: db.clone(),
            profiles: caches.cache("verify").build(),
            caches: caches.clone(),
            id: format!("run-{:016x}", fastrand::u64(..)),
            loads: AtomicU32::new(0),
            server: Server::from_env().filter(|_| !is_disabled(caches)),
        }
    }

    async fn all_checks(&self) -> Tally {
        let mut tally = Tally::default();
        for &(name, needs, check) in CHECKS {
            self.loads.store(0, Ordering::Relaxed);
            let outcome = match self.cannot_check(needs) {
                Some(outcome) => outcome,
                None => self.checked(check).await,
            };
            outcome.print(name);
            tally.count(&outcome);
        }
        tally
    }

    async fn checked(&self, check: Check) -> Outcome {
        let outcome = match timeout(CHECK_LIMIT, check(self)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Outcome::failed("no error", format!("{error:#}")),
            Err(_) => Outcome::failed("an end", format!("none within {CHECK_LIMIT:?}")),
        };
        if outcome.has_failed() { outcome.because_of(self.ask().await) } else { outcome }
    }

    /// What is wrong with Redis right now. One that hangs looks well until a call has waited for it.
    async fn ask(&self) -> Option<String> {
        if let (Some(server), None) = (&self.server, self.trouble()) {
            let ping = async { Inspector::connect(server).await?.ping().await };
            return match timeout(PING_LIMIT, ping).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(format!("Redis does not answer: {error:#}")),
                Err(_) => Some(format!("Redis does not answer within {PING_LIMIT:?}")),
            };
        }
        self.trouble()
    }

    /// Why there is nothing to check, if so. Whoever sets `REDIS_URL` wants to know whether that
    /// Redis works, so one that does not answer is a failure.
    fn cannot_check(&self, needs: Needs) -> Option<Outcome> {
        if needs == Needs::Nothing {
            return None;
        }
        match &self.server {
            None if is_disabled(&self.caches) => {
                Some(Outcome::Skipped("the cache is switched off".to_owned()))
            }
            None => Some(Outcome::Skipped("REDIS_URL is not set".to_owned())),
            Some(server) => {
                let answers = format!("Redis at {} answers", server.endpoint);
                self.trouble().map(|trouble| Outcome::failed(answers, trouble))
            }
        }
    }

    /// What is wrong with Redis, if it should be there.
    fn trouble(&self) -> Option<String> {
        let health = self.caches.health();
        if self.server.is_none() || health.state == HealthState::Connected {
            return None;
        }
        let reason = health.reason.unwrap_or_else(|| format!("{:?}", health.state));
        Some(format!("Redis does not answer: {reason}"))
    }

    /// A look at the server, past the cache.
    async fn inspector(&self) -> anyhow::Result<Inspector> {
        Inspector::connect(self.server.as_ref().context("REDIS_URL is not set")?).await
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

fn is_disabled(caches: &CacheManager) -> bool {
    caches.health().state == HealthState::Disabled
}

async fn nothing_left_behind(run: &Run) -> anyhow::Result<Outcome> {
    run.tidy_up().await;
    let keys = [("basic", 1), ("update", 2), ("bystander", 5), ("expiry", 6), ("slow", 7)];
    let mut left = 0;
    for (group, customer) in keys {
        left += usize::from(run.profiles.exists(&run.key(group, customer)).await);
    }
    if run.server.is_none() || run.trouble().is_some() {
        return Ok(Outcome::equal("0 of 5 entries left", format!("{left} of 5 entries left")));
    }
    let keys = run.inspector().await?.keys(&format!("verify:{}:*", run.id)).await?.len();
    Ok(Outcome::equal(
        "0 of 5 entries left, 0 keys of this run in Redis",
        format!("{left} of 5 entries left, {keys} keys of this run in Redis"),
    ))
}
