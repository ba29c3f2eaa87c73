//! Type parameters that stand for an argument outside of the key, such as the executor of a query.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{GenericParam, PatType, ReturnType, Type, TypeParamBound, WherePredicate};

use super::{outside_the_key, plain_name, typed_args};
use crate::errors::Errors;
use crate::generics;
use crate::item::FnItem;
use crate::options::Options;

/// The type of an argument outside of the key.
pub(crate) enum Outside {
    /// A type parameter.
    Param(Ident),
    /// The type behind an argument.
    Argument(Ident),
    /// The type behind an argument that is a reference.
    Referent(Ident),
}

/// The types of executors: they do not tell the instances of a generic function apart.
pub(super) fn executors(item: &FnItem, options: &Options) -> Vec<Outside> {
    let params = executor_params(item, options);
    let named = outside_the_key(item, options).filter_map(|arg| {
        let (ty, kind) = behind(arg)?;
        let param = params.iter().find(|param| is_named(ty, param)).cloned();
        let implied = implies_executor(ty).then_some(kind);
        param.map(Outside::Param).or(implied)
    });
    named.collect()
}

/// The types of all arguments outside of the key, any of which may turn out to be a transaction.
pub(super) fn all(item: &FnItem, options: &Options) -> Vec<Outside> {
    // With an underscore the body does not use it.
    let is_used =
        |arg: &&PatType| plain_name(arg).is_some_and(|name| !name.to_string().starts_with('_'));
    outside_the_key(item, options).filter(is_used).filter_map(|arg| Some(behind(arg)?.1)).collect()
}

/// What the type of an argument is behind a reference, and how to name it.
fn behind(arg: &PatType) -> Option<(&Type, Outside)> {
    let name = plain_name(arg).filter(|_| arg.attrs.is_empty())?.clone();
    let is_reference = matches!(&*arg.ty, Type::Reference(_));
    let kind = if is_reference { Outside::Referent(name) } else { Outside::Argument(name) };
    Some((referent(&arg.ty), kind))
}

/// The type behind one reference, if it is one.
fn referent(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => &reference.elem,
        ty => ty,
    }
}

/// Type parameters that are, as a whole, the type of an argument outside of the key, and occur in no
/// other argument and not in the return type.
fn executor_params(item: &FnItem, options: &Options) -> Vec<Ident> {
    let outside: Vec<&PatType> = outside_the_key(item, options).collect();
    let is_executor = |param: &Ident| {
        if !is_bound(item, param) {
            return false;
        }
        let elsewhere = typed_args(item)
            .filter(|arg| {
                !outside
                    .iter()
                    .any(|other| std::ptr::eq(*other, *arg) && is_named(referent(&arg.ty), param))
            })
            .any(|arg| generics::contains(arg.ty.to_token_stream(), param));
        let returned = match &item.sig.output {
            ReturnType::Type(_, ty) => generics::contains(ty.to_token_stream(), param),
            ReturnType::Default => false,
        };
        let as_whole = outside.iter().any(|arg| is_named(referent(&arg.ty), param));
        as_whole && !elsewhere && !returned
    };
    item.sig
        .generics
        .type_params()
        .map(|param| &param.ident)
        .filter(|param| is_executor(param))
        .cloned()
        .collect()
}

/// A function that shares a prefix must be one: instances of two functions cannot be told to mean the
/// same.
pub(super) fn check_shares(item: &FnItem, options: &Options, errors: &mut Errors) {
    let Some(owner) = &options.shares else {
        return;
    };
    for param in unseen(item, options, &TokenStream::new()) {
        errors.add(
            owner,
            format!(
                "a function with a type parameter cannot share a prefix, because `{param}` may \
                 decide what is loaded; give it a prefix of its own"
            ),
        );
    }
}

/// The parameters that decide what is loaded, but that a sibling with these arguments cannot see.
pub(super) fn unseen(item: &FnItem, options: &Options, seen: &TokenStream) -> Vec<Ident> {
    let executors = executor_params(item, options);
    let params = item.sig.generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
        GenericParam::Lifetime(_) => None,
    });
    params
        .filter(|param| !executors.contains(param) && !generics::contains(seen.clone(), param))
        .cloned()
        .collect()
}

/// The traits of what runs a query or is called back, by their names: what implements them says
/// nothing of the rows. Any other trait may be one of repositories, each of which has rows of its own.
const EXECUTORS: [&str; 15] = [
    "Acquire",
    "AsyncConnection",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Connection",
    "ConnectionTrait",
    "Fn",
    "FnMut",
    "FnOnce",
    "Future",
    "GenericClient",
    "IntoIterator",
    "Iterator",
    "LoadConnection",
];

fn names_executor<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> bool {
    bounds.into_iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            // sqlx has one for each database.
            name.ends_with("Executor") || EXECUTORS.contains(&name.as_str())
        }),
        _ => false,
    })
}

fn implies_executor(ty: &Type) -> bool {
    matches!(ty, Type::ImplTrait(implied) if names_executor(&implied.bounds))
}

/// Whether the bounds of a type parameter name an executor.
fn is_bound(item: &FnItem, param: &Ident) -> bool {
    let generics = &item.sig.generics;
    let clause = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    generics.type_params().any(|known| known.ident == *param && names_executor(&known.bounds))
        || clause.into_iter().any(|predicate| match predicate {
            WherePredicate::Type(predicate) => {
                is_named(&predicate.bounded_ty, param) && names_executor(&predicate.bounds)
            }
            _ => false,
        })
}

fn is_named(ty: &Type, param: &Ident) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(param))
}

impl ToTokens for Outside {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Param(param) => quote!(::core::any::type_name::<#param>()),
            Self::Argument(name) => quote!(::core::any::type_name_of_val(&#name)),
            Self::Referent(name) => quote!(::core::any::type_name_of_val(&*#name)),
        });
    }
}
