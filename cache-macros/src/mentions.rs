//! Which names an expression mentions.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// Whether `name` occurs in `tokens` as a name of its own: not as a field or method behind a dot.
/// Names inside the text of a format string count.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    let (braced, formatted) = (format!("{{{name}}}"), format!("{{{name}:"));
    let literal = |text: &str| text.contains(&braced) || text.contains(&formatted);
    any(tokens, &|ident| ident == name, &literal)
}

/// Whether `Self` occurs in `tokens`.
pub(crate) fn mentions_self_type(tokens: TokenStream) -> bool {
    any(tokens, &|ident| ident == "Self", &|_| false)
}

/// Whether `tokens` await something.
pub(crate) fn mentions_await(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "await",
        TokenTree::Group(group) => mentions_await(group.stream()),
        TokenTree::Literal(_) | TokenTree::Punct(_) => false,
    })
}

fn any(
    tokens: TokenStream,
    wanted: &dyn Fn(&Ident) -> bool,
    literal: &dyn Fn(&str) -> bool,
) -> bool {
    // Of `..` the second dot is no field access.
    let (mut dot, mut field) = (false, false);
    tokens.into_iter().any(|token| {
        let found = match &token {
            TokenTree::Ident(ident) => !field && wanted(ident),
            TokenTree::Group(group) => any(group.stream(), wanted, literal),
            TokenTree::Literal(text) => literal(&text.to_string()),
            TokenTree::Punct(_) => false,
        };
        let is_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
        (field, dot) = (is_dot && !dot, is_dot);
        found
    })
}
