//! The annotated function as the expansion needs it: valid, or every mistake noted.

mod arguments;
mod signature;
mod values;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, FnArg, Lifetime, LitStr, Pat, PatType, Receiver, ReturnType, Type};

use crate::errors::Errors;
use crate::item::FnItem;
use crate::mentions::mentions;
use crate::options::Options;
use crate::spans;

pub(crate) use self::arguments::can_be_part;

/// The name of the attribute.
pub(crate) const CACHED: &str = "two_tier_cached";

/// A cached function.
pub(crate) struct CachedFn {
    pub(crate) item: FnItem,
    /// The path to the facade crate.
    pub(crate) krate: TokenStream,
    pub(crate) prefix: LitStr,
    pub(crate) ttl: Expr,
    pub(crate) none_ttl: Option<Expr>,
    pub(crate) jitter: Option<Expr>,
    pub(crate) settle: Option<Expr>,
    pub(crate) codec: Option<Expr>,
    pub(crate) version: Option<Expr>,
    pub(crate) verbose: bool,
    pub(crate) manager: Option<Expr>,
    pub(crate) returns: Type,
    pub(crate) parts: Vec<Part>,
    pub(crate) sibling: Option<Sibling>,
}

/// One part of the key.
pub(crate) enum Part {
    /// An argument of the function.
    Arg { cfgs: Vec<Attribute>, name: Ident, ty: Type },
    /// An expression over arguments.
    Expr(Expr),
}

/// The function that invalidates.
pub(crate) struct Sibling {
    pub(crate) name: Ident,
    pub(crate) receiver: Option<Receiver>,
    pub(crate) inputs: Vec<Input>,
    /// Names for the lifetimes that the types of the inputs elide.
    pub(crate) lifetimes: Vec<Lifetime>,
}

/// An argument of the sibling.
pub(crate) enum Input {
    /// `name: impl KeyArg<T>`.
    KeyArg { cfgs: Vec<Attribute>, name: Ident, ty: Box<Type> },
    /// As the function has it.
    Verbatim(PatType),
}

impl CachedFn {
    /// Checks everything that tokens can show.
    pub(crate) fn new(
        item: FnItem,
        options: Options,
        errors: &mut Errors,
    ) -> Result<Self, Box<FnItem>> {
        values::required(&options, errors);
        let prefix = options.prefix.as_ref().and_then(|expr| values::prefix(expr, errors));
        values::constants(&options, errors);
        signature::check(&item, errors);
        arguments::check(&item, &options, errors);
        let (Some(prefix), Some(ttl), true) = (prefix, options.ttl.clone(), errors.is_empty())
        else {
            return Err(Box::new(item));
        };
        let parts = parts(&item, &options);
        Ok(Self {
            krate: krate(&options),
            prefix,
            ttl,
            returns: returned(&item.sig.output),
            sibling: Sibling::new(&item, &options, &parts),
            parts,
            none_ttl: options.none_ttl,
            jitter: options.jitter,
            settle: options.settle,
            codec: options.codec,
            version: options.version,
            verbose: options.verbose.unwrap_or(false),
            manager: options.manager,
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

fn returned(output: &ReturnType) -> Type {
    match output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => syn::parse_quote!(()),
    }
}

/// The parts of the key: those of `key(..)`, else every argument that is not skipped.
pub(crate) fn parts(item: &FnItem, options: &Options) -> Vec<Part> {
    if let Some(key) = &options.key {
        return key.items.iter().cloned().map(Part::Expr).collect();
    }
    let skipped = |name: &Ident| {
        let by_name = options.skip.iter().any(|skip| skip.items.contains(name));
        // The manager itself says nothing of what is loaded.
        let is_manager = |expr: &Expr| matches!(expr, Expr::Path(path) if path.path.is_ident(name));
        by_name || options.manager.as_ref().is_some_and(is_manager)
    };
    let part = |arg: &PatType| {
        let name = plain_name(arg)?;
        let ty = (*arg.ty).clone();
        (!skipped(name)).then(|| Part::Arg { cfgs: cfgs(&arg.attrs), name: name.clone(), ty })
    };
    typed_args(item).filter_map(part).collect()
}

impl Sibling {
    /// The sibling of a function; `None` if it is not wanted.
    pub(crate) fn new(item: &FnItem, options: &Options, parts: &[Part]) -> Option<Self> {
        let name = match &options.invalidate {
            Some(name) if name == "none" => return None,
            Some(name) => name.clone(),
            None => format_ident!("invalidate_{}", item.sig.ident.unraw()),
        };
        let receiver = item.sig.inputs.iter().find_map(|arg| match arg {
            FnArg::Receiver(receiver) => Some(receiver.clone()),
            FnArg::Typed(_) => None,
        });
        let mut inputs: Vec<Input> =
            typed_args(item).filter_map(|arg| input(arg, options, parts)).collect();
        let mut lifetimes = NameLifetimes::default();
        for input in &mut inputs {
            if let Input::KeyArg { ty, .. } = input {
                lifetimes.visit_type_mut(ty);
            }
        }
        Some(Self { name, receiver, inputs, lifetimes: lifetimes.0 })
    }
}

/// Names every elided lifetime: inside `impl KeyArg<..>` the language does not allow them.
#[derive(Default)]
struct NameLifetimes(Vec<Lifetime>);

impl NameLifetimes {
    fn next(&mut self, span: Span) -> Lifetime {
        let lifetime = Lifetime::new(&format!("'key{}", self.0.len()), spans::local(span));
        self.0.push(lifetime.clone());
        lifetime
    }
}

impl VisitMut for NameLifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.next(lifetime.span());
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.next(reference.and_token.span));
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    /// The lifetimes of a function pointer are its own.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
}

/// What the sibling takes of an argument: nothing, what names its key part, or the argument itself
/// where an expression uses it.
fn input(arg: &PatType, options: &Options, parts: &[Part]) -> Option<Input> {
    let expressions = || {
        let exprs = parts.iter().filter_map(|part| match part {
            Part::Expr(expr) => Some(expr),
            Part::Arg { .. } => None,
        });
        exprs.chain(&options.manager)
    };
    let used = |name: &Ident| expressions().any(|expr| mentions(expr.to_token_stream(), name));
    if bound_names(&arg.pat).iter().any(used) {
        return Some(Input::Verbatim(arg.clone()));
    }
    parts.iter().find_map(|part| match part {
        Part::Arg { cfgs, name, ty }
            if Some(name) == plain_name(arg) && same(cfgs, &self::cfgs(&arg.attrs)) =>
        {
            let (cfgs, name) = (cfgs.clone(), name.clone());
            Some(Input::KeyArg { cfgs, name, ty: Box::new(without_references(ty).clone()) })
        }
        _ => None,
    })
}

pub(crate) fn typed_args(item: &FnItem) -> impl Iterator<Item = &PatType> {
    item.sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some(arg),
        FnArg::Receiver(_) => None,
    })
}

/// The name of an argument that is bound to one name as a whole.
pub(crate) fn plain_name(arg: &PatType) -> Option<&Ident> {
    match &*arg.pat {
        Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none() => Some(&pat.ident),
        _ => None,
    }
}

/// Every name that a pattern binds.
fn bound_names(pat: &Pat) -> Vec<Ident> {
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
