//! What sqlx runs queries on, generic and not, as an argument of cached functions.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use std::time::Duration;

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Acquire, Executor, Sqlite, SqliteConnection, SqliteExecutor, SqlitePool};
use two_tier_cache::{CacheManager, Invalidate, Invalidation, two_tier_cached};

const TTL: Duration = Duration::from_mins(1);

/// Counts the loads in the database, so that every load returns another number.
const LOAD: &str = "UPDATE loads SET number = number + 1 RETURNING number, $1";

/// Which load a row came from, and its id.
type Row = (i64, i64);

#[two_tier_cached(prefix = "executors.pool", ttl = TTL, skip(pool))]
async fn by_pool(pool: &SqlitePool, id: i64) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as(LOAD).bind(id).fetch_optional(pool).await
}

#[two_tier_cached(prefix = "executors.connection", ttl = TTL, skip(conn))]
async fn by_connection(conn: &mut SqliteConnection, id: i64) -> sqlx::Result<Row> {
    sqlx::query_as(LOAD).bind(id).fetch_one(conn).await
}

#[two_tier_cached(prefix = "executors.impl", ttl = TTL, skip(executor))]
async fn by_impl(executor: impl Executor<'_, Database = Sqlite>, id: i64) -> sqlx::Result<Row> {
    sqlx::query_as(LOAD).bind(id).fetch_one(executor).await
}

#[two_tier_cached(prefix = "executors.alias", ttl = TTL, skip(db))]
async fn by_alias(id: i64, db: impl SqliteExecutor<'_>) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as(LOAD).bind(id).fetch_all(db).await
}

#[two_tier_cached(prefix = "executors.named", ttl = TTL, skip(executor))]
async fn by_named<'e, E>(executor: E, id: i64) -> sqlx::Result<Row>
where
    E: Executor<'e, Database = Sqlite>,
{
    sqlx::query_as(LOAD).bind(id).fetch_one(executor).await
}

#[two_tier_cached(prefix = "executors.inline", ttl = TTL, skip(executor))]
async fn by_inline<'c, E: SqliteExecutor<'c> + 'c>(executor: E, id: i64) -> sqlx::Result<Row> {
    sqlx::query_as(LOAD).bind(id).fetch_one(executor).await
}

/// The reference is the executor, not what it refers to.
#[two_tier_cached(prefix = "executors.reference", ttl = TTL, skip(executor))]
async fn by_reference<'a, E>(executor: &'a mut E, id: i64) -> anyhow::Result<Row>
where
    &'a mut E: Executor<'a, Database = Sqlite>,
{
    Ok(sqlx::query_as(LOAD).bind(id).fetch_one(executor).await?)
}

/// Takes a connection for several queries.
#[two_tier_cached(prefix = "executors.acquire", ttl = TTL, skip(db))]
async fn by_acquire<'a>(db: impl Acquire<'a, Database = Sqlite>, id: i64) -> sqlx::Result<Row> {
    let mut conn = db.acquire().await?;
    let (first, _): Row = sqlx::query_as(LOAD).bind(id).fetch_one(&mut *conn).await?;
    let (second, id): Row = sqlx::query_as(LOAD).bind(id).fetch_one(&mut *conn).await?;
    assert_eq!(first + 1, second);
    Ok((second, id))
}

#[two_tier_cached(prefix = "executors.text", ttl = TTL, key(id.as_ref().trim()))]
async fn by_text<'e, E, S>(executor: E, id: S) -> Result<Row, Box<dyn std::error::Error>>
where
    E: Executor<'e, Database = Sqlite>,
    S: AsRef<str>,
{
    let id: i64 = id.as_ref().trim().parse()?;
    Ok(sqlx::query_as(LOAD).bind(id).fetch_one(executor).await?)
}

/// Has the pool and lends it.
struct Repository {
    pool: SqlitePool,
}

impl Repository {
    #[two_tier_cached(prefix = "executors.method", ttl = TTL)]
    async fn find(&self, id: i64) -> sqlx::Result<Row> {
        sqlx::query_as(LOAD).bind(id).fetch_one(&self.pool).await
    }

    #[two_tier_cached(prefix = "executors.method_on", ttl = TTL, skip(on))]
    async fn find_on<'e>(&self, on: impl SqliteExecutor<'e>, id: i64) -> sqlx::Result<Row> {
        assert!(!self.pool.is_closed());
        sqlx::query_as(LOAD).bind(id).fetch_one(on).await
    }
}

async fn database() -> SqlitePool {
    // More than one connection would be more than one database.
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:");
    let pool = pool.await.unwrap();
    let table = "CREATE TABLE loads (number INTEGER NOT NULL); INSERT INTO loads VALUES (0)";
    pool.execute(table).await.unwrap();
    pool
}

/// Calls, hits, invalidates and calls again, on a manager and a database of its own.
async fn check(
    call: impl AsyncFn(&SqlitePool, i64) -> Row,
    invalidate: impl Fn(i64) -> Invalidate,
) {
    let db = &database().await;
    let calls = async {
        let first = call(db, 1).await;
        assert_eq!(call(db, 1).await, first, "a hit returns what was loaded");
        let other = call(db, 2).await;
        assert_eq!((first.1, other.1), (1, 2));
        assert_eq!(invalidate(1).await, Invalidation::Applied);
        assert!(call(db, 1).await.0 > other.0, "what was invalidated is loaded again");
        assert_eq!(call(db, 2).await, other, "nothing else was invalidated");
    };
    CacheManager::builder().build().unwrap().scope(calls).await;
}

