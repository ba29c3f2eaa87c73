//! What stands in for the function and its sibling when there is a mistake, so that the rest of the
//! user's code does not become a mistake as well.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{PatType, Token, parse_quote};

use super::sibling::signature;
use crate::item::FnItem;
use crate::mentions::mentions_await;
use crate::model::{CACHED, Input, Part, Sibling, can_be_part, is_named, krate, parts};
use crate::options::Options;

/// The function as the user wrote it, but for what would only repeat the mistake.
pub(super) fn function(mut item: FnItem) -> FnItem {
    item.attrs.retain(|attr| !is_named(attr, CACHED));
    if item.sig.asyncness.is_none() && mentions_await(item.body.stream()) {
        item.sig.asyncness = Some(Token![async](item.sig.fn_token.span));
    }
    item
}

/// The sibling, which takes anything and has a body that is never compiled to anything.
pub(super) fn sibling(item: &FnItem, options: &Options) -> Option<TokenStream> {
    if item.returns_boxed_future() {
        // It stands in a trait's `impl`, where a sibling cannot.
        return None;
    }
    let mut parts = parts(item, options);
    parts.retain(|part| match part {
        Part::Arg { ty, .. } => can_be_part(ty),
        Part::Expr(_) => true,
    });
    let mut sibling = Sibling::new(item, options, &parts)?;
    sibling.lifetimes.clear();
    for input in &mut sibling.inputs {
        if let Input::KeyArg { cfgs, name, .. } = input {
            *input = Input::Verbatim(PatType {
                attrs: cfgs.clone(),
                pat: parse_quote!(#name),
                colon_token: Token![:](name.span()),
                ty: parse_quote!(impl ::core::marker::Sized),
            });
        }
    }
    let signature = signature(&krate(options), &item.vis, &item.sig.generics, &sibling);
    Some(quote! {
        #[allow(clippy::all, clippy::pedantic, dead_code, missing_docs, unused_variables)]
        #signature {
            ::core::unreachable!()
        }
    })
}
