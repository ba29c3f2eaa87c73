//! The procedural macros of two-tier-cache. Depend on the `two-tier-cache` crate, which re-exports
//! and documents them.
//!
//! Each macro has three stages: `options` and `item` read tokens, `model` turns them into
//! something that is valid by construction or collects every mistake, and `expand` writes tokens
//! and cannot fail.

mod body;
mod derive;
mod errors;
mod expand;
mod generics;
mod impl_block;
mod invalidates;
mod item;
mod mentions;
mod model;
mod options;
mod receiver;
#[cfg(test)]
mod snapshots;
mod spans;
mod suggest;

use proc_macro::TokenStream;

#[allow(missing_docs, reason = "documented on the re-export, where its links resolve")]
#[proc_macro_attribute]
pub fn two_tier_cached(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::two_tier_cached(&options.into(), &item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export, where its links resolve")]
#[proc_macro_attribute]
pub fn invalidates(targets: TokenStream, item: TokenStream) -> TokenStream {
    invalidates::invalidates(targets.into(), &item.into()).into()
}

#[allow(missing_docs, reason = "documented on the re-export, where its links resolve")]
#[proc_macro_derive(CacheKey, attributes(cache_key))]
pub fn derive_cache_key(item: TokenStream) -> TokenStream {
    derive::cache_key(item.into()).into()
}
