//! Who is compared, each used as its own documentation says.
//!
//! Where a contender has a capacity or a time to live, it gets [`CAPACITY`] and [`TTL`]: a hit is
//! then a hit for everybody.

mod near;
mod on_redis;
mod runs;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use two_tier_cache_figures::Role;

pub use self::near::NEAR;
pub use self::on_redis::{ON_REDIS, OURS as ON_REDIS_OURS, RAW};
pub use self::runs::{Answer, Runs};
use crate::workload::{Database, Member, Profile};

/// Of every entry.
const TTL: Duration = Duration::from_secs(3_600);
/// More than there are keys, in any shard.
const CAPACITY: usize = 40_000;

/// A cached read, as its user calls it.
///
/// What the attribute of a contender makes is returned as it is: one more `async fn` around it would
/// move its future once more, and that is as dear as a hit.
pub trait Cache: Send + Sync + 'static {
    type Given: Given;

    fn user(&self, id: u64) -> impl Future<Output = Self::Given> + Send;

    /// The same with a key of two parts. Only hits in the process are measured with it.
    fn member(&self, _key: Member) -> impl Future<Output = Self::Given> + Send {
        async { unreachable!("no part asks this contender") }
    }

    /// What its user does after a write to the row of [`user`](Self::user).
    fn forget(&self, id: u64) -> impl Future<Output = Result<()>> + Send;
}

/// What a read gives: the value, a share of it, or a `Result` with one.
pub trait Given: Send {
    fn profile(&self) -> Result<&Profile>;
}

impl<T: AsRef<Profile> + Send, E: fmt::Debug + Send> Given for Result<T, E> {
    fn profile(&self) -> Result<&Profile> {
        match self {
            Ok(value) => Ok(value.as_ref()),
            Err(error) => bail!("{error:?}"),
        }
    }
}

impl Given for Arc<Profile> {
    fn profile(&self) -> Result<&Profile> {
        Ok(self)
    }
}

/// Where a contender is made.
#[derive(Debug, Clone)]
pub struct Place {
    /// Of a Redis server.
    pub url: String,
    pub db: Arc<Database>,
}

/// A contender that can be made.
#[derive(Clone, Copy)]
pub struct Entrant {
    pub name: &'static str,
    pub role: Role,
    make: fn(Place) -> Answer<'static, Arc<dyn Runs>>,
}

/// A contender that was made, with a database of its own.
#[derive(Clone)]
pub struct Contender {
    pub name: &'static str,
    pub role: Role,
    pub db: Arc<Database>,
    pub cache: Arc<dyn Runs>,
}

impl Entrant {
    /// On this Redis server, if it uses one.
    pub async fn make(self, url: &str) -> Result<Contender> {
        let Self { name, role, make } = self;
        let db = Arc::new(Database::default());
        let place = Place { url: url.to_owned(), db: Arc::clone(&db) };
        let cache = make(place).await.with_context(|| format!("{name} cannot be made"))?;
        Ok(Contender { name, role, db, cache })
    }
}

/// All of a list whose name has `only` in it.
pub async fn make(entrants: &[Entrant], only: &str, url: &str) -> Result<Vec<Contender>> {
    let mut made = Vec::new();
    for entrant in entrants.iter().filter(|entrant| entrant.name.contains(only)) {
        made.push(entrant.make(url).await?);
    }
    Ok(made)
}
