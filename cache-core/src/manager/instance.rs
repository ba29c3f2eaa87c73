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
