//! `#[invalidates(..)]`: a function that writes, and what its writing makes stale.
//!
//! `targets` reads the list, `check` looks at the function, `given` sees to it that the body keeps
//! its arguments, and `expand` writes tokens; `names` knows what a target says of the function.

mod check;
mod expand;
mod given;
mod names;
mod targets;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Token;

use crate::errors::Errors;
use crate::item::FnItem;
use crate::mentions::mentions_await;
use crate::model::is_named;

/// The name of the attribute.
pub(crate) const INVALIDATES: &str = "invalidates";

/// What a function returned, in a target.
const RESULT: &str = "result";

/// The whole of `#[invalidates(..)]`.
pub(crate) fn invalidates(attribute: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let targets = targets::parse(attribute, &mut errors);
    let item: FnItem = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => {
            check::not_a_function(error, &mut errors);
            let errors = errors.into_tokens();
            return quote!(#tokens #errors);
        }
    };
    let body = check::function(&item, &targets, &mut errors);
    if let (Some(body), true) = (body, errors.is_empty()) {
        return expand::expand(&item, &body, targets);
    }
    let item = untouched(item);
    let errors = errors.into_tokens();
    quote!(#item #errors)
}

/// The function as the user wrote it, but for what would only repeat a mistake.
fn untouched(mut item: FnItem) -> FnItem {
    item.attrs.retain(|attr| !is_named(attr, INVALIDATES));
    if item.sig.asyncness.is_none() && mentions_await(item.body.stream()) {
        item.sig.asyncness = Some(Token![async](item.sig.fn_token.span));
    }
    item
}
