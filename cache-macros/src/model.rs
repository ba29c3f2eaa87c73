//! The annotated function as the expansion needs it: valid, or every mistake noted.

mod arguments;
mod detached;
mod lifetimes;
mod outside;
mod place;
mod siblings;
mod signature;
mod transactions;
mod values;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, FnArg, Generics, LitStr, Pat, PatType, Path, Type};

pub(crate) use self::arguments::can_be_part;
pub(crate) use self::detached::{Detached, OwnedSelf, Owning};
pub(crate) use self::outside::Outside;
pub(crate) use self::place::{Place, TraitImpl};
pub(crate) use self::siblings::{Also, Input, Siblings};
use crate::body::AsyncBody;
use crate::errors::Errors;
use crate::item::FnItem;
use crate::mentions::mentions;
use crate::options::Options;

/// The name of the attribute.
pub(crate) const CACHED: &str = "two_tier_cached";

/// Why the two attributes do not go on one function.
pub(crate) const WRITES: &str = "a cached function cannot be one that writes, because on a hit its \
                                 body does not run; write in a function of its own";

/// A cached function.
pub(crate) struct CachedFn {
    pub(crate) item: FnItem,
    pub(crate) body: AsyncBody,
    /// The path to the facade crate.
    pub(crate) krate: TokenStream,
    pub(crate) prefix: LitStr,
    pub(crate) ttl: Expr,
    pub(crate) none_ttl: Option<Expr>,
    pub(crate) jitter: Option<Expr>,
    pub(crate) settle: Option<Expr>,
    pub(crate) near: Option<Expr>,
    pub(crate) codec: Option<Expr>,
    pub(crate) version: Option<Expr>,
    pub(crate) verbose: bool,
    pub(crate) shares: Option<Path>,
    /// The manager, as named inside of the body.
    pub(crate) manager: Option<Expr>,
    /// The parts of the key, as named inside of the body.
    pub(crate) parts: Vec<Part>,
    /// Types that are of no account to what is cached.
    pub(crate) executors: Vec<Outside>,
    /// Types that may be transactions.
    pub(crate) watched: Vec<Outside>,
    pub(crate) detached: Option<Detached>,
    pub(crate) siblings: Siblings,
}

/// One part of the key.
#[derive(Clone)]
pub(crate) enum Part {
    /// An argument of the function.
    Arg { cfgs: Vec<Attribute>, name: Ident, ty: Type },
    /// An expression over arguments.
    Expr(Expr),
}

impl CachedFn {
    /// Checks everything that tokens can show.
    pub(crate) fn new(
        item: FnItem,
        options: Options,
        place: Place<'_>,
        errors: &mut Errors,
    ) -> Result<Self, Box<FnItem>> {
        values::required(&options, errors);
        let prefix = options.prefix.as_ref().and_then(|expr| values::prefix(expr, errors));
        values::constants(&options, errors);
        let body = signature::check(&item, errors);
        arguments::check(&item, &options, errors);
        transactions::check(&item, &options, errors);
        outside::check_shares(&item, &options, errors);
        let detached = Detached::new(&item, &options, errors);
        let siblings = Siblings::new(&item, &options, place, errors);
        let (Some(prefix), Some(ttl), Some(body), true) =
            (prefix, options.ttl.clone(), body, errors.is_empty())
        else {
            return Err(Box::new(item));
        };
        let inside = |part: Part| match part {
            Part::Expr(expr) => Part::Expr(body.inside(&expr)),
            part @ Part::Arg { .. } => part,
        };
        let executors = outside::executors(&item, &options);
        let watched = outside::all(&item, &options);
        Ok(Self {
            krate: krate(&options),
            prefix,
            ttl,
            parts: parts(&item, &options).into_iter().map(inside).collect(),
            manager: options.manager.as_ref().map(|manager| body.inside(manager)),
            none_ttl: options.none_ttl,
            jitter: options.jitter,
            settle: options.settle,
            near: options.near,
            codec: options.codec,
            version: options.version,
            verbose: options.verbose.unwrap_or(false),
            shares: options.shares,
            executors,
            watched,
            detached,
            siblings,
            body,
            item,
        })
    }
}

pub(crate) fn krate(options: &Options) -> TokenStream {
    match &options.krate {
        Some(path) => path.to_token_stream(),
        None => quote!(::two_tier_cache),
    }
}

/// The parts of the key: those of `key(..)`, else every argument that is not skipped.
pub(crate) fn parts(item: &FnItem, options: &Options) -> Vec<Part> {
    if let Some(key) = &options.key {
        return key.items.iter().cloned().map(Part::Expr).collect();
    }
    let part = |arg: &PatType| {
        let name = plain_name(arg).filter(|name| !is_skipped(name, options))?;
        Some(Part::Arg { cfgs: cfgs(&arg.attrs), name: name.clone(), ty: (*arg.ty).clone() })
    };
    typed_args(item).filter_map(part).collect()
}

fn is_skipped(name: &Ident, options: &Options) -> bool {
    let by_name = options.skip.iter().any(|skip| skip.items.contains(name));
    // The manager itself says nothing of what is loaded.
    let is_manager = |expr: &Expr| matches!(expr, Expr::Path(path) if path.path.is_ident(name));
    by_name || options.manager.as_ref().is_some_and(is_manager)
}

/// The arguments that have no part in the key.
fn outside_the_key<'a>(
    item: &'a FnItem,
    options: &'a Options,
) -> impl Iterator<Item = &'a PatType> {
    typed_args(item).filter(|arg| match &options.key {
        Some(key) => !bound_names(&arg.pat)
            .iter()
            .any(|name| key.items.iter().any(|part| mentions(part.to_token_stream(), name))),
        None => plain_name(arg).is_some_and(|name| is_skipped(name, options)),
    })
}

pub(crate) fn typed_args(item: &FnItem) -> impl Iterator<Item = &PatType> {
    item.sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some(arg),
        FnArg::Receiver(_) => None,
    })
}

/// Whether a type is one of these type parameters.
fn is_type_param(generics: &Generics, ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    generics.type_params().any(|param| path.path.is_ident(&param.ident))
}

/// The name of an argument that is bound to one name as a whole.
pub(crate) fn plain_name(arg: &PatType) -> Option<&Ident> {
    match &*arg.pat {
        Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none() => Some(&pat.ident),
        _ => None,
    }
}

/// Every name that a pattern binds.
pub(crate) fn bound_names(pat: &Pat) -> Vec<Ident> {
    struct Names(Vec<Ident>);

    impl<'ast> syn::visit::Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            self.0.push(pat.ident.clone());
            syn::visit::visit_pat_ident(self, pat);
        }
    }

    let mut names = Names(Vec::new());
    syn::visit::Visit::visit_pat(&mut names, pat);
    names.0
}

/// Whether two lists of attributes read the same: arguments may share a name under other `cfg`s.
pub(crate) fn same(a: &[Attribute], b: &[Attribute]) -> bool {
    quote!(#(#a)*).to_string() == quote!(#(#b)*).to_string()
}

/// The type behind all references: the sibling takes it by value or by reference.
pub(crate) fn without_references(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => without_references(&reference.elem),
        Type::Group(group) => without_references(&group.elem),
        Type::Paren(paren) => without_references(&paren.elem),
        other => other,
    }
}

pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// Whether an attribute has this name, under any path.
pub(crate) fn is_named(attr: &Attribute, name: &str) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == name)
}
