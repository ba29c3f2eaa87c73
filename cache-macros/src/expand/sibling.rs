//! The function that invalidates what its sibling caches.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, Pat, Receiver, ReceiverKind};

use super::function::{caches, constant, write_part};
use super::generics;
use crate::model::{CachedFn, Input, Part, Sibling, cfgs, same};
use crate::spans::{self, Ends};

// Output:
//     pub fn invalidate_load(id: impl KeyArg<u64>) -> Invalidate {
//         let caches = current();
//         invalidate(&caches, "user", Duration::ZERO, false, |key| { arg::<u64>(key, &id); })
//     }
pub(super) fn expand(cached: &CachedFn) -> Option<TokenStream> {
    let sibling = cached.sibling.as_ref()?;
    let CachedFn { krate, prefix, item, .. } = cached;
    let at = spans::local(item.sig.ident.span());
    let head = head(cached, sibling);
    let caches = caches(cached, at);
    let settle = match &cached.settle {
        Some(settle) => constant(settle, &quote_spanned!(at=> ::core::time::Duration), at),
        None => quote_spanned!(at=> ::core::time::Duration::ZERO),
    };
    let verbose = cached.verbose;
    let parts = cached.parts.iter().map(|part| write(krate, sibling, part, at));
    Some(quote_spanned! {at=>
        #head {
            #caches
            #krate::__private::invalidate(&caches, #prefix, #settle, #verbose, |key| {
                #(#parts)*
            })
        }
    })
}

fn head(cached: &CachedFn, sibling: &Sibling) -> TokenStream {
    let CachedFn { krate, item, prefix, .. } = cached;
    let attrs = attributes(cached);
    let docs = [
        format!("Invalidates what `{}` caches for these arguments.", item.sig.ident),
        String::new(),
        format!("It is under way when this returns. Keys start with `{}:`.", prefix.value()),
    ];
    let signature = signature(krate, &item.vis, &item.sig.generics, sibling);
    quote!(#(#[doc = #docs])* #attrs #signature)
}

/// `vis fn name<generics>(inputs) -> Invalidate where ..`.
pub(super) fn signature(
    krate: &TokenStream,
    vis: &syn::Visibility,
    generics: &syn::Generics,
    sibling: &Sibling,
) -> TokenStream {
    let Sibling { name, receiver, inputs, lifetimes } = sibling;
    let receiver = receiver.as_ref().map(shared);
    let inputs = inputs.iter().map(|input| declare(krate, input));
    let inputs: Vec<TokenStream> =
        receiver.into_iter().map(ToTokens::into_token_stream).chain(inputs).collect();
    let mut generics = generics::used_in(generics, &quote!(#(#inputs)*));
    for (at, lifetime) in lifetimes.iter().enumerate() {
        let param = syn::LifetimeParam::new(lifetime.clone());
        generics.params.insert(at, syn::GenericParam::Lifetime(param));
    }
    let where_clause = &generics.where_clause;
    quote!(#vis fn #name #generics (#(#inputs),*) -> #krate::Invalidate #where_clause)
}

/// Attributes of the function that hold for the sibling too.
fn attributes(cached: &CachedFn) -> TokenStream {
    let kept = cached.item.attrs.iter().filter(|attr| {
        ["cfg", "allow", "deprecated"].iter().any(|name| attr.path().is_ident(name))
    });
    // The receiver is there so that both functions are called alike; it need not be used.
    let receiver = cached.sibling.as_ref().is_some_and(|sibling| sibling.receiver.is_some());
    let unused = receiver.then(|| quote!(#[allow(clippy::unused_self)]));
    quote! {
        #(#kept)*
        #unused
        // By value is how literals and owned values are passed; there are no more arguments than
        // the user wrote, under the same names, with all that their patterns bind; and not
        // everything that is cached is invalidated one by one.
        #[allow(
            clippy::needless_pass_by_value,
            clippy::too_many_arguments,
            clippy::used_underscore_binding,
            dead_code,
            unused_mut,
            unused_variables
        )]
    }
}

/// `&mut self` serves no purpose where nothing is written.
fn shared(receiver: &Receiver) -> Receiver {
    let mut receiver = receiver.clone();
    receiver.mutability = None;
    if let ReceiverKind::Reference(_, _, mutability) = &mut receiver.kind {
        *mutability = None;
    }
    receiver
}

fn declare(krate: &TokenStream, input: &Input) -> TokenStream {
    match input {
        Input::KeyArg { cfgs, name, ty } => {
            // A caller's error shows the bound at the type that it is about.
            let Ends { first, last } = Ends::of(ty);
            let krate = spans::moved(krate.clone(), first);
            let bound = quote_spanned!(first=> impl #krate::KeyArg<#ty);
            let end = quote_spanned!(last=> >);
            quote!(#(#cfgs)* #name: #bound #end)
        }
        Input::Verbatim(arg) => {
            let mut arg = arg.clone();
            arg.attrs = cfgs(&arg.attrs);
            if let Pat::Ident(pat) = &mut *arg.pat {
                pat.mutability = None;
            }
            FnArg::Typed(arg).into_token_stream()
        }
    }
}

/// Writes one part of the key from what the sibling takes.
fn write(krate: &TokenStream, sibling: &Sibling, part: &Part, at: Span) -> TokenStream {
    let key = Ident::new("key", at);
    if let Part::Arg { cfgs: written, name, .. } = part {
        for input in &sibling.inputs {
            if let Input::KeyArg { cfgs, name: taken, ty } = input
                && taken == name
                && same(cfgs, written)
            {
                return quote_spanned! {at=>
                    #(#cfgs)* { #krate::__private::arg::<#ty>(#key, &#name); }
                };
            }
        }
    }
    write_part(krate, part, at)
}
