//! Rows that are read inside of an open transaction must not be cached: nobody else may ever see
//! them.

use syn::{GenericArgument, PathArguments, Type};

use super::{outside_the_key, typed_args};
use crate::errors::Errors;
use crate::item::FnItem;
use crate::options::Options;

/// What transactions are called by sqlx, sea-orm, rusqlite and others.
const NAMES: [&str; 9] = [
    "DatabaseTransaction",
    "MySqlTransaction",
    "PgTransaction",
    "SqliteTransaction",
    "MssqlTransaction",
    "AnyTransaction",
    "OwnedTransaction",
    "AsyncPgTransaction",
    "Savepoint",
];

/// What a transaction may be handed around in.
const WRAPPERS: [&str; 7] = ["Option", "Arc", "Box", "Rc", "Mutex", "RwLock", "RefCell"];

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

/// Whether a type is a transaction by its name, also behind a reference or in an `Option`, an `Arc` or
/// the like. `Transaction` alone may also be a row of a bank: it counts where it shows that it borrows a
/// connection, or is exclusive or has parameters and is no part of the key.
fn is_transaction(ty: &Type, outside: bool) -> bool {
    let (exclusive, ty) = match ty {
        Type::Reference(reference) => (reference.mutability.is_some(), &*reference.elem),
        ty => (false, ty),
    };
    match ty {
        Type::Group(group) => return is_transaction(&group.elem, outside),
        Type::Paren(paren) => return is_transaction(&paren.elem, outside),
        Type::Reference(_) => return is_transaction(ty, outside),
        _ => {}
    }
    let Type::Path(path) = ty else {
        return false;
    };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    let args = match &last.arguments {
        PathArguments::AngleBracketed(args) => Some(&args.args),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    };
    let mut args = args.into_iter().flatten();
    if NAMES.iter().any(|name| last.ident == name) {
        return true;
    }
    if last.ident == "Transaction" {
        let borrows = args.clone().any(|arg| matches!(arg, GenericArgument::Lifetime(_)));
        return borrows || (outside && (exclusive || args.next().is_some()));
    }
    let holds = WRAPPERS.iter().any(|name| last.ident == name);
    holds && args.any(|arg| matches!(arg, GenericArgument::Type(ty) if is_transaction(ty, outside)))
}
