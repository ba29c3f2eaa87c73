//! The function with its targets around its body.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Type};

use super::RESULT;
use super::given::give;
use super::names::{arguments, first, names_argument, this};
use super::targets::{Target, Targets};
use crate::body::AsyncBody;
use crate::expand::typed_body;
use crate::item::FnItem;
use crate::receiver;
use crate::spans::{self, Ends};

// Input:
//     #[invalidates(load_user(id), repo.load_team(result.team_id))]
//     async fn rename(repo: &Repo, id: u64) -> Result<User, Error> { body }
//
// Output:
//     async fn rename(repo: &Repo, id: u64) -> Result<User, Error> {
//         static __WRITER: Writer = Writer::new("…::rename");
//         let mut __write = Write::new(&__WRITER);
//         __write.before(|| {
//             let __target: Invalidate = invalidate_load_user(Given::new(&id).__given());
//             __target
//         });
//         let __kept = (keep(&repo),);
//         __write.fence().await;
//         let __output = async move { body }.await;
//         __write.written();
//         if let Some(__value) = Returned::new(&__output).__result() {
//             let (repo,) = __kept;
//             let result = __value;
//             let __target: Invalidate =
//                 repo.invalidate_load_team(Given::new(&result.team_id).__given());
//             __write.after(__target);
//         }
//         __write.invalidated().await;
//         __output
//     }
pub(super) fn expand(item: &FnItem, body: &AsyncBody, targets: Targets) -> TokenStream {
    let krate = targets.krate.map_or_else(|| quote!(::two_tier_cache), ToTokens::into_token_stream);
    let (attrs, vis, sig) = (&item.attrs, &item.vis, &item.sig);
    let at = spans::local(sig.ident.span());
    let mut names = arguments(item);
    let fence_ttl = targets.fence_ttl.map(|time| match body.boxed {
        Some(_) => body.inside(&time),
        None => time,
    });
    let fence = fence(&krate, fence_ttl, targets.refuse.as_ref(), at);
    let mut list = targets.list;
    if let Some(boxed) = &body.boxed {
        for target in &mut list {
            target.expr = body.inside(&target.expr);
        }
        names.retain(|name| name != "self");
        names.extend(boxed.receiver.clone());
    }
    let (of_result, before): (Vec<Target>, Vec<Target>) =
        list.into_iter().partition(Target::uses_result);
    // What is known only after the write cannot be fenced before it.
    let fence = (!before.is_empty()).then_some(fence);
    let before: Vec<TokenStream> =
        before.into_iter().map(|target| before_body(&krate, target, &names, at)).collect();
    let kept = kept(&of_result, &names);
    let keep = (!of_result.is_empty()).then(|| keep(&krate, &kept, at));
    names.push(format_ident!("{RESULT}"));
    let after = (!of_result.is_empty()).then(|| after_body(&krate, of_result, &kept, &names, at));
    let mut returns = body.output.clone();
    Inferred.visit_type_mut(&mut returns);
    let block = body.block.to_token_stream();
    let guards = guards(&names, at);
    let future = typed_body(&krate, &returns, body.asynchronous, at, &guards, &block);
    let name = sig.ident.to_string();
    let inner = quote_spanned! {at=>
        static __WRITER: #krate::__private::Writer = #krate::__private::Writer::new(
            ::core::concat!(::core::module_path!(), "::", #name),
        );
        let mut __write = #krate::__private::Write::new(&__WRITER);
        #(#before)*
        #keep
        #fence
        let __output = #future.await;
        __write.written();
        #after
        __write.invalidated().await;
        __output
    };
    let mut braces = Group::new(Delimiter::Brace, body.in_its_box(inner));
    braces.set_span(item.body.span());
    quote!(#(#attrs)* #vis #sig #braces)
}

/// Moves arguments into the body that it does not mention: what is there for its `Drop` alone, such as
/// a transaction, ends before the invalidation.
fn guards(names: &[Ident], at: Span) -> TokenStream {
    let guards = names.iter().filter(|name| name.to_string().starts_with('_') && *name != "__self");
    quote_spanned!(at=> #(#[allow(clippy::used_underscore_binding)] let _ = &#guards;)*)
}

/// A target that is evaluated before the body, and starts after it.
fn before_body(krate: &TokenStream, target: Target, names: &[Ident], at: Span) -> TokenStream {
    let mut expr = target.expr;
    let ty = invalidate(krate, &expr);
    give(&mut expr, names, krate);
    quote_spanned! {at=>
        __write.before(|| {
            // What a target takes by value is given by a call.
            #[allow(clippy::or_fun_call)]
            let __target: #ty = #expr;
            __target
        });
    }
}

/// Fences what was evaluated. Without that the function writes all the same, or it refuses.
fn fence(
    krate: &TokenStream,
    fence_ttl: Option<Expr>,
    refuse: Option<&Ident>,
    at: Span,
) -> TokenStream {
    let lasting = fence_ttl.map(|time| {
        quote_spanned! {at=>
            let __fence_ttl: ::core::time::Duration = #time;
            __write.fence_for(__fence_ttl);
        }
    });
    let Some(refuse) = refuse else {
        return quote_spanned!(at=> #lasting __write.fence().await;);
    };
    let krate = spans::moved(krate.clone(), refuse.span());
    let unfenced = Ident::new("__unfenced", at);
    let refused = quote_spanned! {refuse.span()=>
        return ::core::result::Result::Err(#krate::__private::refused(#unfenced));
    };
    quote_spanned! {at=>
        #lasting
        if let ::core::result::Result::Err(#unfenced) = __write.fence_or_refuse().await {
            #refused
        }
    }
}

/// The type of a target, shown where the target is: another one is then an error there alone.
fn invalidate(krate: &TokenStream, target: &Expr) -> TokenStream {
    let Ends { first, last } = Ends::of(target);
    let krate = spans::moved(krate.clone(), first);
    let name = Ident::new("Invalidate", last);
    quote_spanned!(first=> #krate::#name)
}

/// An argument that a target uses beside `result`.
struct Kept {
    /// The name of the clone.
    clone: Ident,
    /// The argument, where the target uses it.
    argument: Ident,
}

/// The arguments that targets use beside `result`.
fn kept(targets: &[Target], names: &[Ident]) -> Vec<Kept> {
    let kept = |name: &Ident| {
        let mut uses = targets.iter().map(|target| target.expr.to_token_stream());
        let target = uses.find(|tokens| names_argument(tokens, name))?;
        let used_at =
            first(&target, &name.to_string()).map_or_else(|| name.span(), |used| used.span());
        let mut argument = name.clone();
        argument.set_span(name.span().located_at(used_at));
        let clone = if name == "self" { this(used_at) } else { argument.clone() };
        Some(Kept { clone, argument })
    };
    names.iter().filter_map(kept).collect()
}

/// Clones of the arguments that the body takes away. The bound is checked at the target.
fn keep(krate: &TokenStream, kept: &[Kept], at: Span) -> TokenStream {
    let clones = kept.iter().map(|Kept { argument, .. }| {
        let span = argument.span();
        let krate = spans::moved(krate.clone(), span);
        quote_spanned!(span=> #krate::__private::keep(&#argument))
    });
    quote_spanned!(at=> let __kept = (#(#clones,)*);)
}

/// The targets about what the function returned.
fn after_body(
    krate: &TokenStream,
    targets: Vec<Target>,
    kept: &[Kept],
    names: &[Ident],
    at: Span,
) -> TokenStream {
    let clones = kept.iter().map(|kept| &kept.clone);
    let targets = targets.into_iter().map(|Target { mut expr }| {
        let result = first(&expr, RESULT).unwrap_or_else(|| format_ident!("{RESULT}"));
        let ty = invalidate(krate, &expr);
        give(&mut expr, names, krate);
        let expr = receiver::renamed(expr.into_token_stream(), &this(at));
        quote_spanned! {at=>
            #[allow(clippy::or_fun_call)]
            let __target: #ty = {
                let #result = __value;
                #expr
            };
            __write.after(__target);
        }
    });
    quote_spanned! {at=>
        if let ::core::option::Option::Some(__value) =
            #krate::__private::Returned::new(&__output).__result()
        {
            let (#(#clones,)*) = __kept;
            #(#targets)*
        }
    }
}

/// Leaves to inference what a body's type cannot name.
struct Inferred;

impl VisitMut for Inferred {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        match ty {
            Type::ImplTrait(hidden) => {
                let Ends { first, .. } = Ends::of(hidden);
                *ty = Type::Verbatim(quote_spanned!(first=> _));
            }
            _ => visit_mut::visit_type_mut(self, ty),
        }
    }
}
