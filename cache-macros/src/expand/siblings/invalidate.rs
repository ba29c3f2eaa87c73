//! The siblings that invalidate: one key, those that match, all.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Expr, Member};

use super::{Signature, about_keys, at, bounded, function, key, key_inputs, manager_inputs};
use crate::expand::function::{caches, constant};
use crate::model::{CachedFn, Part};
use crate::spans::{self, Ends};

// Output:
//     pub fn invalidate_load(id: impl KeyArg<u64>) -> Invalidate {
//         let __caches = current();
//         invalidate(&__caches, "user", Duration::ZERO, false, |__key| { arg::<u64>(__key, &id); })
//     }
pub(super) fn one(cached: &CachedFn, name: &Ident) -> TokenStream {
    let at = at(cached);
    let docs = [
        format!("Invalidates what `{}` caches for these arguments.", cached.item.sig.ident),
        String::new(),
        format!("It is under way when this returns. {}", about_keys(cached)),
    ];
    let inputs = key_inputs(&cached.krate, &cached.siblings);
    let parts = key::parts(cached, at);
    let call = quote_spanned!(at=> |__key| { #parts });
    sibling(cached, &docs, name, inputs, ("invalidate", &call))
}

// Output:
//     pub fn invalidate_load_where(tenant: impl KeyMatch<u32>, id: impl KeyMatch<u64>) -> Invalidate {
//         let __caches = current();
//         invalidate_where(&__caches, "user", Duration::ZERO, false, |__pattern| {
//             matching::<u32>(__pattern, &tenant);
//             matching::<u64>(__pattern, &id);
//         })
//     }
pub(super) fn matching(cached: &CachedFn, name: &Ident) -> TokenStream {
    let at = at(cached);
    let docs = [
        format!("Invalidates what `{}` caches where every part matches.", cached.item.sig.ident),
        String::new(),
        "A part is named by its value, or is `Any`.".to_owned(),
        String::new(),
        format!("It is under way when this returns. {}", about_keys(cached)),
    ];
    let mut inputs = manager_inputs(&cached.siblings);
    let mut writes = TokenStream::new();
    let mut taken = cached.siblings.manager_names();
    for (index, part) in cached.siblings.parts.iter().enumerate() {
        let (input, write) = matcher(cached, part, (index, &mut taken), at);
        inputs.push(input);
        writes.extend(write);
    }
    let call = quote_spanned!(at=> |__pattern| { #writes });
    sibling(cached, &docs, name, inputs, ("invalidate_where", &call))
}

// Output:
//     pub fn invalidate_all_load() -> Invalidate {
//         let __caches = current();
//         invalidate_where(&__caches, "user", Duration::ZERO, false, |__pattern| { __pattern.any(); })
//     }
pub(super) fn all(cached: &CachedFn, name: &Ident) -> TokenStream {
    let at = at(cached);
    let docs = [
        format!("Invalidates everything that `{}` caches.", cached.item.sig.ident),
        String::new(),
        format!("It is under way when this returns. {}", about_keys(cached)),
    ];
    let inputs = manager_inputs(&cached.siblings);
    let call = quote_spanned!(at=> |__pattern| { __pattern.any(); });
    sibling(cached, &docs, name, inputs, ("invalidate_where", &call))
}

fn sibling(
    cached: &CachedFn,
    docs: &[String],
    name: &Ident,
    inputs: Vec<TokenStream>,
    (function_name, call): (&str, &TokenStream),
) -> TokenStream {
    let CachedFn { krate, prefix, verbose, siblings, .. } = cached;
    let at = at(cached);
    let caches = caches(krate, siblings.manager.as_ref(), at);
    let settle = match &cached.settle {
        Some(settle) => constant(settle, &quote_spanned!(at=> ::core::time::Duration), at),
        None => quote_spanned!(at=> ::core::time::Duration::ZERO),
    };
    let invalidate = Ident::new(function_name, at);
    let body = quote_spanned! {at=>
        #caches
        #krate::__private::#invalidate(&__caches, #prefix, #settle, #verbose, #call)
    };
    let output = quote!(#krate::Invalidate);
    let signature = Signature { siblings, asynchronous: false, name, inputs, output, calls: false };
    function(cached, docs, &signature, &body)
}

/// What the sibling takes for one part of the key, and what adds it to the pattern.
fn matcher(
    cached: &CachedFn,
    part: &Part,
    (index, taken): (usize, &mut Vec<Ident>),
    at: Span,
) -> (TokenStream, TokenStream) {
    let CachedFn { krate, siblings, .. } = cached;
    let pattern = Ident::new("__pattern", at);
    match part {
        Part::Arg { cfgs, name, .. } => {
            let Some(ty) = siblings.key_type(part) else {
                return untyped(krate, name, cfgs, Ends::of(name), at);
            };
            let input = bounded(krate, cfgs, name, "KeyMatch", ty);
            let write = quote_spanned! {at=>
                #(#cfgs)* { #krate::__private::matching::<#ty>(#pattern, &#name); }
            };
            (input, write)
        }
        Part::Expr(expr) => {
            let mut name = called(expr, index);
            if taken.contains(&name) {
                name = format_ident!("part{}", index + 1);
            }
            taken.push(name.clone());
            untyped(krate, &name, &[], Ends::of(expr), at)
        }
    }
}

/// A matcher of a part whose type has no name, or not one.
fn untyped(
    krate: &TokenStream,
    name: &Ident,
    cfgs: &[Attribute],
    ends: Ends,
    at: Span,
) -> (TokenStream, TokenStream) {
    let pattern = Ident::new("__pattern", at);
    let bound = Ident::new("PartMatch", ends.last);
    let of = spans::moved(krate.clone(), ends.first);
    let bound = quote_spanned!(ends.first=> impl #of::#bound);
    let input = quote!(#(#cfgs)* #name: #bound);
    let write = quote_spanned! {at=>
        #(#cfgs)* { #krate::__private::matching_part(#pattern, &#name); }
    };
    (input, write)
}

/// A name for the value of an expression.
fn called(expr: &Expr, index: usize) -> Ident {
    match expr {
        Expr::Path(path) if path.path.get_ident().is_some_and(|name| name != "self") => {
            path.path.get_ident().cloned()
        }
        Expr::Field(field) => match &field.member {
            Member::Named(name) => Some(name.clone()),
            Member::Unnamed(_) => None,
        },
        Expr::MethodCall(call) => Some(called(&call.receiver, index)),
        Expr::Reference(reference) => Some(called(&reference.expr, index)),
        _ => None,
    }
    .unwrap_or_else(|| format_ident!("part{}", index + 1))
}
