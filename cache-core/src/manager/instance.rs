//! What tells the instances of a generic function apart.

/// A call's function with all of its type parameters.
#[derive(Debug, Clone, Copy)]
pub struct Instance<'a> {
    /// A name that holds every type parameter, those of an enclosing `impl` included.
    pub(super) name: &'static str,
    executors: &'a [&'static str],
    watched: &'a [&'static str],
}

impl<'a> Instance<'a> {
    /// The instance with this name. `executors` are the names of types in it that say nothing of what
    /// is loaded: an executor of queries may be a pool here and a connection there. `watched` are those
    /// of arguments that may be transactions.
    #[inline]
    #[must_use]
    pub fn new(
        name: &'static str,
        executors: &'a [&'static str],
        watched: &'a [&'static str],
    ) -> Self {
        Self { name, executors, watched }
    }

    /// The name without the types of no account.
    pub(super) fn essence(self) -> String {
        let mut essence = self.name.to_owned();
        // The function's own parameters come last in the name, and so do its arguments' among them.
        for executor in self.executors.iter().rev() {
            if let Some(at) = essence.rfind(executor) {
                essence.replace_range(at..at + executor.len(), "_");
            }
        }
        essence
    }

    /// Whether it reads inside of an open transaction: an argument or a type parameter is one.
    pub(super) fn is_in_transaction(self) -> bool {
        let params = self.name.split(['<', '>', ',', ' ', '&', '(', ')']).skip(1);
        self.watched.iter().copied().chain(params).any(is_transaction)
    }
}

/// Whether types cannot be told apart by this essence: two closures of one function have one name.
pub(super) fn is_ambiguous(essence: &str) -> bool {
    let path = of_function(essence);
    // Outside of brackets it is where the function stands.
    path.matches("{{closure}}").count() > outside_brackets(path)
}

/// How many closures of a path stand outside of angle brackets.
fn outside_brackets(path: &str) -> usize {
    let mut rest = path;
    let mut found = 0;
    while let Some(at) = outermost(rest, "{{closure}}") {
        found += 1;
        rest = &rest[at + "{{closure}}".len()..];
    }
    found
}

/// What a function is associated with, by the name of a closure in it: its type, or its module. That is
/// the same for the function in the `impl` of a trait and for its siblings beside it.
pub(super) fn home(name: &str) -> &str {
    let path = of_function(name);
    let home = &path[..last_separator(path).unwrap_or(0)];
    // `<Type as Trait>`.
    let Some(qualified) = home.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
        return home;
    };
    outermost(qualified, " as ").map_or(qualified, |at| &qualified[..at])
}

/// Whether an instance is one of several: its function or its type has parameters. Types of no account
/// are none.
pub(super) fn is_generic(name: &str) -> bool {
    let path = of_function(name);
    let own = &path[last_separator(path).unwrap_or(0)..];
    let params = own.split_once('<').map_or("", |(_, params)| params);
    home(name).contains('<') || params.contains(|char| !matches!(char, '_' | ',' | ' ' | '>'))
}

/// The path of the function that a closure is in.
fn of_function(closure: &str) -> &str {
    let mut path = closure;
    while let Some(outer) = path.strip_suffix("::{{closure}}") {
        path = outer;
    }
    path
}

/// Where the last `::` outside of brackets stands.
fn last_separator(path: &str) -> Option<usize> {
    let mut last = None;
    let mut from = 0;
    while let Some(at) = outermost(&path[from..], "::") {
        last = Some(from + at);
        from += at + 2;
    }
    last
}

/// Where `wanted` stands first outside of angle brackets. The `>` of `->` closes none.
fn outermost(text: &str, wanted: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        match char {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 && text[at..].starts_with(wanted) => return Some(at),
            _ => {}
        }
        before = char;
    }
    None
}

/// What transactions are called; `Transaction` alone may be anything but in these crates.
const TRANSACTIONS: [&str; 5] =
    ["DatabaseTransaction", "PgTransaction", "MySqlTransaction", "SqliteTransaction", "Savepoint"];
