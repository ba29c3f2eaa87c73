//! Which names an expression mentions.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// Whether `name` occurs in `tokens` as a name of its own: not as a field or method behind a dot.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    any(tokens, &|ident| ident == name)
}

/// Whether `Self` occurs in `tokens`.
pub(crate) fn mentions_self_type(tokens: TokenStream) -> bool {
    any(tokens, &|ident| ident == "Self")
}

/// Whether `tokens` await something.
pub(crate) fn mentions_await(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "await",
        TokenTree::Group(group) => mentions_await(group.stream()),
        TokenTree::Literal(_) | TokenTree::Punct(_) => false,
    })
}

fn any(tokens: TokenStream, wanted: &dyn Fn(&Ident) -> bool) -> bool {
    let mut behind_dot = false;
    tokens.into_iter().any(|token| {
        let found = match &token {
            TokenTree::Ident(ident) => !behind_dot && wanted(ident),
            TokenTree::Group(group) => any(group.stream(), wanted),
            TokenTree::Literal(_) | TokenTree::Punct(_) => false,
        };
        behind_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
        found
    })
}
