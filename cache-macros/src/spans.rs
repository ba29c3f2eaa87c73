//! Where generated tokens say they come from.
//!
//! - Locals and statements of ours: `mixed_site`, so that the user's code can neither see nor
//!   capture them and lints take them for what they are. Their names begin with `__`: in a pattern,
//!   the name of a constant or of a unit struct in scope is that item, whatever its span, and
//!   `use users::dsl::*` may bring in a `key`.
//! - A call whose failure is the user's to mend: every token of it, the path to our crate included,
//!   at the user's own tokens. One token of another span, and the whole error moves to the
//!   attribute.
//! - The user's tokens: untouched.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// Hygienic, located at the user's tokens.
pub(crate) fn local(at: Span) -> Span {
    Span::mixed_site().located_at(at)
}

/// The first and the last token of something the user wrote. What begins at the one and ends at the
/// other is underlined as the whole; a span over several tokens cannot be made.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Ends {
    pub(crate) fn of(tokens: &impl ToTokens) -> Self {
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Self { first, last: spans.last().unwrap_or(first) }
    }

    /// A name that means what it means where it stands, shown at the last token.
    pub(crate) fn ending(self, name: &Ident) -> Ident {
        let mut name = name.clone();
        name.set_span(name.span().located_at(self.last));
        name
    }
}

/// The same tokens, all at one span.
pub(crate) fn moved(tokens: TokenStream, to: Span) -> TokenStream {
    let moved = |token: TokenTree| match token {
        TokenTree::Group(group) => {
            let mut again = Group::new(group.delimiter(), moved(group.stream(), to));
            again.set_span(to);
            TokenTree::Group(again)
        }
        mut token => {
            token.set_span(to);
            token
        }
    };
    tokens.into_iter().map(moved).collect()
}
