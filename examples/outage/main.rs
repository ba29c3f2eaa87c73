//! What an outage of Redis costs, in numbers, beside the bars this library sets itself.
//!
//! Starts Redis servers of its own (`redis-server` on the path, or what `REDIS_SERVER` names), and
//! has them killed, hung and locked while calls on unknown keys go on. Every call is compared with
//! the time that its query took by itself.
//!
//! ```text
//! cargo run --release --example outage
//! cargo run --release --example outage -- --rounds 1 --seconds 1
//! ```
#![allow(clippy::print_stdout, reason = "a program for people to watch")]

mod failure;
mod probe;
mod queued;
mod table;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use futures::future::try_join_all;
use tokio::time::sleep;
use two_tier_cache::{CacheManager, TwoTierCache, redis::RedisBackend};
use two_tier_cache_examples::{
    Db,
    model::{CustomerProfile, DomainId},
    queries, seed,
    timing::timed,
    with_database,
};

use crate::{
    failure::{Failure, Server},
    probe::Probe,
    table::{Round, Table},
};

/// What happens to Redis, and how many call meanwhile.
const SCENARIOS: [(Failure, usize); 5] = [
    (Failure::Killed, 1),
    (Failure::Killed, 64),
    (Failure::Hung, 1),
    (Failure::Hung, 64),
    (Failure::WrongPassword, 1),
];

/// How long the calls go on before the outage begins.
const BEFORE: Duration = Duration::from_millis(200);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Options { rounds, outage } = Options::from_args()?;
    with_database("outage", async |db| {
        println!("an outage lasts {outage:?}; {rounds} rounds of each, so be patient");
        let mut table = Table::default();
        for (failure, callers) in SCENARIOS {
            let mut measured = Vec::new();
            for _ in 0..rounds {
                measured.push(round(db, failure, callers, outage).await?);
            }
            table.add(format!("{failure}, {callers} at once"), &measured);
        }
        println!("{table}");
        println!("\nan invalidation in the outage, and Redis comes back with the older value:");
        for failure in [Failure::Killed, Failure::Hung] {
            let mut measured = Vec::new();
            for _ in 0..rounds {
                measured.push(queued::round(failure, outage).await?);
            }
            println!("{}", queued::Line(&measured));
        }
        Ok(())
    })
    .await
}

/// How often, and how long.
struct Options {
    rounds: usize,
    outage: Duration,
}

impl Options {
    fn from_args() -> anyhow::Result<Self> {
        let mut options = Self { rounds: 3, outage: Duration::from_secs(3) };
        let mut args = env::args().skip(1);
        while let Some(arg) = args.next() {
            let number = args.next().and_then(|number| number.parse::<f64>().ok());
            let number = number.filter(|number| *number > 0.0 && *number <= 1_000.0);
            match (arg.as_str(), number) {
                ("--seconds", Some(seconds)) => options.outage = Duration::from_secs_f64(seconds),
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "checked above"
                )]
                ("--rounds", Some(rounds)) => options.rounds = rounds.ceil() as usize,
                _ => bail!("{arg:?}? usage: outage [--rounds N] [--seconds S]"),
            }
        }
        Ok(options)
    }
}

/// One outage: calls before it and all through it, then the way back.
async fn round(
    db: &Db,
    failure: Failure,
    callers: usize,
    outage: Duration,
) -> anyhow::Result<Round> {
    let server = Server::start(failure).await?;
    let caches = CacheManager::builder().backend(RedisBackend::lazy(&server.url)?).build()?;
    let probe = Probe::new(&caches, &server).await?;
    let calls = Arc::new(Calls {
        db: db.clone(),
        profiles: caches.cache("profile").build(),
        next: AtomicI64::new(0),
        over: AtomicBool::new(false),
    });
    let tasks = (0..callers).map(|_| tokio::spawn(Arc::clone(&calls).go_on()));
    let tasks: Vec<_> = tasks.collect();

    sleep(BEFORE).await;
    let since = Instant::now();
    server.fail(failure).await?;
    sleep(outage).await;
    calls.over.store(true, Ordering::Relaxed);
    let called: Vec<Call> = try_join_all(tasks).await?.into_iter().flatten().collect();

    let recovery = probe.recovery(&server, failure).await?;
    caches.shutdown(Duration::ZERO).await;
    let in_outage = called.iter().filter(|call| call.ended >= since);
    let added: Vec<_> = in_outage.clone().map(|call| call.added).collect();
    let errors = in_outage.filter(|call| !call.right).count();
    Round::new(added, errors, recovery).context("there was no call during the outage")
}

/// Calls on keys that nobody has asked for before.
struct Calls {
    db: Db,
    profiles: TwoTierCache<Option<CustomerProfile>>,
    next: AtomicI64,
    over: AtomicBool,
}

/// One of them.
struct Call {
    ended: Instant,
    /// What it took longer than its query.
    added: Duration,
    /// Whether it returned what is in the database.
    right: bool,
}

impl Calls {
    async fn go_on(self: Arc<Self>) -> Vec<Call> {
        let mut calls = Vec::new();
        while !self.over.load(Ordering::Relaxed) {
            calls.push(self.call().await);
        }
        calls
    }

    async fn call(&self) -> Call {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        let customer = key % seed::CUSTOMERS + 1;
        let mut query_time = Duration::ZERO;
        let measured = &mut query_time;
        let query = || async move {
            let query = queries::customer_profile(&self.db, DomainId(customer));
            let (profile, took) = timed(query).await;
            *measured = took;
            profile
        };
        let (profile, took) = timed(self.profiles.get(&key, query)).await;
        let name = profile.ok().flatten().map(|profile| profile.business_name);
        Call {
            ended: Instant::now(),
            added: took.saturating_sub(query_time),
            right: name == Some(format!("Business {customer}")),
        }
    }
}
