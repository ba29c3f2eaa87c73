//! Mistakes about the arguments, and about what `skip(..)` and `key(..)` say of them.

use proc_macro2::Ident;
use syn::{FnArg, ReceiverKind, Type};

use super::{parts, plain_name, typed_args, values};
use crate::errors::Errors;
use crate::item::FnItem;
use crate::options::Options;

pub(super) fn check(item: &FnItem, options: &Options, errors: &mut Errors) {
    if let Some(key) = &options.key {
        if key.items.is_empty() {
            errors.add(
                &key.name,
                "`key(..)` needs at least one part; where all calls share one entry, `skip(..)` \
                 every argument",
            );
        }
        for part in key.items.iter().filter(|part| values::literal(part).is_some()) {
            errors.add(
                part,
                "a literal is the same in every key, and is not formatted; name the argument: \
                 `key(id)`",
            );
        }
        if let Some(skip) = &options.skip {
            errors.add(
                &skip.name,
                "`skip(..)` and `key(..)` exclude each other; `key(..)` alone names every part",
            );
        }
        return;
    }
    let skipped = skipped(item, options, errors);
    for arg in typed_args(item) {
        argument(arg, &skipped, errors);
    }
    receiver(item, options, &skipped, errors);
}

/// The names in `skip(..)`.
fn skipped<'a>(item: &FnItem, options: &'a Options, errors: &mut Errors) -> Vec<&'a Ident> {
    let mut skipped: Vec<&Ident> = Vec::new();
    for name in options.skip.iter().flat_map(|skip| &skip.items) {
        if skipped.contains(&name) {
            errors.add(name, format!("`{name}` is skipped more than once; keep one"));
        }
        skipped.push(name);
        if !is_argument(item, name) {
            errors.add(name, unknown_argument(item, name));
        }
    }
    skipped
}

/// Whether tokens allow for a type to be part of a key.
pub(crate) fn can_be_part(ty: &Type) -> bool {
    match ty {
        // A type that a `macro_rules!` macro passed on.
        Type::Group(group) => can_be_part(&group.elem),
        Type::Paren(paren) => can_be_part(&paren.elem),
        Type::Reference(reference) => reference.mutability.is_none(),
        Type::ImplTrait(_) => false,
        _ => true,
    }
}

fn argument(arg: &syn::PatType, skipped: &[&Ident], errors: &mut Errors) {
    let Some(name) = plain_name(arg) else {
        return errors.add(
            &arg.pat,
            "a pattern may drop what belongs in the key; bind the argument to a name, or list the \
             parts: `key(..)`",
        );
    };
    if skipped.contains(&name) || can_be_part(&arg.ty) {
        return;
    }
    let text = match &*arg.ty {
        Type::ImplTrait(_) => format!(
            "an `impl Trait` argument cannot be part of the key as it is; exclude it: \
             `skip({name})`, or name the part: `key(..)`"
        ),
        _ => format!(
            "a `&mut` argument cannot be part of the key, and on a hit the body does not write \
             through it; if that is right, exclude it: `skip({name})`"
        ),
    };
    errors.add(&arg.ty, text);
}

/// A method whose `self` decides the result must say so.
fn receiver(item: &FnItem, options: &Options, skipped: &[&Ident], errors: &mut Errors) {
    let Some(FnArg::Receiver(receiver)) = item.sig.inputs.first() else {
        return;
    };
    if skipped.iter().any(|name| **name == "self") {
        return;
    }
    let exclusive = match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
        ReceiverKind::Typed(_, ty) => !can_be_part(ty),
        _ => false,
    };
    if exclusive {
        errors.add(
            receiver,
            "on a hit the body does not run, so writes through `&mut self` do not happen; if that \
             is right, say `skip(self)`",
        );
    } else if parts(item, options).is_empty() {
        errors.add(
            receiver,
            "no argument is part of the key, so all values of `Self` would share one entry; name \
             what tells them apart: `key(self.id)`, or say that nothing does: `skip(self)`",
        );
    }
}

fn is_argument(item: &FnItem, name: &Ident) -> bool {
    let is_receiver = name == "self" && matches!(item.sig.inputs.first(), Some(FnArg::Receiver(_)));
    is_receiver || typed_args(item).any(|arg| plain_name(arg) == Some(name))
}

fn unknown_argument(item: &FnItem, name: &Ident) -> String {
    let names: Vec<String> =
        typed_args(item).filter_map(plain_name).map(|name| format!("`{name}`")).collect();
    let has = match names.len() {
        0 => "it has none".to_owned(),
        _ => format!("arguments: {}", names.join(", ")),
    };
    format!("`{}` has no argument named `{name}`; {has}", item.sig.ident)
}
