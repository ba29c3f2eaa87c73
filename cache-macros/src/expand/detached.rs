//! A load in a task of its own.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, Token, Type};

use super::function::body;
use crate::model::{CachedFn, Detached, OwnedSelf, Owning};
use crate::receiver;
use crate::spans::{self, Ends};

// Output, for `&self, name: &str`:
//     let __owned_this = own::<Self>()(self);
//     let __owned_name = own_str()(name);
//     let __detached = detached::<Option<User>>();
//     __detached.load(__miss, &__caches, &__FUNCTION, async move {
//         let __this = lend::<Self>(&__owned_this);
//         let name = lend_str(&__owned_name);
//         body, with `__this` for `self`
//     }).await
pub(super) fn load(cached: &CachedFn, detached: &Detached, at: Span) -> TokenStream {
    let krate = &cached.krate;
    let (mut before, mut inside) = (TokenStream::new(), TokenStream::new());
    let mut block = cached.body.block.to_token_stream();
    if let Some(OwnedSelf { token, mutability, owning }) = &detached.receiver {
        let called = cached.body.boxed.as_ref().and_then(|boxed| boxed.receiver.clone());
        let this = called.clone().unwrap_or_else(|| Ident::new("__this", at));
        let given = called.map_or_else(|| token.to_token_stream(), ToTokens::into_token_stream);
        if let Owning::Moved = owning {
            let mutated = mutability.map(|_| quote_spanned!(at=> let _ = &mut #given;));
            before.extend(quote_spanned!(at=> #mutated let #mutability #this = #given;));
        } else {
            own(krate, &[], (mutability.as_ref(), &this, &given), owning, &mut before, &mut inside);
        }
        block = receiver::renamed(block, &this);
    }
    for argument in &detached.arguments {
        let name = &argument.name;
        let given = name.to_token_stream();
        let as_given = (argument.mutability.as_ref(), name, &given);
        own(krate, &argument.cfgs, as_given, &argument.owning, &mut before, &mut inside);
    }
    let body = body(cached, &inside, &block);
    // A load that is not `Send` is the user's to mend, and so is what it returns.
    let asynchronous = cached.body.asynchronous;
    let (caches, function, miss) =
        (Ident::new("__caches", at), Ident::new("__FUNCTION", at), Ident::new("__miss", at));
    let args = quote_spanned!(asynchronous=> #miss, &#caches, &#function, #body);
    let args = parenthesized(args, asynchronous);
    let returns = &cached.body.output;
    let detached = self::function(krate, "detached", Some(returns), Ends::of(returns));
    let end = parenthesized(TokenStream::new(), Ends::of(returns).last);
    let owner = Ident::new("__detached", at);
    let call = quote_spanned!(asynchronous=> #owner.load #args);
    quote_spanned! {at=> {
        #before
        let #owner = #detached #end;
        #call.await
    }}
}

/// Takes an owned clone of an argument, and lends it to the body under the name and as the type that
/// it had.
fn own(
    krate: &TokenStream,
    cfgs: &[Attribute],
    (mutability, name, given): (Option<&Token![mut]>, &Ident, &TokenStream),
    owning: &Owning,
    before: &mut TokenStream,
    inside: &mut TokenStream,
) {
    let at = spans::local(name.span());
    let owned = format_ident!("__owned_{}", name, span = at);
    let (take, lend) = match owning {
        Owning::Moved => return,
        Owning::Reference(ty) => {
            let (own, lend) = functions(krate, ty);
            let given = parenthesized(given.clone(), Ends::of(ty).last);
            (quote!(#own #given), quote_spanned!(at=> #lend(&#owned)))
        }
        Owning::Optional(ty) => {
            let (own, lend) = functions(krate, ty);
            let lend = quote_spanned!(at=> ::core::option::Option::map(
                ::core::option::Option::as_ref(&#owned),
                #lend,
            ));
            (quote_spanned!(at=> ::core::option::Option::map(#given, #own)), lend)
        }
        Owning::Cow(ty) => {
            let own = function(krate, "own_cow", Some(ty), Ends::of(ty));
            let lend = function(krate, "lend_cow", Some(ty), Ends::of(ty));
            (quote_spanned!(at=> #own(#given)), quote_spanned!(at=> #lend(&#owned)))
        }
    };
    // Where it is `mut`, that is for the body.
    let mutated = mutability.map(|_| quote_spanned!(at=> #(#cfgs)* let _ = &mut #given;));
    before.extend(quote_spanned!(at=> #mutated #(#cfgs)* let #owned = #take;));
    // It may be there for the key alone.
    inside.extend(
        quote_spanned!(at=> #(#cfgs)* #[allow(unused_variables)] let #mutability #name = #lend;),
    );
}

/// The functions that make and lend the clone of what a reference to `ty` borrows. A type that has
/// no clone is underlined.
fn functions(krate: &TokenStream, ty: &Type) -> (TokenStream, TokenStream) {
    let (own, lend, of) = match ty {
        Type::Path(path) if path.path.is_ident("str") => ("own_str", "lend_str", None),
        Type::Slice(slice) => ("own_slice", "lend_slice", Some(&*slice.elem)),
        ty => ("own", "lend", Some(ty)),
    };
    let ends = Ends::of(ty);
    let own = function(krate, own, of, ends);
    (quote_spanned!(ends.last=> #own()), function(krate, lend, of, ends))
}

fn function(krate: &TokenStream, name: &str, of: Option<&Type>, ends: Ends) -> TokenStream {
    let krate = spans::moved(krate.clone(), ends.first);
    let name = Ident::new(name, ends.last);
    let of = of.map(|of| quote_spanned!(ends.last=> ::<#of>));
    quote_spanned!(ends.first=> #krate::__private::#name #of)
}

fn parenthesized(tokens: TokenStream, at: Span) -> Group {
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    group.set_span(at);
    group
}
