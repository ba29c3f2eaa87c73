//! `self` under another name, where tokens of a method move to where `self` cannot be used.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// The same tokens with `this` for each `self` that is a value of the method: not where it leads a
/// path, and not in a nested function, which has one of its own.
pub(crate) fn renamed(tokens: TokenStream, this: &Ident) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut renamed_tokens = TokenStream::new();
    let (mut in_function, mut in_use) = (false, false);
    for (at, token) in tokens.iter().enumerate() {
        renamed_tokens.extend([match token {
            // `use path::{self};`
            token if in_use => {
                in_use = !is_punct(&tokens, Some(at), ';');
                token.clone()
            }
            TokenTree::Ident(ident)
                if ident == "self" && !in_function && !leads_path(&tokens, at) =>
            {
                let mut this = this.clone();
                this.set_span(this.span().located_at(ident.span()));
                TokenTree::Ident(this)
            }
            TokenTree::Ident(ident) => {
                let named = matches!(tokens.get(at + 1), Some(TokenTree::Ident(_)));
                in_function |= ident == "fn" && named;
                in_use = ident == "use";
                TokenTree::Ident(ident.clone())
            }
            // `pub(self)`
            TokenTree::Group(group) if is_visibility(&tokens, at) => {
                TokenTree::Group(group.clone())
            }
            TokenTree::Group(group) if !in_function => {
                let mut again = Group::new(group.delimiter(), renamed(group.stream(), this));
                again.set_span(group.span());
                TokenTree::Group(again)
            }
            TokenTree::Group(group) => {
                in_function = group.delimiter() != Delimiter::Brace;
                TokenTree::Group(group.clone())
            }
            token => token.clone(),
        }]);
    }
    renamed_tokens
}

/// Whether the token at `at` is what `pub` is for.
fn is_visibility(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    matches!(before, Some(TokenTree::Ident(ident)) if ident == "pub")
}

/// Whether `::` follows the token at `at`.
pub(crate) fn leads_path(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens, Some(at + 1), ':') && is_punct(tokens, Some(at + 2), ':')
}

/// Whether the token at `at` is this one character.
pub(crate) fn is_punct(tokens: &[TokenTree], at: Option<usize>, wanted: char) -> bool {
    let token = at.and_then(|at| tokens.get(at));
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use quote::quote;

    use super::*;

    #[test]
    fn values_are_renamed_and_nothing_else() {
        let this = Ident::new("this", Span::call_site());
        let given = quote! {
            fn own(&self) -> u8 { self.0 }
            use std::fmt::{self, Write};
            pub(self) const ONE: u8 = 1;
            let f: fn(u8) -> u8 = self.f;
            self::call(self, || self.id, other.self_like);
        };
        let expected = quote! {
            fn own(&self) -> u8 { self.0 }
            use std::fmt::{self, Write};
            pub(self) const ONE: u8 = 1;
            let f: fn(u8) -> u8 = this.f;
            self::call(this, || this.id, other.self_like);
        };
        assert_eq!(renamed(given, &this).to_string(), expected.to_string());
    }
}
