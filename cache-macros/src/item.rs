//! The annotated function: its signature parsed, its body left alone.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Signature, Token, Visibility};

/// A function whose body may not even parse yet: the user may be typing it.
pub(crate) struct FnItem {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Group,
}

/// Why an item is not a function with a body.
pub(crate) const NOT_A_FUNCTION: &str = "`#[two_tier_cached]` can only be applied to an `async fn` with a body, or to an `impl` block with \
     such methods";

impl Parse for FnItem {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !begins_function(input) {
            return Err(input.error(NOT_A_FUNCTION));
        }
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            let text = "`#[two_tier_cached]` needs a function body; put it on the method in the \
                        `impl` block, not on the declaration in the trait";
            return Err(syn::Error::new(sig.ident.span(), text));
        }
        match input.parse()? {
            TokenTree::Group(body) => Ok(Self { attrs, vis, sig, body }),
            other => Err(syn::Error::new(other.span(), "expected the body of the function")),
        }
    }
}

/// Whether a function follows, behind its attributes and visibility.
pub(crate) fn begins_function(input: ParseStream<'_>) -> bool {
    let qualifies = |input: ParseStream<'_>| {
        input.peek(Token![async])
            || input.peek(Token![const])
            || input.peek(Token![unsafe])
            || input.peek(Token![extern])
    };
    // `const NAME: ..` is a constant.
    let constant = input.peek(Token![const]) && input.peek2(syn::Ident) && !input.peek2(Token![fn]);
    input.peek(Token![fn]) || (qualifies(input) && !constant)
}

impl FnItem {
    /// Whether it returns a boxed future, as `#[async_trait]` makes of an `async fn`.
    pub(crate) fn returns_boxed_future(&self) -> bool {
        let output = self.sig.output.to_token_stream().to_string();
        let boxed = output.contains("Pin") && output.contains("Future");
        self.sig.asyncness.is_none() && (boxed || output.contains("BoxFuture"))
    }
}

impl ToTokens for FnItem {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        for attr in attrs {
            attr.to_tokens(tokens);
        }
        vis.to_tokens(tokens);
        sig.to_tokens(tokens);
        body.to_tokens(tokens);
    }
}
