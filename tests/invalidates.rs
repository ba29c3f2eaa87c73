//! `#[invalidates(..)]`: whatever a write names is read afresh after it, however the write ended,
//! and nothing else is.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

#[path = "invalidates/arguments.rs"]
mod arguments;
#[path = "invalidates/endings.rs"]
mod endings;
#[path = "invalidates/fences.rs"]
mod fences;
#[path = "invalidates/refusal.rs"]
mod refusal;
#[path = "invalidates/targets.rs"]
mod targets;
#[path = "invalidates/timing.rs"]
mod timing;
#[path = "invalidates/traits.rs"]
mod traits;
#[path = "invalidates/writers.rs"]
mod writers;

mod support;

use std::convert::Infallible;
use std::sync::Arc;

use support::{Db, TTL, World, on_each};
use two_tier_cache::{CacheManager, two_tier_cached};

/// What the writers of the tests return.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    user: u64,
    team: u64,
}

/// Why they fail.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused;

impl From<std::num::ParseIntError> for Refused {
    fn from(_: std::num::ParseIntError) -> Self {
        Self
    }
}

#[two_tier_cached(prefix = "user", ttl = TTL, skip(db))]
async fn load_user(db: &Db, id: u64) -> Result<u32, Infallible> {
    db.load().await
}

#[two_tier_cached(prefix = "team", ttl = TTL, skip(db))]
async fn load_team(db: &Db, id: u64) -> Result<u32, Infallible> {
    db.load().await
}

/// Its sibling takes the argument as it is: `String`, which a call moves.
#[two_tier_cached(prefix = "domain", ttl = TTL, key(domain.to_lowercase()))]
async fn load_domain(db: &Db, domain: String) -> Result<u32, Infallible> {
    drop(domain);
    db.load().await
}

/// Knows its manager.
#[derive(Clone)]
struct Repo {
    db: Arc<Db>,
    caches: CacheManager,
}

impl Repo {
    #[two_tier_cached(prefix = "repo.team", ttl = TTL, manager = self.caches)]
    async fn load_team(&self, id: u64) -> Result<u32, Infallible> {
        self.db.load().await
    }

    #[two_tier_cached(prefix = "repo.user", ttl = TTL, skip(db))]
    async fn find(db: &Db, id: u64) -> Result<u32, Infallible> {
        db.load().await
    }
}

/// Runs a test in the scope of a manager of each kind.
async fn in_each(test: impl AsyncFn(&World, &Arc<Db>, &Repo)) {
    on_each(async |world: World| {
        let db = Db::with(&world.caches);
        let repo = Repo { db: Arc::clone(&db), caches: world.caches.clone() };
        world.caches.scope(test(&world, &db, &repo)).await;
    })
    .await;
}

/// The rows of users 7 and 8 as they are cached, loaded where they are not.
async fn users(db: &Db) -> [u32; 2] {
    let (Ok(one), Ok(two)) = (load_user(db, 7).await, load_user(db, 8).await);
    [one, two]
}

/// The rows of teams 7 and 8, likewise.
async fn teams(db: &Db) -> [u32; 2] {
    let (Ok(one), Ok(two)) = (load_team(db, 7).await, load_team(db, 8).await);
    [one, two]
}

/// The row of a domain, likewise.
async fn domain(db: &Db, name: &str) -> u32 {
    let Ok(row) = load_domain(db, name.to_owned()).await;
    row
}

/// The row of team 7 of a repository, likewise.
async fn team(repo: &Repo) -> u32 {
    let Ok(row) = repo.load_team(7).await;
    row
}