const CRATES: [&str; 7] =
    ["sqlx_core", "sqlx", "sea_orm", "tokio_postgres", "deadpool_postgres", "rusqlite", "postgres"];

/// Whether a type of this name is a transaction of sqlx, sea-orm, tokio-postgres or another.
fn is_transaction(name: &str) -> bool {
    let name = name.trim_start_matches(['&', ' ']).trim_start_matches("mut ");
    let path = name.split('<').next().unwrap_or(name);
    let own = path.rsplit("::").next().unwrap_or(path);
    let of = path.split("::").next().unwrap_or(path);
    TRANSACTIONS.contains(&own) || (own == "Transaction" && CRATES.contains(&of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_no_account_leave_the_name_where_they_stand_last() {
        let essence = |outside: &[&'static str]| {
            Instance::new("app::Repo<app::Db>::load<app::Db, app::Row>::{{closure}}", outside, &[])
                .essence()
        };
        assert_eq!(essence(&[]), "app::Repo<app::Db>::load<app::Db, app::Row>::{{closure}}");
        assert_eq!(essence(&["app::Db"]), "app::Repo<app::Db>::load<_, app::Row>::{{closure}}");
    }

    #[test]
    fn the_home_of_a_function_and_of_its_siblings_is_one() {
        for (name, expected) in [
            ("app::load::{{closure}}::{{closure}}", "app"),
            ("app::Repo<app::Row>::load<app::Db>::{{closure}}::{{closure}}", "app::Repo<app::Row>"),
            ("<app::Repo<app::Row> as app::Load<u8>>::load::{{closure}}", "app::Repo<app::Row>"),
            ("app::Repo<fn() -> app::Row>::set_load::{{closure}}", "app::Repo<fn() -> app::Row>"),
            (
                "<app::R<<u8 as app::T>::A> as app::L>::load::{{closure}}",
                "app::R<<u8 as app::T>::A>",
            ),
        ] {
            assert_eq!(home(name), expected, "{name}");
        }
    }

    #[test]
    fn an_instance_is_generic_by_its_type_or_by_its_own_parameters() {
        for name in [
            "a::load<a::Row>::{{closure}}",
            "a::R<u8>::load::{{closure}}",
            "<a::R<u8> as a::T>::l::{{closure}}",
        ] {
            assert!(is_generic(name), "{name}");
        }
        for name in [
            "a::load::{{closure}}::{{closure}}",
            "a::load<_, _>::{{closure}}",
            "<a::R as a::T<u8>>::l::{{closure}}",
        ] {
            assert!(!is_generic(name), "{name}");
        }
    }

    #[test]
    fn closures_among_the_parameters_are_ambiguous() {
        let ambiguous = |name, executors: &[&'static str]| {
            is_ambiguous(&Instance::new(name, executors, &[]).essence())
        };
        assert!(ambiguous("a::Repo<a::main::{{closure}}>::get::{{closure}}", &[]));
        assert!(!ambiguous("a::main::{{closure}}::get::{{closure}}::{{closure}}", &[]));
        let (own, both) = (
            "a::get<a::main::{{closure}}>::{{closure}}",
            "a::Repo<a::main::{{closure}}>::get<a::main::{{closure}}>::{{closure}}",
        );
        assert!(!ambiguous(own, &["a::main::{{closure}}"]));
        assert!(ambiguous(both, &["a::main::{{closure}}"]), "one of them is no executor");
    }

    #[test]
    fn transactions_are_known_by_their_own_name() {
        for name in [
            "sqlx_core::transaction::Transaction<sqlx_postgres::Postgres>",
            "&mut sqlx_core::transaction::Transaction<sqlx_sqlite::Sqlite>",
            "sea_orm::database::transaction::DatabaseTransaction",
            "tokio_postgres::transaction::Transaction",
            "app::db::PgTransaction",
        ] {
            assert!(is_transaction(name), "{name}");
        }
        for name in [
            "sqlx_core::pool::Pool<sqlx_postgres::Postgres>",
            "app::TransactionLog",
            "bank::Transaction",
        ] {
            assert!(!is_transaction(name), "{name}");
        }
    }
}
