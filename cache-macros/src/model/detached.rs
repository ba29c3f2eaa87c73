//! `detached`: the load in a task of its own, which owns every argument.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{
    Attribute, FnArg, GenericArgument, Pat, PatType, PathArguments, Receiver, ReceiverKind, Token,
    Type,
};

use super::lifetimes::borrows;
use super::{cfgs, plain_name, typed_args};
use crate::errors::Errors;
use crate::item::FnItem;
use crate::options::Options;

/// What a detached load must own before it leaves its caller.
pub(crate) struct Detached {
    /// `self`, if there is one.
    pub(crate) receiver: Option<OwnedSelf>,
    /// The arguments that are borrowed. All others are moved as they are.
    pub(crate) arguments: Vec<Owned>,
}

/// The receiver of a detached method.
pub(crate) struct OwnedSelf {
    /// As it is written: in a macro of the user's it has that macro's hygiene.
    pub(crate) token: Token![self],
    pub(crate) mutability: Option<Token![mut]>,
    pub(crate) owning: Owning,
}

/// An argument of which the load takes an owned clone.
pub(crate) struct Owned {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) mutability: Option<Token![mut]>,
    pub(crate) name: Ident,
    pub(crate) owning: Owning,
}

/// How a clone is made, and lent to the body as what the argument was.
pub(crate) enum Owning {
    /// By value: it is moved.
    Moved,
    /// `&T`.
    Reference(Box<Type>),
    /// `Option<&T>`.
    Optional(Box<Type>),
    /// `Cow<'_, T>`.
    Cow(Box<Type>),
}

impl Detached {
    /// `None` if the function does not ask for it, or some argument cannot be owned.
    pub(super) fn new(item: &FnItem, options: &Options, errors: &mut Errors) -> Option<Self> {
        if options.detached != Some(true) {
            return None;
        }
        let receiver = match item.sig.inputs.first() {
            Some(FnArg::Receiver(receiver)) => {
                refuse_self_in_text(item.body.stream(), errors);
                own_self(receiver, errors)
            }
            _ => None,
        };
        let arguments = typed_args(item).filter_map(|arg| own(arg, errors)).collect();
        Some(Self { receiver, arguments })
    }
}

/// In the task `self` goes by another name, which the text of a format string cannot.
fn refuse_self_in_text(body: TokenStream, errors: &mut Errors) {
    for token in body {
        match token {
            TokenTree::Group(group) => refuse_self_in_text(group.stream(), errors),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains("{self}") || text.contains("{self:") {
                    errors.add(
                        literal,
                        "in a `detached` load `self` cannot be named inside of a text; write `{}` \
                         and pass it: `format!(\"{}\", self)`",
                    );
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn own_self(receiver: &Receiver, errors: &mut Errors) -> Option<OwnedSelf> {
    let owning = match &receiver.kind {
        ReceiverKind::Value => Some(Owning::Moved),
        ReceiverKind::Reference(_, _, None) => {
            let name = Ident::new("Self", receiver.self_token.span);
            Some(Owning::Reference(Box::new(syn::parse_quote!(#name))))
        }
        ReceiverKind::Typed(_, ty) => owning(ty),
        _ => None,
    };
    if owning.is_none() {
        errors.add(
            receiver,
            "`detached` runs the load in a task of its own, which cannot borrow `self` like this; \
             take `&self` of a type that is `Clone`, or an `Arc<Self>`",
        );
    }
    Some(OwnedSelf { token: receiver.self_token, mutability: receiver.mutability, owning: owning? })
}

/// How to own an argument; `None` if it needs nothing, or cannot be owned.
fn own(arg: &PatType, errors: &mut Errors) -> Option<Owned> {
    let owning = owning(&arg.ty);
    if matches!(owning, Some(Owning::Moved)) {
        return None;
    }
    let (Some(name), Some(owning)) = (plain_name(arg), owning) else {
        errors.add(
            &arg.ty,
            "`detached` runs the load in a task of its own, which must own every argument, and \
             this one borrows; take it by value, behind an `Arc`, or as a plain `&T` of a type \
             that is `Clone`",
        );
        return None;
    };
    let mutability = match &*arg.pat {
        Pat::Ident(pat) => pat.mutability,
        _ => None,
    };
    Some(Owned { cfgs: cfgs(&arg.attrs), mutability, name: name.clone(), owning })
}

/// A type without the parentheses around it.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        other => other,
    }
}

fn owning(ty: &Type) -> Option<Owning> {
    match ty {
        Type::Group(_) | Type::Paren(_) => return owning(plain(ty)),
        Type::Reference(reference) if reference.mutability.is_none() => {
            let elem = &*reference.elem;
            let named = !matches!(plain(elem), Type::ImplTrait(_) | Type::TraitObject(_));
            return (named && !borrows(elem)).then(|| Owning::Reference(Box::new(elem.clone())));
        }
        _ => {}
    }
    if !borrows(ty) {
        return Some(Owning::Moved);
    }
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(args) = &last.arguments else {
        return None;
    };
    let inner = args.args.iter().find_map(|arg| match arg {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })?;
    match (last.ident.to_string().as_str(), inner) {
        ("Option", Type::Reference(reference))
            if reference.mutability.is_none() && !borrows(&reference.elem) =>
        {
            Some(Owning::Optional(reference.elem.clone()))
        }
        ("Cow", inner) if !borrows(inner) => Some(Owning::Cow(Box::new(inner.clone()))),
        _ => None,
    }
}