#[tokio::test]
async fn a_pool() {
    check(async |db, id| by_pool(db, id).await.unwrap().unwrap(), invalidate_by_pool).await;
    check(async |db, id| by_impl(db, id).await.unwrap(), invalidate_by_impl).await;
    check(async |db, id| by_alias(id, db).await.unwrap()[0], invalidate_by_alias).await;
    check(async |db, id| by_named(db, id).await.unwrap(), invalidate_by_named).await;
    check(async |db, id| by_inline(db, id).await.unwrap(), invalidate_by_inline).await;
    check(async |db, id| by_acquire(db, id).await.unwrap(), invalidate_by_acquire).await;
}

#[tokio::test]
async fn a_connection() {
    let conn = async |db: &SqlitePool| db.acquire().await.unwrap();
    let call = async |db: &_, id| by_connection(&mut *conn(db).await, id).await.unwrap();
    check(call, invalidate_by_connection).await;
    let call = async |db: &_, id| by_impl(&mut *conn(db).await, id).await.unwrap();
    check(call, invalidate_by_impl).await;
    let call = async |db: &_, id| by_alias(id, &mut *conn(db).await).await.unwrap()[0];
    check(call, invalidate_by_alias).await;
    let call = async |db: &_, id| by_named(&mut *conn(db).await, id).await.unwrap();
    check(call, invalidate_by_named).await;
    let call = async |db: &_, id| by_inline(&mut *conn(db).await, id).await.unwrap();
    check(call, invalidate_by_inline).await;
    let call = async |db: &_, id| by_reference(&mut *conn(db).await, id).await.unwrap();
    check(call, invalidate_by_reference).await;
    let call = async |db: &_, id| by_acquire(&mut *conn(db).await, id).await.unwrap();
    check(call, invalidate_by_acquire).await;
}

#[tokio::test]
async fn with_a_key_of_any_type_of_text() {
    let call = async |db: &_, id: i64| by_text(db, id.to_string()).await.unwrap();
    check(call, |id| invalidate_by_text(format!(" {id}"))).await;
}

#[tokio::test]
async fn of_a_repository() {
    let repository = |db: &SqlitePool| Repository { pool: db.clone() };
    let any = Repository { pool: database().await };
    let call = async |db: &_, id| repository(db).find(id).await.unwrap();
    check(call, |id| any.invalidate_find(id)).await;
    let call = async |db: &_, id| repository(db).find_on(db, id).await.unwrap();
    check(call, |id| any.invalidate_find_on(id)).await;
}

/// What is skipped does not count: whatever a row is loaded on, it is the same row.
#[tokio::test]
async fn a_pool_and_a_connection_share_an_entry() {
    let db = &database().await;
    let calls = async {
        let conn = async || db.acquire().await.unwrap();
        let row = by_impl(db, 1).await.unwrap();
        assert_eq!(by_impl(&mut *conn().await, 1).await.unwrap(), row);
        let row = by_alias(1, &mut *conn().await).await.unwrap();
        assert_eq!(by_alias(1, db).await.unwrap(), row);
        let row = by_named(db, 1).await.unwrap();
        assert_eq!(by_named(&mut *conn().await, 1).await.unwrap(), row);
        let row = by_inline(&mut *conn().await, 1).await.unwrap();
        assert_eq!(by_inline(db, 1).await.unwrap(), row);
        let row = by_acquire(db, 1).await.unwrap();
        assert_eq!(by_acquire(&mut *conn().await, 1).await.unwrap(), row);
        assert_eq!(invalidate_by_named(1).await, Invalidation::Applied);
        assert_ne!(by_named(db, 1).await.unwrap(), row);
    };
    let caches = CacheManager::builder().build().unwrap();
    caches.scope(calls).await;
    assert!(caches.stats().functions.iter().all(|function| function.conflicts == 0));
}

/// An alias hides what it is.
type Tx = sqlx::Transaction<'static, Sqlite>;

#[two_tier_cached(prefix = "executors.transaction", ttl = TTL, skip(tx))]
async fn in_alias(tx: &mut Tx, id: i64) -> sqlx::Result<Row> {
    sqlx::query_as(LOAD).bind(id).fetch_one(&mut **tx).await
}

/// What is read in a transaction is not cached, and what is cached is not read in one.
#[tokio::test]
async fn a_transaction_that_the_attribute_cannot_see_is_found_when_it_is_used() {
    let db = &database().await;
    let caches = CacheManager::builder().build().unwrap();
    let calls = async {
        let cached = by_acquire(db, 1).await.unwrap();
        let mut tx: Tx = db.begin().await.unwrap();
        let inside = by_acquire(&mut tx, 1).await.unwrap();
        assert_ne!(inside, cached);
        assert_ne!(by_acquire(&mut tx, 1).await.unwrap(), inside);
        let first = in_alias(&mut tx, 1).await.unwrap();
        assert_ne!(in_alias(&mut tx, 1).await.unwrap(), first);
        tx.rollback().await.unwrap();
        assert_eq!(by_acquire(db, 1).await.unwrap(), cached);
    };
    caches.scope(calls).await;
    let conflicts = |prefix| caches.stats().prefix(prefix).unwrap().conflicts;
    assert_eq!((conflicts("executors.acquire"), conflicts("executors.transaction")), (2, 2));
}
