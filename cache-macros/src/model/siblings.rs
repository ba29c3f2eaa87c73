//! The functions that the attribute makes beside the one it stands on.

mod also;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, Expr, FnArg, Generics, Lifetime, PatType, Receiver, Token, Type, Visibility,
    WherePredicate,
};

pub(crate) use self::also::Also;
use self::also::{also, is_associated_call};
use super::lifetimes::NameLifetimes;
use super::{
    Part, Place, TraitImpl, bound_names, can_be_part, is_type_param, parts, plain_name, same,
    typed_args, without_references,
};
use crate::body::{AsyncBody, returned};
use crate::errors::Errors;
use crate::item::FnItem;
use crate::mentions::{mentions, mentions_self_type};
use crate::options::Options;

/// The siblings of a function, and what they are made of.
pub(crate) struct Siblings {
    /// The name of the function that invalidates; absent if it is not wanted.
    pub(crate) invalidate: Option<Ident>,
    /// The others, in the order in which they are asked for.
    pub(crate) also: Vec<(Also, Ident)>,
    pub(crate) receiver: Option<Receiver>,
    /// What names one key.
    pub(crate) inputs: Vec<Input>,
    /// What names the manager.
    pub(crate) manager_inputs: Vec<PatType>,
    /// All arguments of the function.
    pub(crate) args: Vec<PatType>,
    pub(crate) parts: Vec<Part>,
    pub(crate) manager: Option<Expr>,
    /// What the function returns when it is awaited.
    pub(crate) returns: Type,
    /// The same, with a name for every lifetime.
    pub(crate) returns_named: Type,
    /// The names for the lifetimes that types elide.
    pub(crate) lifetimes: Vec<Lifetime>,
    /// What types need to be well-formed. As the type of an argument a reference implies it; inside
    /// `impl KeyArg<..>` it does not.
    pub(crate) implied: Vec<WherePredicate>,
    pub(crate) vis: Visibility,
    /// The parameters that they may take.
    pub(crate) generics: Generics,
    /// The parameters of the function itself.
    pub(crate) function_params: TokenStream,
    /// How to call the function.
    pub(crate) path: TokenStream,
}

/// An argument of a sibling.
#[derive(Clone)]
pub(crate) enum Input {
    /// `name: impl KeyArg<T>`.
    KeyArg { cfgs: Vec<Attribute>, name: Ident, ty: Box<Type> },
    /// As the function has it.
    Verbatim(PatType),
}

impl Siblings {
    pub(crate) fn new(
        item: &FnItem,
        options: &Options,
        place: Place<'_>,
        errors: &mut Errors,
    ) -> Self {
        let mut parts = parts(item, options);
        // What cannot be part of a key is a mistake of its own.
        parts.retain(|part| match part {
            Part::Arg { ty, .. } => can_be_part(ty),
            Part::Expr(_) => true,
        });
        let parts: Vec<Part> = parts.into_iter().map(|part| place.part_outside(part)).collect();
        let manager = options.manager.as_ref().map(|manager| place.expr_outside(manager));
        let outside =
            |arg: &PatType| PatType { ty: Box::new(place.type_outside(&arg.ty)), ..arg.clone() };
        let args: Vec<PatType> = typed_args(item).map(outside).collect();
        let generics = generics(item, place);
        let mut inputs: Vec<Input> =
            args.iter().filter_map(|arg| input(arg, &generics, manager.as_ref(), &parts)).collect();
        let body = AsyncBody::of(item);
        let returns = body.map_or_else(|| returned(&item.sig.output), |body| body.output);
        let returns = place.type_outside(&returns);
        let mut lifetimes = NameLifetimes::default();
        for input in &mut inputs {
            if let Input::KeyArg { ty, .. } = input {
                lifetimes.visit_type_mut(ty);
            }
        }
        let mut returns_named = returns.clone();
        lifetimes.visit_type_mut(&mut returns_named);
        Self {
            invalidate: invalidate(item, options, errors),
            also: also(item, options, errors),
            receiver: receiver(item),
            inputs,
            manager_inputs: args
                .iter()
                .filter(|arg| is_used(arg, manager.iter()))
                .cloned()
                .collect(),
            args,
            returns,
            returns_named,
            lifetimes: lifetimes.names,
            implied: lifetimes.implied,
            vis: vis(item, place),
            generics,
            function_params: item.sig.generics.params.to_token_stream(),
            path: path(item, options, place),
            parts,
            manager,
        }
    }

    /// The names of the arguments that name the manager.
    pub(crate) fn manager_names(&self) -> Vec<Ident> {
        self.manager_inputs.iter().flat_map(|arg| bound_names(&arg.pat)).collect()
    }

