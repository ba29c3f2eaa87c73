//! Mistakes about the function itself: what it is, and what it returns.

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{GenericArgument, PathArguments, PathSegment, ReturnType, Type};

use super::{CACHED, WRITES, is_named, is_type_param};
use crate::body::AsyncBody;
use crate::errors::Errors;
use crate::invalidates::INVALIDATES;
use crate::item::FnItem;

pub(super) fn check(item: &FnItem, errors: &mut Errors) -> Option<AsyncBody> {
    kind(item, errors);
    if let Some(attr) = item.attrs.iter().find(|attr| is_named(attr, CACHED)) {
        errors.add(attr, "`#[two_tier_cached]` is applied twice; keep one");
    }
    if let Some(attr) = item.attrs.iter().find(|attr| is_named(attr, INVALIDATES)) {
        errors.add(attr, WRITES);
    }
    if item.sig.constness.is_some() {
        return None;
    }
    let body = AsyncBody::of(item);
    match &body {
        Some(body) => returned(item, body, errors),
        None => not_async(item, errors),
    }
    body
}

fn not_async(item: &FnItem, errors: &mut Errors) {
    match &item.sig.output {
        ReturnType::Type(_, ty) if item.returns_boxed_future() => errors.add(
            ty,
            "a boxed future is cached only where its type is written out, `Pin<Box<dyn Future<..> + ..>>`, \
             and `Box::pin(async move { .. })` is the whole body; or make it an `async fn`",
        ),
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => errors.add(
            item.sig.fn_token,
            "`#[two_tier_cached]` can only be applied to an `async fn`; add `async`, and return \
             what the future does",
        ),
        _ => errors.add(
            item.sig.fn_token,
            "`#[two_tier_cached]` can only be applied to an `async fn`; add `async`",
        ),
    }
}

/// What no cached function can be.
fn kind(item: &FnItem, errors: &mut Errors) {
    let sig = &item.sig;
    let mut refuse = |tokens: &dyn ToTokens, kind: &str| {
        errors.add(tokens, format!("`#[two_tier_cached]` cannot be applied to {kind}"));
    };
    if let Some(token) = &sig.constness {
        refuse(token, "a `const fn`; make it an `async fn`");
    }
    if let syn::Safety::Unsafe(token) = &sig.safety {
        refuse(
            token,
            "an `unsafe fn`, because a hit would skip the body and its contract; cache a safe \
             function and call it from there",
        );
    }
    if let Some(abi) = &sig.abi {
        refuse(abi, "an `extern` function; cache an `async fn` and call it from here");
    }
    if let Some(variadic) = &sig.variadic {
        refuse(variadic, "a variadic function; name every argument");
    }
}

fn returned(item: &FnItem, body: &AsyncBody, errors: &mut Errors) {
    let ty = &body.output;
    if is_type_param(&item.sig.generics, ty) {
        return errors.add(
            ty,
            "a bare generic return type could be anything, also a `Result`; return \
             `Result<T, E>` or `Option<T>`",
        );
    }
    let mut refused = None;
    Refused(&mut refused).visit_type(value(ty));
    if let Some((tokens, text)) = refused {
        errors.add(tokens, text);
    }
}

/// The value in a return type, as far as tokens show: what stands first in `Result<..>`, whatever
/// that is called here, or else the type as it is.
pub(super) fn value(ty: &Type) -> &Type {
    if let Type::Group(group) = ty {
        return value(&group.elem);
    }
    let Type::Path(path) = ty else {
        return ty;
    };
    match path.path.segments.last() {
        Some(last) if last.ident != "Cow" => type_args(last).next().unwrap_or(ty),
        _ => ty,
    }
}

fn generic_args(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let args = match &segment.arguments {
        PathArguments::AngleBracketed(args) => Some(&args.args),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    };
    args.into_iter().flatten()
}

fn type_args(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    generic_args(segment).filter_map(|arg| match arg {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The first type that cannot be stored, and why.
struct Refused<'a, 'ast>(&'a mut Option<(&'ast Type, String)>);

impl<'ast> Visit<'ast> for Refused<'_, 'ast> {
    fn visit_type(&mut self, ty: &'ast Type) {
        let text = match ty {
            Type::ImplTrait(_) => {
                let text = "name the return type; a cached value is stored and read back as one \
                            concrete type";
                Some(text.to_owned())
            }
            Type::Reference(reference) if !is_static(reference.lifetime.as_ref()) => {
                Some(format!("cached values must be owned; {}", owned(&reference.elem)))
            }
            Type::Path(path) if path.path.segments.iter().any(borrows) => {
                let text = "cached values must be owned; return a type without a lifetime";
                Some(text.to_owned())
            }
            _ => None,
        };
        match text {
            Some(text) => *self.0 = self.0.take().or(Some((ty, text))),
            None => visit::visit_type(self, ty),
        }
    }

    /// The lifetimes of a function pointer are its own.
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
}

fn borrows(segment: &PathSegment) -> bool {
    generic_args(segment).any(|arg| match arg {
        GenericArgument::Lifetime(lifetime) => !is_static(Some(lifetime)),
        _ => false,
    })
}

fn is_static(lifetime: Option<&syn::Lifetime>) -> bool {
    lifetime.is_some_and(|lifetime| lifetime.ident == "static")
}

/// What to return instead of a reference to `ty`.
fn owned(ty: &Type) -> String {
    match ty {
        Type::Path(path) if path.path.is_ident("str") => {
            "return `String` instead of `&str`".to_owned()
        }
        Type::Slice(_) => "return a `Vec` instead of a slice".to_owned(),
        _ => "return the value itself or an `Arc` instead of a reference".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(output: &str) -> Vec<String> {
        let item = format!("async fn load<'a, T>(id: u64) -> {output} {{}}");
        let mut errors = Errors::default();
        check(&syn::parse_str(&item).expect("it is a function"), &mut errors);
        errors.texts()
    }

    #[test]
    fn owned_values_are_accepted_under_any_name() {
        for output in [
            "()",
            "Option<T>",
            "AppResult<Vec<(u8, &'static str)>>",
            "Result<Arc<T>, Error<'a>>",
            "Result<Cow<'static, str>, &'a str>",
            "Loaded<'a, u64>",
        ] {
            assert!(refused(output).is_empty(), "{output}: {:?}", refused(output));
        }
    }

    #[test]
    fn what_tokens_show_to_borrow_is_refused_once() {
        for output in [
            "&'a User",
            "Result<&str, E>",
            "Cow<'_, str>",
            "Option<Vec<(u8, &[T])>>",
            "User<'a>",
            "AppResult<Page<User<'_>>>",
            "Result<Cow<'a, str>, E>",
        ] {
            let texts = refused(output);
            assert_eq!(texts.len(), 1, "{output}: {texts:?}");
            assert!(texts[0].starts_with("cached values must be owned; return"), "{output}");
        }
    }

    #[test]
    fn a_type_without_a_name_or_a_shape_is_refused() {
        for output in ["T", "impl Iterator<Item = u8>", "Result<impl Send, E>"] {
            assert_eq!(refused(output).len(), 1, "{output}");
        }
    }
}
