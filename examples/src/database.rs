//! A database for one run: connected, migrated and seeded, and gone afterwards.

use std::{panic::AssertUnwindSafe, panic::resume_unwind, path::Path};

use anyhow::{Context as _, anyhow, bail};
use futures::FutureExt as _;
use sqlx::{
    AnyConnection, AssertSqlSafe, Connection as _, Executor as _,
    any::{AnyPoolOptions, install_default_drivers},
};
use tempfile::TempDir;
use url::Url;

use crate::{seed, target::Target};

/// The connection pool. sqlx's `Any` driver lets one query serve SQLite and PostgreSQL.
pub type Db = sqlx::AnyPool;

const CONNECTIONS: u32 = 8;

/// A seeded database that belongs to this run alone.
#[derive(Debug)]
pub struct Database {
    pool: Db,
    target: Target,
    home: Home,
}

/// What has to be removed at the end.
#[derive(Debug)]
enum Home {
    /// SQLite: the directory that holds the file. Dropping it removes it, also after a panic.
    Directory(TempDir),
    /// PostgreSQL: the schema that holds the tables.
    Schema { server: Url, name: String },
}

/// Runs `work` on a fresh, seeded database and removes the database afterwards, also when `work`
/// fails, panics or is interrupted with Ctrl-C. `DATABASE_URL` says where.
///
/// # Errors
///
/// Those of `work`, or that the database could not be reached, created or removed.
pub async fn with_database<T>(
    example: &str,
    work: impl AsyncFnOnce(&Db) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    with_target(Target::from_env()?, example, work).await
}

/// As [`with_database`], for callers that know where.
///
/// # Errors
///
/// As [`with_database`].
pub async fn with_target<T>(
    target: Target,
    example: &str,
    work: impl AsyncFnOnce(&Db) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let database = Database::create(target, example).await?;
    let outcome = AssertUnwindSafe(async {
        tokio::select! {
            outcome = database.run(work) => outcome,
            interrupted = tokio::signal::ctrl_c() => {
                interrupted.context("listening for Ctrl-C")?;
                bail!("interrupted")
            }
        }
    })
    .catch_unwind()
    .await;
    match outcome {
        Ok(Ok(value)) => database.remove().await.map(|()| value),
        Ok(Err(error)) => {
            database.remove_or_tell().await;
            Err(error)
        }
        Err(panic) => {
            database.remove_or_tell().await;
            resume_unwind(panic)
        }
    }
}

impl Database {
    /// Creates, migrates and seeds a database for `example`.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or refuses; nothing is left behind then.
    pub async fn open(target: Target, example: &str) -> anyhow::Result<Self> {
        let database = Self::create(target, example).await?;
        match database.fill().await {
            Ok(()) => Ok(database),
            Err(error) => {
                database.remove_or_tell().await;
                Err(error)
            }
        }
    }

    /// The pool to run queries on.
    #[must_use]
    pub fn pool(&self) -> &Db {
        &self.pool
    }

    /// The name of the PostgreSQL schema in use, if it is one.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        match &self.home {
            Home::Directory(_) => None,
            Home::Schema { name, .. } => Some(name),
        }
    }

    /// Removes everything this run has created.
    ///
    /// # Errors
    ///
    /// When the database refuses; the error names what is left.
    pub async fn remove(self) -> anyhow::Result<()> {
        self.pool.close().await;
        self.home.remove().await
    }

    /// Removes on the way out of a failure, which is what should be reported.
    async fn remove_or_tell(self) {
        if let Err(error) = self.remove().await {
            eprintln!("left behind: {error:#}");
        }
    }

    async fn create(target: Target, example: &str) -> anyhow::Result<Self> {
        install_default_drivers();
        let home = Home::create(&target, example)
            .await
            .with_context(|| format!("creating a database on {target}"))?;
        let pool = home.pool().with_context(|| format!("connecting to {target}"))?;
        Ok(Self { pool, target, home })
    }

    #[expect(clippy::print_stdout, reason = "the examples are programs for people to watch")]
    async fn run<T>(&self, work: impl AsyncFnOnce(&Db) -> anyhow::Result<T>) -> anyhow::Result<T> {
        println!("database: {self}");
        self.fill().await?;
        work(&self.pool).await
    }

    async fn fill(&self) -> anyhow::Result<()> {
        sqlx::raw_sql(include_str!("../schema.sql"))
            .execute(&self.pool)
            .await
            .context("creating the tables")?;
        seed::seed(&self.pool).await.context("seeding the tables")
    }
}

impl Home {
    async fn create(target: &Target, example: &str) -> anyhow::Result<Self> {
        match target {
            Target::Sqlite => {
                let directory = tempfile::Builder::new().prefix("two-tier-cache-").tempdir()?;
                Ok(Self::Directory(directory))
            }
            Target::Postgres(server) => {
                let name = format!("two_tier_cache_{example}_{:08x}", fastrand::u32(..));
                // One plain connection first: a pool would retry a refused connection for long.
                execute(server, format!(r#"CREATE SCHEMA "{name}""#)).await?;
                Ok(Self::Schema { server: server.clone(), name })
            }
        }
    }

    fn pool(&self) -> anyhow::Result<Db> {
        let url = match self {
            Self::Directory(directory) => sqlite_url(directory.path())?,
            Self::Schema { server, .. } => server.clone(),
        };
        let session = self.session();
        let options = AnyPoolOptions::new().max_connections(CONNECTIONS).after_connect(
            move |connection, _| {
                let session = session.clone();
                Box::pin(async move { connection.execute(AssertSqlSafe(session)).await.map(drop) })
            },
        );
        Ok(options.connect_lazy(url.as_str())?)
    }

    /// What every connection starts with.
    fn session(&self) -> String {
        match self {
            // Readers do not wait for the writer, as on a server.
            Self::Directory(_) => "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL".into(),
            Self::Schema { name, .. } => format!(r#"SET search_path TO "{name}""#),
        }
    }

    async fn remove(self) -> anyhow::Result<()> {
        match self {
            Self::Directory(directory) => {
                let path = directory.path().display().to_string();
                directory.close().with_context(|| format!("removing {path}"))
            }
            Self::Schema { server, name } => {
                execute(&server, format!(r#"DROP SCHEMA "{name}" CASCADE"#))
                    .await
                    .with_context(|| format!("dropping the schema {name}"))
            }
        }
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.schema() {
            None => write!(f, "{}, a temporary file", self.target),
            Some(schema) => write!(f, "{}, schema {schema}", self.target),
        }
    }
}

/// Runs one statement on a connection of its own.
async fn execute(server: &Url, sql: String) -> anyhow::Result<()> {
    let mut connection = AnyConnection::connect(server.as_str()).await?;
    connection.execute(AssertSqlSafe(sql)).await?;
    connection.close().await?;
    Ok(())
}

fn sqlite_url(directory: &Path) -> anyhow::Result<Url> {
    // A file URL first: it escapes whatever the path of the temporary directory contains.
    let file = Url::from_file_path(directory.join("examples.db"))
        .map_err(|()| anyhow!("the temporary directory has no absolute path"))?;
    Ok(Url::parse(&format!("sqlite://{}?mode=rwc", file.path()))?)
}
