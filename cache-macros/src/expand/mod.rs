//! From the model to tokens. Nothing here can fail.

mod detached;
mod fallback;
mod function;
mod impl_block;
mod siblings;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors::Errors;
use crate::impl_block::is_impl_block;
use crate::item::FnItem;
use crate::model::{CachedFn, Place};
use crate::options;

pub(crate) use self::function::typed_body;

/// The whole of `#[two_tier_cached(..)]`.
pub(crate) fn two_tier_cached(attribute: &TokenStream, tokens: &TokenStream) -> TokenStream {
    if is_impl_block(tokens) {
        return impl_block::expand(attribute, tokens);
    }
    match syn::parse2(tokens.clone()) {
        Ok(item) => {
            let at = Span::call_site();
            let Expanded { function, siblings } =
                expand(attribute.clone(), at, item, Place::Unknown);
            // The function first: that is where editors look for the item they know.
            quote!(#function #siblings)
        }
        Err(error) => {
            let mut errors = Errors::default();
            options::parse(attribute.clone(), Span::call_site(), &mut errors);
            errors.push(error);
            let errors = errors.into_tokens();
            quote!(#tokens #errors)
        }
    }
}

/// A function and what stands beside it.
struct Expanded {
    function: TokenStream,
    /// With the mistakes, if there are any.
    siblings: TokenStream,
}

fn expand(options: TokenStream, attribute: Span, item: FnItem, place: Place<'_>) -> Expanded {
    let mut errors = Errors::default();
    let options = options::parse(options, attribute, &mut errors);
    let stubs = fallback::Stubs::new(&item, &options, place);
    match CachedFn::new(item, options, place, &mut errors) {
        Ok(cached) => {
            Expanded { function: function::expand(&cached), siblings: siblings::expand(&cached) }
        }
        Err(item) => Expanded { function: fallback::function(*item), siblings: stubs.with(errors) },
    }
}
