//! Mistakes about the function, and about what the targets use of it.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::{ReceiverKind, ReturnType, Type};

use super::names::{arguments, first, names_argument, receiver};
use super::targets::{Target, Targets};
use super::{INVALIDATES, RESULT};
use crate::body::{AsyncBody, returned};
use crate::errors::Errors;
use crate::item::{FnItem, NOT_A_FUNCTION};
use crate::model::{CACHED, WRITES, bound_names, is_named, typed_args};

/// Says of another item that it is none. One reader of items serves both attributes, and speaks of
/// the other one.
pub(super) fn not_a_function(error: syn::Error, errors: &mut Errors) {
    for error in error {
        let text = match error.to_string() {
            // Only the other one goes on an `impl` block.
            text if text == NOT_A_FUNCTION => {
                "`#[invalidates]` can only be applied to an `async fn` with a body".to_owned()
            }
            text => text.replace(CACHED, INVALIDATES),
        };
        errors.push(syn::Error::new(error.span(), text));
    }
}

pub(super) fn function(item: &FnItem, targets: &Targets, errors: &mut Errors) -> Option<AsyncBody> {
    if let Some(attr) = item.attrs.iter().find(|attr| is_named(attr, INVALIDATES)) {
        errors.add(attr, "`#[invalidates]` is applied twice; list all targets in one");
    }
    if let Some(attr) = item.attrs.iter().find(|attr| is_named(attr, CACHED)) {
        errors.add(attr, WRITES);
    }
    let body = AsyncBody::of(item);
    if body.is_none() {
        not_async(item, errors);
    }
    refuse(item, targets, errors);
    let beside_result = beside_result(item, targets, errors);
    for (name, used_at) in &beside_result {
        exclusive(item, name, used_at, errors);
    }
    body
}

fn not_async(item: &FnItem, errors: &mut Errors) {
    let text = match &item.sig.output {
        _ if item.returns_boxed_future() => {
            "`#[invalidates]` sees into a boxed future only where `Box::pin(async move { .. })` is \
             the whole body; write it so, or make it an `async fn`"
        }
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
            "`#[invalidates]` can only be applied to an `async fn`; add `async`, and return what \
             the future does"
        }
        _ => "`#[invalidates]` can only be applied to an `async fn`; add `async`",
    };
    errors.add(item.sig.fn_token, text);
}

/// What refuses needs something to refuse for, and a way to say so.
fn refuse(item: &FnItem, targets: &Targets, errors: &mut Errors) {
    let nothing = !targets.list.is_empty() && targets.list.iter().all(Target::uses_result);
    if let (true, Some(time)) = (nothing, &targets.fence_ttl) {
        let text = "nothing is known before the write that could be fenced: every target uses \
                    `result`; name a target by the arguments, or leave `fence_ttl` out";
        errors.add(time, text);
    }
    let Some(refuse) = &targets.refuse else { return };
    if nothing {
        let text = "nothing is known before the write that could be fenced: every target uses \
                    `result`; name a target by the arguments, or leave `on_unreachable` out";
        errors.add(refuse, text);
    }
    if is_unit(&returns(item)) {
        let text = "the function returns nothing that could say that the write was refused; \
                    return a `Result` whose error is `From<two_tier_cache::Unfenced>`";
        errors.add(refuse, text);
    }
}

/// What the function returns, once awaited.
fn returns(item: &FnItem) -> Type {
    AsyncBody::of(item).map_or_else(|| returned(&item.sig.output), |body| body.output)
}

/// The arguments that targets use beside `result`, each with where.
fn beside_result(item: &FnItem, targets: &Targets, errors: &mut Errors) -> Vec<(Ident, Ident)> {
    let mut used: Vec<(Ident, Ident)> = Vec::new();
    let mut of_result = targets.list.iter().filter(|target| target.uses_result()).peekable();
    if let Some(target) = of_result.peek() {
        result_is_ours(item, errors);
        if is_unit(&returns(item)) {
            let at = first(&target.expr, RESULT);
            let text = "the function returns nothing that `result` could be; use its arguments";
            errors.add(at, text);
        }
    }
    for target in of_result {
        let tokens = target.expr.to_token_stream();
        for name in arguments(item) {
            let known = used.iter().any(|(known, _)| *known == name);
            if name != RESULT && !known && names_argument(&tokens, &name) {
                let at = first(&tokens, &name.to_string()).unwrap_or_else(|| name.clone());
                used.push((name, at));
            }
        }
    }
    used
}

/// `result` is the targets' own name.
fn result_is_ours(item: &FnItem, errors: &mut Errors) {
    let result = format_ident!("{RESULT}");
    for name in typed_args(item).flat_map(|arg| bound_names(&arg.pat)) {
        if name == result {
            errors.add(
                name,
                "in a target `result` is what the function returns; give this argument another \
                 name",
            );
        }
    }
}

/// What is borrowed for the body alone cannot be used after it.
fn exclusive(item: &FnItem, name: &Ident, used_at: &Ident, errors: &mut Errors) {
    let is_exclusive = if name == "self" {
        receiver(item).is_some_and(|receiver| match &receiver.kind {
            ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
            ReceiverKind::Typed(_, ty) => is_mutable_reference(ty),
            _ => false,
        })
    } else {
        typed_args(item)
            .any(|arg| bound_names(&arg.pat).contains(name) && is_mutable_reference(&arg.ty))
    };
    if is_exclusive {
        errors.add(
            used_at,
            format!(
                "the body takes the `&mut` in `{name}` with it, so a target beside `result` cannot \
                 use it; use a `&` or an owned argument, or only what is in `result`"
            ),
        );
    }
}

fn is_mutable_reference(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_mutable_reference(&group.elem),
        Type::Paren(paren) => is_mutable_reference(&paren.elem),
        Type::Reference(reference) => reference.mutability.is_some(),
        _ => false,
    }
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}
