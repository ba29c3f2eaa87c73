//! The functions beside the cached one.

mod invalidate;
mod key;
mod refresh;
mod store;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, GenericParam, LifetimeParam, Pat, PatType, Receiver, ReceiverKind};

use crate::generics;
use crate::model::{Also, CachedFn, Input, Siblings, cfgs};
use crate::spans::{self, Ends};

pub(super) fn expand(cached: &CachedFn) -> TokenStream {
    let siblings = &cached.siblings;
    let invalidate = siblings.invalidate.iter().map(|name| invalidate::one(cached, name));
    let also = siblings.also.iter().map(|(also, name)| match also {
        Also::Exists => store::exists(cached, name),
        Also::InvalidateAll => invalidate::all(cached, name),
        Also::InvalidateWhere => invalidate::matching(cached, name),
        Also::Refresh => refresh::expand(cached, name),
        Also::Set => store::set(cached, name),
    });
    invalidate.chain(also).collect()
}

/// The head of a sibling.
pub(super) struct Signature<'a> {
    pub(super) siblings: &'a Siblings,
    pub(super) asynchronous: bool,
    pub(super) name: &'a Ident,
    pub(super) inputs: Vec<TokenStream>,
    pub(super) output: TokenStream,
    /// Whether it calls the function, and so needs all of its parameters.
    pub(super) calls: bool,
}

impl ToTokens for Signature<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { siblings, name, inputs, output, .. } = self;
        let vis = &siblings.vis;
        let called = self.calls.then_some(&siblings.function_params);
        let mentioned = quote!(#(#inputs)* #output #called);
        let mut known = siblings.generics.clone();
        let lifetimes = siblings.lifetimes.iter().cloned().map(LifetimeParam::new);
        let lifetimes = lifetimes.map(GenericParam::Lifetime);
        known.params = lifetimes.chain(known.params).collect();
        // They say nothing new of parameters that are not there without them.
        let mut generics = generics::used_in(&known, &mentioned);
        known.make_where_clause().predicates = siblings.implied.iter().cloned().collect();
        let implied = generics::about(&known, &generics);
        if !implied.is_empty() {
            generics.make_where_clause().predicates.extend(implied);
        }
        let where_clause = &generics.where_clause;
        let at = name.span();
        let asynchronous = self.asynchronous.then(|| quote_spanned!(at=> async));
        let function = quote_spanned!(at=> fn);
        tokens.extend(quote! {
            #vis #asynchronous #function #name #generics (#(#inputs),*) -> #output #where_clause
        });
    }
}

/// A sibling: its documentation, its attributes, its head and its body.
fn function(
    cached: &CachedFn,
    docs: &[String],
    signature: &Signature<'_>,
    body: &TokenStream,
) -> TokenStream {
    let attrs = attributes(cached);
    // Where a sibling cannot stand, the function is underlined.
    let mut body = Group::new(Delimiter::Brace, body.clone());
    body.set_span(cached.item.sig.ident.span());
    quote_spanned!(at(cached)=> #(#[doc = #docs])* #attrs #signature #body)
}

/// Where the tokens of siblings stand.
fn at(cached: &CachedFn) -> Span {
    spans::local(cached.item.sig.ident.span())
}

/// The last line of a sibling's documentation.
fn about_keys(cached: &CachedFn) -> String {
    format!("Its keys start with `{}:`.", cached.prefix.value())
}

/// Attributes of the function that hold for the sibling too.
fn attributes(cached: &CachedFn) -> TokenStream {
    let kept = cached.item.attrs.iter().filter(|attr| {
        ["cfg", "allow", "deprecated"].iter().any(|name| attr.path().is_ident(name))
    });
    // The receiver is there so that both functions are called alike; it need not be used.
    let unused = cached.siblings.receiver.is_some().then(|| quote!(#[allow(clippy::unused_self)]));
    quote! {
        #(#kept)*
        #unused
        // By value is how literals and owned values are passed; there are no more arguments than
        // the user wrote, under the same names, with all that their patterns bind; and not
        // everything that is cached is invalidated one by one.
        #[allow(
            clippy::missing_errors_doc,
            clippy::missing_panics_doc,
            clippy::needless_pass_by_value,
            clippy::too_many_arguments,
            clippy::used_underscore_binding,
            dead_code,
            unused_mut,
            unused_variables
        )]
    }
}

/// The receiver. `&mut self` serves no purpose where nothing is written.
pub(super) fn receiver(siblings: &Siblings) -> Option<TokenStream> {
    let mut receiver: Receiver = siblings.receiver.clone()?;
    receiver.mutability = None;
    if let ReceiverKind::Reference(_, _, mutability) = &mut receiver.kind {
        *mutability = None;
    }
    Some(receiver.into_token_stream())
}

/// What a sibling takes to name one key.
pub(super) fn key_inputs(krate: &TokenStream, siblings: &Siblings) -> Vec<TokenStream> {
    let declare = |input: &Input| match input {
        Input::KeyArg { cfgs, name, ty } => bounded(krate, cfgs, name, "KeyArg", ty),
        Input::Verbatim(arg) => verbatim(arg),
    };
    receiver(siblings).into_iter().chain(siblings.inputs.iter().map(declare)).collect()
}

/// What a sibling takes to name the manager.
pub(super) fn manager_inputs(siblings: &Siblings) -> Vec<TokenStream> {
    receiver(siblings).into_iter().chain(siblings.manager_inputs.iter().map(verbatim)).collect()
}

/// `name: impl Bound<T>`. A caller's error shows the bound at the type that it is about.
fn bounded(
    krate: &TokenStream,
    cfgs: &[syn::Attribute],
    name: &Ident,
    bound: &str,
    ty: &syn::Type,
) -> TokenStream {
    let Ends { first, last } = Ends::of(ty);
    let krate = spans::moved(krate.clone(), first);
    let bound = Ident::new(bound, first);
    let bound = quote_spanned!(first=> impl #krate::#bound<#ty);
    let end = quote_spanned!(last=> >);
    quote!(#(#cfgs)* #name: #bound #end)
}

pub(super) fn verbatim(arg: &PatType) -> TokenStream {
    let mut arg = arg.clone();
    arg.attrs = cfgs(&arg.attrs);
    if let Pat::Ident(pat) = &mut *arg.pat {
        pat.mutability = None;
    }
    FnArg::Typed(arg).into_token_stream()
}
