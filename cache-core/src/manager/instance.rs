//! What tells the instances of a generic function apart.

/// A call's function with all of its type parameters.
#[derive(Debug, Clone, Copy)]
pub struct Instance<'a> {
    /// A name that holds every type parameter, those of an enclosing `impl` included.
    pub(super) name: &'static str,
    outside: &'a [&'static str],
}

impl<'a> Instance<'a> {
    /// The instance with this name. `outside` are the names of types in it that say nothing of what
    /// is loaded: an executor of queries may be a pool here and a connection there.
    #[inline]
    #[must_use]
    pub fn new(name: &'static str, outside: &'a [&'static str]) -> Self {
        Self { name, outside }
    }

    /// The name without the types of no account.
    pub(super) fn essence(self) -> String {
        let mut essence = self.name.to_owned();
        // The function's own parameters come last in the name, and so do its arguments' among them.
        for outside in self.outside.iter().rev() {
            if let Some(at) = essence.rfind(outside) {
                essence.replace_range(at..at + outside.len(), "_");
            }
        }
        essence
    }

    /// Whether it reads inside of an open transaction.
    pub(super) fn is_in_transaction(self) -> bool {
        self.outside.iter().any(|name| is_transaction(name))
    }
}

/// Whether a type of this name is a transaction of sqlx, sea-orm, tokio-postgres or another: its own
/// name ends so, behind references.
fn is_transaction(name: &str) -> bool {
    let name = name.trim_start_matches(['&', ' ']).trim_start_matches("mut ");
    let path = name.split('<').next().unwrap_or(name);
    path.rsplit("::").next().is_some_and(|own| own.ends_with("Transaction"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_no_account_leave_the_name_where_they_stand_last() {
        let essence = |outside: &[&'static str]| {
            Instance::new("app::Repo<app::Db>::load<app::Db, app::Row>::{{closure}}", outside)
                .essence()
        };
        assert_eq!(essence(&[]), "app::Repo<app::Db>::load<app::Db, app::Row>::{{closure}}");
        assert_eq!(essence(&["app::Db"]), "app::Repo<app::Db>::load<_, app::Row>::{{closure}}");
    }

    #[test]
    fn transactions_are_known_by_their_own_name() {
        for name in [
            "sqlx_core::transaction::Transaction<sqlx_postgres::Postgres>",
            "&mut sqlx_core::transaction::Transaction<sqlx_sqlite::Sqlite>",
            "sea_orm::database::transaction::DatabaseTransaction",
            "tokio_postgres::transaction::Transaction",
        ] {
            assert!(is_transaction(name), "{name}");
        }
        for name in ["sqlx_core::pool::Pool<sqlx_postgres::Postgres>", "app::TransactionLog"] {
            assert!(!is_transaction(name), "{name}");
        }
    }
}
