//! Arguments outside of the key whose types differ from call to call, and the prefix that two
//! functions share on purpose.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use two_tier_cache::{CacheManager, two_tier_cached};

const TTL: Duration = Duration::from_secs(60);

/// What runs queries.
trait Executor {
    fn query(self) -> impl Future<Output = u32> + Send;
}

#[derive(Default)]
struct Pool(AtomicU32);

struct Connection<'a>(&'a Pool);

impl Executor for &Pool {
    async fn query(self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Executor for &mut Connection<'_> {
    async fn query(self) -> u32 {
        self.0.query().await
    }
}

mod sql {
    /// By its name, an open transaction.
    pub(crate) struct PgTransaction<'a>(pub(crate) super::Connection<'a>);
}

/// An alias hides what it is.
type Tx<'a> = sql::PgTransaction<'a>;

impl Executor for &mut Tx<'_> {
    async fn query(self) -> u32 {
        self.0.query().await
    }
}

#[two_tier_cached(prefix = "executor.implied", ttl = TTL, skip(db))]
async fn implied(db: impl Executor, id: u64) -> Result<u32, String> {
    Ok(db.query().await)
}

#[two_tier_cached(prefix = "executor.named", ttl = TTL, skip(db), also(set, refresh))]
async fn named<'e, E>(db: E, id: u64) -> Result<u32, String>
where
    E: Executor + Send + 'e,
{
    Ok(db.query().await)
}

#[two_tier_cached(prefix = "executor.logged", ttl = TTL, key(id))]
async fn logged(db: &Pool, id: u64, then: impl Fn(u32)) -> u32 {
    let row = db.query().await;
    then(row);
    row
}

#[two_tier_cached(prefix = "executor.alias", ttl = TTL, skip(tx))]
async fn in_alias(tx: &mut Tx<'_>, id: u64) -> u32 {
    tx.query().await
}

/// `T` decides what is loaded, whatever else is of its type.
#[two_tier_cached(prefix = "executor.scratch", ttl = TTL, skip(scratch))]
async fn with_scratch<T: Table>(scratch: &mut T, id: u64) -> String {
    let _ = scratch;
    format!("{} {id}", T::NAME)
}

/// Two closures have one name.
struct Calls<F>(F);

impl<F: Fn() -> &'static str> Calls<F> {
    #[two_tier_cached(prefix = "executor.calls", ttl = TTL)]
    async fn call(&self, id: u64) -> String {
        format!("{} {id}", (self.0)())
    }
}

trait Table {
    const NAME: &'static str;
}

struct Users;
struct Teams;

impl Table for Users {
    const NAME: &'static str = "users";
}

impl Table for Teams {
    const NAME: &'static str = "teams";
}

struct Repo<T>(PhantomData<fn() -> T>);

/// What is there in several implementations, each with rows of its own.
trait Source {
    fn name(&self) -> &'static str;
}

impl Source for Users {
    fn name(&self) -> &'static str {
        "users"
    }
}

impl Source for Teams {
    fn name(&self) -> &'static str {
        "teams"
    }
}

#[two_tier_cached(prefix = "executor.source", ttl = TTL, skip(source))]
async fn from_source<S: Source>(source: &S, id: u64) -> String {
    format!("{} {id}", source.name())
}

#[two_tier_cached(prefix = "executor.implied_source", ttl = TTL, skip(source))]
async fn from_implied(source: &impl Source, id: u64) -> String {
    format!("{} {id}", source.name())
}

/// The type of the repository decides what is loaded, though the repository is no part of the key.
#[two_tier_cached(prefix = "executor.repo", ttl = TTL, skip(repo))]
async fn from_repo<T: Table>(repo: &Repo<T>, id: u64) -> String {
    let _ = repo;
    format!("{} {id}", T::NAME)
}

#[two_tier_cached(prefix = "executor.shared", ttl = TTL, skip(db))]
async fn by_id(db: &Pool, id: u64) -> Result<u32, String> {
    Ok(db.query().await)
}

#[two_tier_cached(prefix = "executor.shared", ttl = TTL, skip(db), shares = by_id, invalidate = none)]
async fn by_id_again(db: &Pool, id: u64) -> Result<u32, std::io::Error> {
    Ok(db.query().await)
}

#[two_tier_cached(prefix = "executor.shared", ttl = TTL, skip(db), shares = by_id, invalidate = none)]
async fn of_another_type(db: &Pool, id: u64) -> Result<u64, String> {
    Ok(db.query().await.into())
}

impl<T: Table> Repo<T> {
    #[two_tier_cached(prefix = "executor.instances", ttl = TTL)]
    async fn named(id: u64) -> String {
        format!("{} {id}", T::NAME)
    }