    /// The type of a part of the key, with a name for every lifetime, if the siblings name the part
    /// by type.
    pub(crate) fn key_type(&self, part: &Part) -> Option<&Type> {
        let Part::Arg { cfgs: written, name: wanted, .. } = part else {
            return None;
        };
        self.inputs.iter().find_map(|input| match input {
            Input::KeyArg { cfgs, name, ty } if name == wanted && same(cfgs, written) => {
                Some(&**ty)
            }
            _ => None,
        })
    }
}

fn invalidate(item: &FnItem, options: &Options, errors: &mut Errors) -> Option<Ident> {
    match &options.invalidate {
        Some(name) if name == "none" => None,
        Some(name) if *name == item.sig.ident => {
            errors.add(name, "the sibling needs a name of its own; this one is the function's");
            None
        }
        Some(name) => Some(name.clone()),
        None => Some(format_ident!("invalidate_{}", item.sig.ident.unraw())),
    }
}

fn receiver(item: &FnItem) -> Option<Receiver> {
    item.sig.inputs.iter().find_map(|arg| match arg {
        FnArg::Receiver(receiver) => Some(receiver.clone()),
        FnArg::Typed(_) => None,
    })
}

/// A method of a trait is as visible as its trait, which cannot be seen.
fn vis(item: &FnItem, place: Place<'_>) -> Visibility {
    match place {
        Place::Trait(_) => Visibility::Public(Token![pub](item.sig.ident.span())),
        Place::Unknown | Place::Inherent => item.vis.clone(),
    }
}

/// The parameters that the siblings may take. Beside the `impl` block of a trait, those that its type
/// does not mention become the siblings' own.
fn generics(item: &FnItem, place: Place<'_>) -> Generics {
    let mut generics = item.sig.generics.clone();
    let Place::Trait(place) = place else {
        return generics;
    };
    let mut all = place.others.clone();
    all.params.extend(std::mem::take(&mut generics.params));
    if let Some(clause) = generics.where_clause.take() {
        all.make_where_clause().predicates.extend(clause.predicates);
    }
    all
}

fn is_associated(item: &FnItem, place: Place<'_>) -> bool {
    match place {
        Place::Trait(_) | Place::Inherent => true,
        Place::Unknown => {
            receiver(item).is_some() || mentions_self_type(item.sig.to_token_stream())
        }
    }
}

/// How `refresh` calls the function, which may be free or associated. Where that cannot be known and
/// is guessed wrong, the compiler says so at the option, and proposes `Self::refresh`.
fn path(item: &FnItem, options: &Options, place: Place<'_>) -> TokenStream {
    let name = &item.sig.ident;
    let asked = options
        .also
        .iter()
        .flat_map(|also| &also.items)
        .find(|path| path.segments.last().is_some_and(|last| last.ident == "refresh"));
    match (place, asked) {
        (Place::Trait(TraitImpl { of, .. }), _) => quote!(<Self as #of>::#name),
        (_, Some(path)) if is_associated(item, place) || is_associated_call(path) => {
            quote_spanned!(path.span()=> Self::#name)
        }
        (_, Some(path)) => {
            let mut name = name.clone();
            name.set_span(path.span());
            name.into_token_stream()
        }
        (_, None) => TokenStream::new(),
    }
}

/// What the sibling takes of an argument: nothing, what names its key part, or the argument itself
/// where an expression uses it or it alone says what a type parameter stands for.
fn input(
    arg: &PatType,
    generics: &Generics,
    manager: Option<&Expr>,
    parts: &[Part],
) -> Option<Input> {
    let exprs = parts.iter().filter_map(|part| match part {
        Part::Expr(expr) => Some(expr),
        Part::Arg { .. } => None,
    });
    if is_used(arg, exprs.chain(manager)) {
        return Some(Input::Verbatim(arg.clone()));
    }
    parts.iter().find_map(|part| match part {
        Part::Arg { cfgs, name, ty }
            if Some(name) == plain_name(arg) && same(cfgs, &super::cfgs(&arg.attrs)) =>
        {
            if is_type_param(generics, without_references(ty)) {
                // `impl KeyArg<K>` would hold for several `K`.
                return Some(Input::Verbatim(arg.clone()));
            }
            let (cfgs, name) = (cfgs.clone(), name.clone());
            Some(Input::KeyArg { cfgs, name, ty: Box::new(without_references(ty).clone()) })
        }
        _ => None,
    })
}

fn is_used<'a>(arg: &PatType, mut exprs: impl Iterator<Item = &'a Expr>) -> bool {
    let names = bound_names(&arg.pat);
    exprs.any(|expr| names.iter().any(|name| mentions(expr.to_token_stream(), name)))
}
