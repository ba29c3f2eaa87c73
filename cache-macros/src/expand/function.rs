//! The function with its body behind the cache.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Path, Type};

use super::detached;
use crate::model::{Also, CachedFn, Part, without_references};
use crate::spans::{self, Ends};

// Input:
//     #[two_tier_cached(prefix = "user", ttl = CUSTOMER_PROFILE, skip(db))]
//     pub async fn load(db: &Db, id: u64) -> Result<User, Error> { body }
//
// Output:
//     pub async fn load(db: &Db, id: u64) -> Result<User, Error> {
//         static __FUNCTION: Function = Function::new("…::load", "user", CUSTOMER_PROFILE);
//         let __caches = current();
//         match attempt(
//             &__caches,
//             &__FUNCTION,
//             Probe::<Result<User, Error>>::new().__shape(&MessagePack),
//             Instance::new(type_name_of_val(&|| ()), &[], &[type_name_of_val(&*db)]),
//             |__key| { part(__key, &id); },
//         ) {
//             Attempt::Hit(__value) => __value,
//             Attempt::Miss(__miss) => __miss.load(async move {
//                 let __output: Result<User, Error> =
//                     if false { return never::<Result<User, Error>>() } else { body };
//                 return __output;
//             }).await,
//         }
//     }
//
pub(super) fn expand(cached: &CachedFn) -> TokenStream {
    let item = &cached.item;
    let (attrs, vis, sig) = (&item.attrs, &item.vis, &item.sig);
    let mut braces = Group::new(Delimiter::Brace, cached.body.in_its_box(call(cached)));
    braces.set_span(item.body.span());
    quote!(#(#attrs)* #vis #sig #braces)
}

/// Everything that happens in a call.
fn call(cached: &CachedFn) -> TokenStream {
    let CachedFn { krate, item, .. } = cached;
    let at = spans::local(item.sig.ident.span());
    let statics = statics(cached, at);
    let shares = cached.shares.as_ref().map(shared);
    let caches = caches(krate, cached.manager.as_ref(), at);
    let shape = shape(cached, &cached.body.output);
    let (executors, watched) = (&cached.executors, &cached.watched);
    let parts = cached.parts.iter().map(|part| write_part(krate, part, at));
    let load = match &cached.detached {
        None => {
            let body = body(cached, &TokenStream::new(), &cached.body.block.to_token_stream());
            quote_spanned!(at=> __miss.load(#body).await)
        }
        Some(detached) => detached::load(cached, detached, at),
    };
    quote_spanned! {at=>
        #statics
        #shares
        #caches
        match #krate::__private::attempt(
            &__caches,
            &__FUNCTION,
            #shape,
            #krate::__private::Instance::new(
                ::core::any::type_name_of_val(&|| ()),
                &[#(#executors),*],
                &[#(#watched),*],
            ),
            |__key| { #(#parts)* },
        ) {
            #krate::__private::Attempt::Hit(__value) => __value,
            #krate::__private::Attempt::Miss(__miss) => #load,
        }
    }
}

/// Nothing but the question whether there is such a function. It brings no name into scope.
fn shared(owner: &Path) -> Option<TokenStream> {
    let at = owner.segments.first()?.ident.span();
    // What is associated cannot be imported.
    (owner.segments[0].ident != "Self")
        .then(|| quote_spanned!(at=> #[allow(unused_imports)] use #owner as _;))
}

/// The static that says at compile time what is known of the function.
///
/// Made of calls and not of methods: one that panics is then underlined as its own option.
pub(super) fn statics(cached: &CachedFn, at: Span) -> TokenStream {
    let CachedFn { krate, prefix, ttl, item, .. } = cached;
    let name = item.sig.ident.to_string();
    let duration = quote_spanned!(at=> ::core::time::Duration);
    let value = constant(ttl, &duration, at);
    let path = quote_spanned!(at=> ::core::concat!(::core::module_path!(), "::", #name));
    let ends = Ends::of(ttl);
    let mut function = checked(krate, ends, "Function::new", &quote!(#path, #prefix, #value));
    for (name, option, ty) in [
        ("none_ttl", &cached.none_ttl, &duration),
        ("jitter", &cached.jitter, &quote_spanned!(at=> f64)),
        ("settle", &cached.settle, &duration),
        ("near", &cached.near, &duration),
        ("version", &cached.version, &quote_spanned!(at=> u32)),
    ] {
        if let Some(expr) = option {
            let value = constant(expr, ty, at);
            let path = format!("Function::{name}");
            function = checked(krate, Ends::of(expr), &path, &quote!(#function, #value));
        }
    }
    if cached.verbose {
        function = quote_spanned!(at=> #krate::__private::Function::verbose(#function));
    }
    if cached.siblings.also.iter().any(|(also, _)| *also == Also::Refresh) {
        function = quote_spanned!(at=> #krate::__private::Function::refreshable(#function));
    }
    if let Some(owner) = cached.shares.as_ref().and_then(|path| path.segments.last()) {
        let owner = owner.ident.to_string();
        function = quote_spanned!(at=> #krate::__private::Function::shares(#function, #owner));
    }
    if let Some(codec) = &cached.codec {
        let (ends, codec) = (Ends::of(codec), borrowed(codec));
        function = checked(krate, ends, "Function::codec", &quote!(#function, #codec));
    }
    quote_spanned!(at=> static __FUNCTION: #krate::__private::Function = #function;)
}

/// A constant, so that an expression that is none is refused as one.
pub(super) fn constant(expr: &Expr, ty: &TokenStream, at: Span) -> TokenStream {
    quote_spanned!(at=> { const __VALUE: #ty = #expr; __VALUE })
}

/// The manager. One that is named is cloned: the body may take away what it was named through.
pub(super) fn caches(krate: &TokenStream, manager: Option<&Expr>, at: Span) -> TokenStream {
    match manager {
        None => quote_spanned!(at=> let __caches = #krate::__private::current();),
        Some(manager) => {
            let Ends { first, last } = Ends::of(manager);
            let manager = borrowed(manager);
            let krate = spans::moved(krate.clone(), first);
            let ty = Ident::new("CacheManager", last);
            let ty = quote_spanned!(first=> &#krate::__private::#ty);
            quote_spanned! {at=>
                let __caches = {
                    let __caches: #ty = #manager;
                    ::core::clone::Clone::clone(__caches)
                };
            }
        }
    }
}

/// The one place where the bounds on the value are checked, at the span of the return type.
pub(super) fn shape(cached: &CachedFn, returns: &Type) -> TokenStream {
    let CachedFn { krate, codec, .. } = cached;
    let at = Ends::of(returns).first;
    let krate = spans::moved(krate.clone(), at);
    let codec = match codec {
        // A constant: it outlives the call.
        Some(codec) => {
            let Ends { first, last } = Ends::of(codec);
            let mut constant = Group::new(Delimiter::Brace, borrowed(codec));
            constant.set_span(last);
            quote_spanned!(first=> const #constant)
        }
        None => quote_spanned!(at=> &#krate::__private::MessagePack),
    };
    quote_spanned!(at=> #krate::__private::Probe::<#returns>::new().__shape(#codec))
}

/// Writes one part of the key. The bound on its type is checked at the span of the type.
pub(super) fn write_part(krate: &TokenStream, part: &Part, at: Span) -> TokenStream {
    let key = Ident::new("__key", at);
    match part {
        Part::Arg { cfgs, name, ty } => {
            let ends = underlined(ty);
            let name = ends.ending(name);
            let arg = quote_spanned!(ends.first=> &#name);
            let call = checked(krate, ends, "part", &quote!(#key, #arg));
            quote_spanned!(at=> #(#cfgs)* { #call; })
        }
        Part::Expr(expr) => {
            let (ends, arg) = (Ends::of(expr), borrowed(expr));
            let call = checked(krate, ends, "part", &quote!(#key, #arg));
            quote_spanned!(at=> #call;)
        }
    }
}

/// What a type that cannot be part of a key is underlined as. Of a reference, the compiler shows the
/// name that we borrow again, which is one token.
fn underlined(ty: &Type) -> Ends {
    let inner = without_references(ty);
    let ends = Ends::of(inner);
    if std::ptr::eq(inner, ty) { ends } else { Ends { last: ends.first, ..ends } }
}

/// A call of ours whose failure is the user's to mend, underlined as the user's tokens.
pub(super) fn checked(
    krate: &TokenStream,
    ends: Ends,
    path: &str,
    args: &TokenStream,
) -> TokenStream {
    let krate = spans::moved(krate.clone(), ends.first);
    let path: TokenStream = path
        .split("::")
        .map(|name| {
            let name = Ident::new(name, ends.last);
            quote_spanned!(ends.first=> ::#name)
        })
        .collect();
    let mut args = Group::new(Delimiter::Parenthesis, args.clone());
    args.set_span(ends.last);
    quote_spanned!(ends.first=> #krate::__private #path #args)
}

/// `&(expr)`, underlined as the expression is.
fn borrowed(expr: &Expr) -> TokenStream {
    let ends = Ends::of(expr);
    let mut expr = Group::new(Delimiter::Parenthesis, expr.to_token_stream());
    expr.set_span(ends.last);
    quote_spanned!(ends.first=> &#expr)
}

/// The body as a future of the declared type: `?` and `return` end it. The `return` before it says
/// what that type is, so that a value of another one is an error where the user wrote it.
pub(super) fn body(cached: &CachedFn, before: &TokenStream, block: &TokenStream) -> TokenStream {
    let CachedFn { krate, item, body, .. } = cached;
    let at = spans::local(item.sig.ident.span());
    typed_body(krate, &body.output, body.asynchronous, at, before, block)
}

/// The same for any function.
pub(crate) fn typed_body(
    krate: &TokenStream,
    returns: &Type,
    asynchronous: Span,
    at: Span,
    before: &TokenStream,
    block: &TokenStream,
) -> TokenStream {
    // Errors show this call as where the type comes from.
    let Ends { first, last } = Ends::of(returns);
    let path = spans::moved(quote!(#krate::__private::never), first);
    let args = quote_spanned!(last=> ());
    let never = quote_spanned!(first=> #path::<#returns> #args);
    let inner = quote_spanned! {at=>
        #before
        // A body of one line; its own braces cannot go, for they may hold attributes.
        #[allow(unused_braces)]
        let __output: #returns = if false { return #never; } else { #block };
        #[allow(unreachable_code)]
        return __output;
    };
    quote_spanned!(asynchronous=> async move { #inner })
}
