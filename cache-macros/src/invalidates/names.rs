//! What a target says of the function: its arguments, and `self`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, Receiver};

use crate::item::FnItem;
use crate::mentions::mentions;
use crate::model::{bound_names, typed_args};
use crate::receiver::{is_punct, leads_path};
use crate::spans;

/// The receiver of a method.
pub(super) fn receiver(item: &FnItem) -> Option<&Receiver> {
    item.sig.inputs.iter().find_map(|arg| match arg {
        FnArg::Receiver(receiver) => Some(receiver),
        FnArg::Typed(_) => None,
    })
}

/// Every name that the arguments bind, `self` included.
pub(super) fn arguments(item: &FnItem) -> Vec<Ident> {
    let this = receiver(item).map(|receiver| Ident::new("self", receiver.self_token.span));
    let bound = typed_args(item).flat_map(|arg| bound_names(&arg.pat));
    let mut names: Vec<Ident> = Vec::new();
    for name in this.into_iter().chain(bound) {
        // Arguments may share a name under other `cfg`s.
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether a target uses an argument.
pub(super) fn names_argument(target: &TokenStream, name: &Ident) -> bool {
    if name == "self" { first(target, "self").is_some() } else { mentions(target.clone(), name) }
}

/// Where `tokens` name something first: not as a field or method, and not `self` that leads a path.
pub(super) fn first(tokens: &impl ToTokens, name: &str) -> Option<Ident> {
    fn find(tokens: TokenStream, name: &str) -> Option<Ident> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        // Of `..` the second dot is no field access.
        let is_field = |at: usize| {
            is_punct(&tokens, at.checked_sub(1), '.') && !is_punct(&tokens, at.checked_sub(2), '.')
        };
        tokens.iter().enumerate().find_map(|(at, token)| match token {
            TokenTree::Ident(ident) if ident == name => {
                let other = is_field(at) || name == "self" && leads_path(&tokens, at);
                (!other).then(|| ident.clone())
            }
            TokenTree::Group(group) => find(group.stream(), name),
            _ => None,
        })
    }
    find(tokens.to_token_stream(), name)
}

/// What stands for `self` after the body: nothing else can go by that name.
pub(super) fn this(at: Span) -> Ident {
    Ident::new("__this", spans::local(at))
}
