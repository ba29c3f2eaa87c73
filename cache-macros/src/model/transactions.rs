//! Rows that are read inside of an open transaction must not be cached: nobody else may ever see
//! them.

use syn::visit::{self, Visit};
use syn::{PathArguments, Type};

use super::{outside_the_key, typed_args};
use crate::errors::Errors;
use crate::item::FnItem;
use crate::options::Options;

/// What transactions are called by sqlx, sea-orm, tokio-postgres, deadpool, mongodb and others.
const NAMES: [&str; 8] = [
    "DatabaseTransaction",
    "MySqlTransaction",
    "PgTransaction",
    "SqliteTransaction",
    "MssqlTransaction",
    "AnyTransaction",
    "OwnedTransaction",
    "AsyncPgTransaction",
];

pub(super) fn check(item: &FnItem, options: &Options, errors: &mut Errors) {
    let outside: Vec<_> = outside_the_key(item, options).collect();
    for arg in typed_args(item) {
        let outside = outside.iter().any(|other| std::ptr::eq(*other, arg));
        let exclusive = matches!(&*arg.ty, Type::Reference(ty) if ty.mutability.is_some());
        if is_transaction(&arg.ty, outside || exclusive) {
            errors.add(
                &arg.ty,
                "rows read inside an open transaction must not be cached: others would be served \
                 what may be rolled back; move the query into a function of its own that takes \
                 the transaction, call that inside of transactions, and from the cached function \
                 with a pool",
            );
        }
    }
}

/// Whether a type is, or holds, a transaction by its name. `Transaction` alone may also be a row of
/// a bank: it counts where it is not part of the key, or shows that it borrows a connection.
fn is_transaction(ty: &Type, outside: bool) -> bool {
    struct Found {
        outside: bool,
        found: bool,
    }

    impl<'ast> Visit<'ast> for Found {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            self.found |= path.segments.last().is_some_and(|last| {
                let borrows = !matches!(last.arguments, PathArguments::None);
                NAMES.iter().any(|name| last.ident == name)
                    || (last.ident == "Transaction" && (self.outside || borrows))
            });
            visit::visit_path(self, path);
        }
    }

    let mut found = Found { outside, found: false };
    found.visit_type(ty);
    found.found
}
