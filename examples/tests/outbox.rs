//! The outbox on a real database: a process commits and dies before it invalidates, and another one
//! finds in the table what is left to do.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{env, path::Path, process::Command, time::Duration};

use sqlx::{Row as _, Sqlite, SqlitePool, Transaction, sqlite::SqliteConnectOptions};
use two_tier_cache::{
    CacheManager, Invalidation, TwoTierCache,
    outbox::{self, Outbox, Record},
    redis::RedisBackend,
};
use two_tier_cache_test_servers::RedisServer;

/// The test that is the process which dies, and nothing elsewhere.
const CHILD: &str = "a_process_that_dies_after_its_commit";
const ORDERS: &str = "TWO_TIER_CACHE_OUTBOX_TEST";

/// What a user writes: a type of their own around the transaction, and one `INSERT`.
struct Tx<'a>(Transaction<'a, Sqlite>);

impl Outbox for Tx<'_> {
    type Error = sqlx::Error;

    async fn record(&mut self, record: &Record) -> Result<(), sqlx::Error> {
        let insert = sqlx::query("INSERT INTO outbox (record) VALUES (?)").bind(record.as_str());
        insert.execute(&mut *self.0).await.map(drop)
    }
}

async fn open(file: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    SqlitePool::connect_with(options).await.unwrap()
}

fn caches(url: &str) -> (CacheManager, TwoTierCache<String>) {
    let backend = RedisBackend::lazy(url).unwrap();
    let builder = CacheManager::builder().redis_budget(Duration::from_secs(20)).backend(backend);
    let caches = builder.build().unwrap();
    let names = caches.cache("name").build();
    (caches, names)
}

async fn name(db: &SqlitePool, names: &TwoTierCache<String>) -> String {
    let load = || sqlx::query_scalar("SELECT name FROM users WHERE id = 7").fetch_one(db);
    names.get(&("7", "en"), load).await.unwrap()
}

/// Renames a user, whose names in all languages are cached: a pattern, which no fence can cover.
async fn rename(db: &SqlitePool, names: &TwoTierCache<String>) -> outbox::Recorded {
    let mut tx = Tx(db.begin().await.unwrap());
    let update = sqlx::query("UPDATE users SET name = 'Ada Lovelace' WHERE id = 7");
    update.execute(&mut *tx.0).await.unwrap();
    let recorded = outbox::record(&mut tx, || names.invalidate_pattern("7:*")).await.unwrap();
    tx.0.commit().await.unwrap();
    recorded
}

/// What a program does when it starts, and every few seconds.
async fn relay(db: &SqlitePool, caches: &CacheManager) -> usize {
    let left = sqlx::query("SELECT id, record FROM outbox").fetch_all(db).await.unwrap();
    for row in &left {
        let record: Record = row.get::<String, _>("record").parse().unwrap();
        if caches.apply(&record).unwrap().await == Invalidation::Applied {
            let delete =
                sqlx::query("DELETE FROM outbox WHERE id = ?").bind(row.get::<i64, _>("id"));
            delete.execute(db).await.unwrap();
        }
    }
    left.len()
}

#[tokio::test]
async fn a_process_that_dies_after_its_commit() {
    let Ok(orders) = env::var(ORDERS) else { return };
    let (url, file) = orders.split_once(' ').unwrap();
    let (_caches, names) = caches(url);
    let _recorded = rename(&open(Path::new(file)).await, &names).await;
    // As by `kill -9`: nothing is dropped.
    std::process::abort();
}

#[tokio::test]
async fn what_a_dead_process_has_recorded_is_applied_by_another() {
    let (server, dir) = (RedisServer::start(), tempfile::tempdir().unwrap());
    let file = dir.path().join("users.db");
    let db = open(&file).await;
    for statement in [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        "CREATE TABLE outbox (id INTEGER PRIMARY KEY, record TEXT NOT NULL)",
        "INSERT INTO users VALUES (7, 'Ada')",
    ] {
        sqlx::query(statement).execute(&db).await.unwrap();
    }
    let (caches, names) = caches(&server.url());
    assert_eq!(name(&db, &names).await, "Ada");
    let mut dies = Command::new(env::current_exe().unwrap());
    dies.args(["--exact", CHILD]).env(ORDERS, format!("{} {}", server.url(), file.display()));
    assert!(!dies.output().unwrap().status.success(), "it was to die");
    // It has committed, and nobody was told.
    assert_eq!(name(&db, &names).await, "Ada");
    assert_eq!(relay(&db, &caches).await, 1);
    assert_eq!(name(&db, &names).await, "Ada Lovelace");
    assert_eq!(relay(&db, &caches).await, 0);

    // A process that lives does it at once, and leaves a row that is harmless until it is deleted.
    let mut recorded = rename(&db, &names).await;
    assert_eq!(recorded.committed().await, Invalidation::Applied);
    assert_eq!(relay(&db, &caches).await, 1);
}