    #[two_tier_cached(prefix = "executor.instances", ttl = TTL, shares = Self::named, invalidate = none)]
    async fn named_again(id: u64) -> String {
        format!("{} {id}", T::NAME)
    }
}

#[tokio::test]
async fn instances_of_a_generic_type_share_with_no_other_function() {
    for first in [true, false] {
        let test = async {
            if first {
                assert_eq!(Repo::<Users>::named(1).await, "users 1");
            }
            assert_eq!(Repo::<Teams>::named_again(1).await, "teams 1");
            assert_eq!(Repo::<Users>::named(1).await, "users 1");
            assert_eq!(Repo::<Teams>::named(1).await, "teams 1");
        };
        caches().scope(test).await;
    }
}

fn caches() -> CacheManager {
    CacheManager::builder().build().unwrap()
}

#[tokio::test]
async fn a_pool_and_a_connection_share_entries() {
    let caches = caches();
    let test = async {
        let pool = Pool::default();
        let mut connection = Connection(&pool);
        assert_eq!(implied(&pool, 1).await, Ok(1));
        assert_eq!(implied(&mut connection, 1).await, Ok(1));
        assert_eq!(named(&mut connection, 1).await, Ok(2));
        assert_eq!(named(&pool, 1).await, Ok(2));
        assert_eq!(refresh_named(&mut connection, 1).await, Ok(3));
        assert!(set_named(2, 9).await);
        assert_eq!((named(&pool, 1).await, named(&mut connection, 2).await), (Ok(3), Ok(9)));
        assert_eq!(logged(&pool, 1, |_| ()).await, 4);
        assert_eq!(logged(&pool, 1, drop).await, 4);
        invalidate_implied(1).await;
        assert_eq!(implied(&mut connection, 1).await, Ok(5));
    };
    caches.scope(test).await;
    assert_eq!(caches.stats().functions.iter().map(|seen| seen.conflicts).sum::<u64>(), 0);
}

#[tokio::test]
async fn rows_read_in_a_transaction_are_not_cached() {
    let caches = caches();
    let test = async {
        let pool = Pool::default();
        let mut tx = sql::PgTransaction(Connection(&pool));
        assert_eq!(implied(&mut tx, 1).await, Ok(1));
        assert_eq!(implied(&pool, 1).await, Ok(2), "nothing of the transaction is there");
        assert_eq!(implied(&mut tx, 1).await, Ok(3), "nor does it see what others cached");
        assert_eq!(implied(&pool, 1).await, Ok(2));
        assert_eq!((in_alias(&mut tx, 1).await, in_alias(&mut tx, 1).await), (4, 5));
    };
    caches.scope(test).await;
    assert_eq!(caches.stats().prefix("executor.alias").unwrap().conflicts, 2);
}

#[tokio::test]
async fn a_parameter_that_may_decide_what_is_loaded_counts() {
    let test = async {
        let (users, teams) = (Repo::<Users>(PhantomData), Repo::<Teams>(PhantomData));
        for _ in 0..2 {
            assert_eq!(from_repo(&users, 1).await, "users 1");
            assert_eq!(from_repo(&teams, 1).await, "teams 1");
            assert_eq!(with_scratch(&mut Users, 1).await, "users 1");
            assert_eq!(with_scratch(&mut Teams, 1).await, "teams 1");
            assert_eq!(Calls(|| "users").call(1).await, "users 1");
            assert_eq!(Calls(|| "teams").call(1).await, "teams 1");
            assert_eq!(from_source(&Users, 1).await, "users 1");
            assert_eq!(from_source(&Teams, 1).await, "teams 1");
            assert_eq!(from_implied(&Users, 1).await, "users 1");
            assert_eq!(from_implied(&Teams, 1).await, "teams 1");
        }
    };
    caches().scope(test).await;
}

#[tokio::test]
async fn functions_that_say_so_share_a_prefix() {
    for order in [true, false] {
        let caches = caches();
        let test = async {
            let pool = Pool::default();
            if order {
                assert_eq!(by_id(&pool, 1).await.unwrap(), 1);
            }
            assert_eq!(by_id_again(&pool, 1).await.unwrap(), 1);
            assert_eq!(by_id(&pool, 1).await.unwrap(), 1);
            invalidate_by_id(1).await;
            assert_eq!(by_id_again(&pool, 1).await.unwrap(), 2);
            assert_eq!(of_another_type(&pool, 1).await.unwrap(), 3, "values of one type only");
            assert_eq!(of_another_type(&pool, 1).await.unwrap(), 4);
            assert_eq!(by_id(&pool, 1).await.unwrap(), 2);
        };
        caches.scope(test).await;
        assert_eq!(caches.stats().prefix("executor.shared").unwrap().conflicts, 2);
    }
}
