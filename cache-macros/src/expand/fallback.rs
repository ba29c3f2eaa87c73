//! What stands in for the function and its siblings when there is a mistake, so that the rest of the
//! user's code does not become a mistake as well.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{PatType, Token, Type, parse_quote};

use super::siblings::{Signature, key_inputs, manager_inputs, receiver, verbatim};
use crate::errors::Errors;
use crate::item::FnItem;
use crate::mentions::mentions_await;
use crate::model::{Also, CACHED, Input, Place, Siblings, is_named, krate};
use crate::options::Options;

/// The function as the user wrote it, but for what would only repeat the mistake.
pub(super) fn function(mut item: FnItem) -> TokenStream {
    item.attrs.retain(|attr| !is_named(attr, CACHED));
    if item.sig.asyncness.is_none() && mentions_await(item.body.stream()) {
        item.sig.asyncness = Some(Token![async](item.sig.fn_token.span));
    }
    item.into_token_stream()
}

/// The siblings, which take anything and have bodies that are never compiled to anything.
pub(super) struct Stubs {
    krate: TokenStream,
    siblings: Siblings,
    /// Whether they can stand here at all.
    wanted: bool,
}

impl Stubs {
    pub(super) fn new(item: &FnItem, options: &Options, place: Place<'_>) -> Self {
        // Its mistakes are found again.
        let mut siblings = Siblings::new(item, options, place, &mut Errors::default());
        siblings.lifetimes.clear();
        siblings.implied.clear();
        for input in &mut siblings.inputs {
            if let Input::KeyArg { cfgs, name, .. } = input {
                *input = Input::Verbatim(PatType {
                    attrs: cfgs.clone(),
                    pat: parse_quote!(#name),
                    colon_token: Token![:](name.span()),
                    ty: parse_quote!(impl ::core::marker::Sized),
                });
            }
        }
        // Beside a boxed future it would stand in a trait's `impl`.
        let wanted = !(item.returns_boxed_future() && matches!(place, Place::Unknown));
        Self { krate: krate(options), siblings, wanted }
    }

    pub(super) fn with(self, errors: Errors) -> TokenStream {
        let mut tokens = TokenStream::new();
        if self.wanted {
            tokens.extend(self.siblings.invalidate.iter().map(|name| self.stub(None, name)));
            let also = self.siblings.also.iter();
            tokens.extend(also.map(|(also, name)| self.stub(Some(*also), name)));
        }
        tokens.extend(errors.into_tokens());
        tokens
    }

    fn stub(&self, also: Option<Also>, name: &Ident) -> TokenStream {
        let Self { krate, siblings, .. } = self;
        let invalidate = quote!(#krate::Invalidate);
        let key = || key_inputs(krate, siblings);
        let (asynchronous, inputs, output) = match also {
            None => (false, key(), invalidate),
            Some(Also::Exists) => (false, key(), quote!(#krate::Answer)),
            Some(Also::Set) => {
                let mut inputs = key();
                inputs.push(quote!(value: impl ::core::marker::Sized));
                (false, inputs, quote!(#krate::Answer))
            }
            Some(Also::InvalidateAll) => (false, manager_inputs(siblings), invalidate),
            Some(Also::InvalidateWhere) => {
                let parts = (0..siblings.parts.len()).map(|at| {
                    let name = quote::format_ident!("part{at}");
                    quote!(#name: impl ::core::marker::Sized)
                });
                (false, manager_inputs(siblings).into_iter().chain(parts).collect(), invalidate)
            }
            Some(Also::Refresh) => {
                let args = siblings.args.iter().map(verbatim);
                let returns = match &siblings.returns {
                    Type::ImplTrait(_) => quote!(()),
                    returns => returns.to_token_stream(),
                };
                (true, receiver(siblings).into_iter().chain(args).collect(), returns)
            }
        };
        let calls = also == Some(Also::Refresh);
        let signature = Signature { siblings, asynchronous, name, inputs, output, calls };
        quote! {
            #[allow(clippy::all, clippy::pedantic, dead_code, missing_docs, unused_variables)]
            #signature {
                ::core::unreachable!()
            }
        }
    }
}
