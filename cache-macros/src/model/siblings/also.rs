//! What `also(..)` asks for.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::Path;
use syn::ext::IdentExt;

use crate::body::AsyncBody;
use crate::errors::Errors;
use crate::item::FnItem;
use crate::model::{cfgs, outside, signature, typed_args};
use crate::options::Options;
use crate::suggest::unknown;

/// A sibling that is made on request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Also {
    Exists,
    InvalidateAll,
    InvalidateWhere,
    Refresh,
    Set,
}

const ALSO: [&str; 5] = ["set", "exists", "refresh", "invalidate_where", "invalidate_all"];

pub(super) fn also(item: &FnItem, options: &Options, errors: &mut Errors) -> Vec<(Also, Ident)> {
    let mut also: Vec<(Also, Ident)> = Vec::new();
    for path in options.also.iter().flat_map(|also| &also.items) {
        let Some(name) = requested(path, errors) else {
            continue;
        };
        let Some((kind, sibling)) = named(name, item) else {
            errors.push(unknown("sibling", name, &ALSO));
            continue;
        };
        if also.iter().any(|(other, _)| *other == kind) {
            errors.add(name, format!("`{name}` is specified more than once; keep one"));
            continue;
        }
        match kind {
            Also::Refresh => check_refresh(item, errors),
            Also::Exists | Also::Set => check_instance(name, item, options, errors),
            Also::InvalidateAll | Also::InvalidateWhere => {}
        }
        also.push((kind, sibling));
    }
    also
}

/// The name in `name` or `Self::name`.
fn requested<'a>(path: &'a Path, errors: &mut Errors) -> Option<&'a Ident> {
    let last = &path.segments.last()?.ident;
    if path.get_ident().is_none() && !is_associated_call(path) {
        errors
            .add(path, format!("write `{last}`, or `Self::{last}` beside an associated function"));
        return None;
    }
    Some(last)
}

/// Whether it is `Self::name`.
pub(super) fn is_associated_call(path: &Path) -> bool {
    path.segments.len() == 2 && path.segments[0].ident == "Self"
}

/// A sibling by its name in `also(..)`. Passed by name, an identifier would lose its span.
fn named(name: &Ident, item: &FnItem) -> Option<(Also, Ident)> {
    let function = item.sig.ident.unraw();
    Some(match name.to_string().as_str() {
        "set" => (Also::Set, format_ident!("set_{}", function)),
        "exists" => (Also::Exists, format_ident!("exists_{}", function)),
        "refresh" => (Also::Refresh, format_ident!("refresh_{}", function)),
        "invalidate_where" => {
            (Also::InvalidateWhere, format_ident!("invalidate_{}_where", function))
        }
        "invalidate_all" => (Also::InvalidateAll, format_ident!("invalidate_all_{}", function)),
        _ => return None,
    })
}

fn check_refresh(item: &FnItem, errors: &mut Errors) {
    if let Some(arg) = typed_args(item).find(|arg| !cfgs(&arg.attrs).is_empty()) {
        errors.add(
            &arg.pat,
            "`refresh` passes every argument on, which cannot be done for one under `cfg`; put the \
             `cfg` on the function",
        );
    }
}

/// A value must be stored for the same types as a call would load it for. Only its own type tells.
fn check_instance(name: &Ident, item: &FnItem, options: &Options, errors: &mut Errors) {
    let returns = AsyncBody::of(item).map(|body| body.output);
    let seen = returns.as_ref().map(|returns| signature::value(returns).to_token_stream());
    for param in outside::unseen(item, options, &seen.unwrap_or_default()) {
        errors.add(
            name,
            format!(
                "`{name}` cannot tell which `{param}` a value is for; its type must mention it"
            ),
        );
    }
}
