//! The database that the processes share. It is what gives versions their order.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use sqlx::sqlite::SqliteSynchronous;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};

use crate::times::ROWS;

/// Rows with a version each, which every write raises by one.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens the database in this file.
    pub(crate) async fn open(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // It outlives the processes, and need not outlive the machine.
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(Duration::from_secs(20));
        let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await?;
        Ok(Self { pool })
    }

    /// Makes the rows, with version 1.
    pub(crate) async fn create(&self) -> Result<()> {
        let table = "CREATE TABLE rows (id INTEGER PRIMARY KEY, version INTEGER NOT NULL)";
        sqlx::query(table).execute(&self.pool).await?;
        for row in 0..ROWS {
            let insert = sqlx::query("INSERT INTO rows VALUES (?, 1)").bind(row);
            insert.execute(&self.pool).await?;
        }
        Ok(())
    }

    /// The version of a row.
    pub(crate) async fn read(&self, row: u32) -> Result<u64, sqlx::Error> {
        let select = sqlx::query_scalar("SELECT version FROM rows WHERE id = ?").bind(row);
        let version: i64 = select.fetch_one(&self.pool).await?;
        Ok(version.unsigned_abs())
    }

    /// Writes a row and commits; returns its new version.
    pub(crate) async fn write(&self, row: u32) -> Result<u64, sqlx::Error> {
        let update = "UPDATE rows SET version = version + 1 WHERE id = ? RETURNING version";
        let version: i64 = sqlx::query_scalar(update).bind(row).fetch_one(&self.pool).await?;
        Ok(version.unsigned_abs())
    }
}
