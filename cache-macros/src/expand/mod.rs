//! From the model to tokens. Nothing here can fail.

mod fallback;
mod function;
mod generics;
mod sibling;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::item::FnItem;
use crate::model::CachedFn;
use crate::options;

/// The whole of `#[two_tier_cached(..)]`.
pub(crate) fn two_tier_cached(attribute: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = options::parse(attribute, &mut errors);
    let item: FnItem = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_tokens();
            return quote!(#tokens #errors);
        }
    };
    let stub = fallback::sibling(&item, &options);
    match CachedFn::new(item, options, &mut errors) {
        Ok(cached) => {
            // The function first: that is where editors look for the item they know.
            let function = function::expand(&cached);
            let sibling = sibling::expand(&cached);
            quote!(#function #sibling)
        }
        Err(item) => {
            let item = fallback::function(*item);
            let errors = errors.into_tokens();
            quote!(#item #stub #errors)
        }
    }
}
