//! The key of a sibling's call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::expand::function::write_part;
use crate::model::{CachedFn, Part};

/// The statements that write the parts of the key from what the sibling takes.
pub(super) fn parts(cached: &CachedFn, at: Span) -> TokenStream {
    cached.siblings.parts.iter().map(|part| write(cached, part, at)).collect()
}

fn write(cached: &CachedFn, part: &Part, at: Span) -> TokenStream {
    let krate = &cached.krate;
    match (part, cached.siblings.key_type(part)) {
        (Part::Arg { cfgs, name, .. }, Some(ty)) => {
            let key = Ident::new("__key", at);
            quote_spanned!(at=> #(#cfgs)* { #krate::__private::arg::<#ty>(#key, &#name); })
        }
        _ => write_part(krate, part, at),
    }
}
