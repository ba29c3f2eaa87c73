//! A load in a task of its own.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Attribute;

use super::function::body;
use crate::model::{CachedFn, Detached, Owning};
use crate::spans::{self, Ends};

// Output, for `&self, name: &str`:
//     let __this = own::<Self>(self);
//     let name = own::<str>(name);
//     __miss.load_detached(&__caches, &__FUNCTION, async move {
//         let __this: &Self = lend(&__this);
//         let name: &str = lend(&name);
//         body, with `__this` for `self`
//     }).await
pub(super) fn load(cached: &CachedFn, detached: &Detached, at: Span) -> TokenStream {
    let krate = &cached.krate;
    let (mut before, mut inside) = (TokenStream::new(), TokenStream::new());
    let mut block = cached.body.block.to_token_stream();
    if let Some(owning) = &detached.receiver {
        let called = cached.body.boxed.as_ref().and_then(|boxed| boxed.receiver.clone());
        let this = called.clone().unwrap_or_else(|| Ident::new("__this", at));
        let given = called.map_or_else(|| quote!(self), ToTokens::into_token_stream);
        if let Owning::Moved = owning {
            before.extend(quote_spanned!(at=> let #this = #given;));
        } else {
            own(krate, &[], (&this, &given), owning, &mut before, &mut inside);
        }
        block = renamed(block, &this);
    }
    for argument in &detached.arguments {
        let name = &argument.name;
        let given = name.to_token_stream();
        own(krate, &argument.cfgs, (name, &given), &argument.owning, &mut before, &mut inside);
    }
    let body = body(cached, &inside, block);
    // A load that is not `Send` is the user's to mend.
    let asynchronous = cached.body.asynchronous;
    let mut args = Group::new(
        proc_macro2::Delimiter::Parenthesis,
        quote_spanned!(at=> &__caches, &__FUNCTION, #body),
    );
    args.set_span(asynchronous);
    let miss = Ident::new("__miss", at);
    let call = quote_spanned!(asynchronous=> #miss.load_detached #args);
    quote_spanned! {at=> {
        #before
        #call.await
    }}
}

/// Takes an owned clone of an argument, and lends it to the body under the name and as the type that
/// it had.
fn own(
    krate: &TokenStream,
    cfgs: &[Attribute],
    (name, given): (&Ident, &TokenStream),
    owning: &Owning,
    before: &mut TokenStream,
    inside: &mut TokenStream,
) {
    let owned = format_ident!("__owned_{}", name, span = spans::local(name.span()));
    let private = |ty: &syn::Type, call: &str| {
        let at = Ends::of(ty).first;
        let krate = spans::moved(krate.clone(), at);
        let call = Ident::new(call, at);
        quote_spanned!(at=> #krate::__private::#call::<#ty>)
    };
    let (take, lend) = match owning {
        Owning::Moved => return,
        Owning::Reference(ty) => {
            let (own, lend) = (private(ty, "own"), private(ty, "lend"));
            (quote!(#own(#given)), quote!(#lend(&#owned)))
        }
        Owning::Optional(ty) => {
            let (own, lend) = (private(ty, "own"), private(ty, "lend"));
            let take = quote!(::core::option::Option::map(#given, #own));
            let lend = quote!(::core::option::Option::map(
                ::core::option::Option::as_ref(&#owned),
                #lend,
            ));
            (take, lend)
        }
        Owning::Cow(ty) => {
            let (own, lend) = (private(ty, "own_cow"), private(ty, "lend_cow"));
            (quote!(#own(#given)), quote!(#lend(&#owned)))
        }
    };
    before.extend(quote!(#(#cfgs)* let #owned = #take;));
    inside.extend(quote!(#(#cfgs)* let #name = #lend;));
}

/// The same tokens with `__this` for `self`, but in functions, which have one of their own.
fn renamed(tokens: TokenStream, this: &Ident) -> TokenStream {
    let mut renamed_tokens = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut in_function = false;
    while let Some(token) = tokens.next() {
        renamed_tokens.extend([match token {
            TokenTree::Ident(ident)
                if ident == "self" && !in_function && !is_path(tokens.peek()) =>
            {
                let mut this = this.clone();
                this.set_span(this.span().located_at(ident.span()));
                TokenTree::Ident(this)
            }
            TokenTree::Ident(ident) => {
                in_function |= ident == "fn" && matches!(tokens.peek(), Some(TokenTree::Ident(_)));
                TokenTree::Ident(ident)
            }
            TokenTree::Group(group) if !in_function => {
                let mut again = Group::new(group.delimiter(), renamed(group.stream(), this));
                again.set_span(group.span());
                TokenTree::Group(again)
            }
            TokenTree::Group(group) => {
                in_function = group.delimiter() != proc_macro2::Delimiter::Brace;
                TokenTree::Group(group)
            }
            token => token,
        }]);
    }
    renamed_tokens
}

/// Whether `self` is the beginning of a path: `self::name`.
fn is_path(next: Option<&TokenTree>) -> bool {
    matches!(next, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}
