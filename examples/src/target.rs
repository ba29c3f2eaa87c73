//! Which database to talk to: SQLite unless `DATABASE_URL` names a PostgreSQL.

use std::{env, fmt};

use anyhow::{Context as _, bail};
use url::Url;

/// A database the examples can run on.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A fresh file in a temporary directory, removed at the end.
    Sqlite,
    /// A schema of its own in this PostgreSQL, dropped at the end.
    Postgres(Url),
}

impl Target {
    /// Reads `DATABASE_URL`; unset or empty means SQLite.
    ///
    /// # Errors
    ///
    /// When the value is no URL, or names a database the examples do not speak.
    pub fn from_env() -> anyhow::Result<Self> {
        match env::var("DATABASE_URL") {
            Ok(url) if !url.trim().is_empty() => Self::parse(url.trim()),
            Ok(_) | Err(env::VarError::NotPresent) => Ok(Self::Sqlite),
            Err(env::VarError::NotUnicode(_)) => bail!("DATABASE_URL is not valid UTF-8"),
        }
    }

    /// Understands one database URL.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env). The error never repeats the URL: it may hold a password.
    pub fn parse(url: &str) -> anyhow::Result<Self> {
        let url = Url::parse(url)
            .context("DATABASE_URL is not a URL; expected postgres://user@host/database")?;
        match url.scheme() {
            "postgres" | "postgresql" => Ok(Self::Postgres(url)),
            "sqlite" => {
                eprintln!(
                    "note: the SQLite file in DATABASE_URL is left alone; this run uses its own"
                );
                Ok(Self::Sqlite)
            }
            other => bail!(
                "DATABASE_URL has the scheme `{other}:`, which the examples do not speak; \
                 use postgres://…, or unset it for SQLite"
            ),
        }
    }
}

/// Host, port and database only: the user name, the password and the parameters stay out.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite => f.write_str("SQLite"),
            Self::Postgres(url) => {
                write!(f, "PostgreSQL at {}", host(url))?;
                if let Some(port) = url.port() {
                    write!(f, ":{port}")?;
                }
                f.write_str(url.path())
            }
        }
    }
}

fn host(url: &Url) -> &str {
    url.host_str().filter(|host| !host.is_empty()).unwrap_or("the local socket")
}

/// Derived, it would print the password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_never_printed() {
        let target = Target::parse("postgres://ann:s3cret@db:5433/shop?password=s3cret&user=ann");
        let target = target.unwrap();
        assert_eq!(target.to_string(), "PostgreSQL at db:5433/shop");
        assert_eq!(format!("{target:?}"), "Target(PostgreSQL at db:5433/shop)");
    }

    #[test]
    fn a_refused_url_is_not_repeated() {
        for url in ["mysql://ann:s3cret@db/shop", "ann:s3cret@db", "s3cret"] {
            let error = format!("{:?}", Target::parse(url).unwrap_err());
            assert!(!error.contains("s3cret"), "{error}");
            assert!(error.contains("DATABASE_URL"), "{error}");
        }
    }

    #[test]
    fn an_unknown_scheme_says_what_is_known() {
        let error = Target::parse("mysql://db/shop").unwrap_err().to_string();
        assert!(error.contains("`mysql:`") && error.contains("postgres://"), "{error}");
    }
}
