//! The bounds of a derived implementation.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{DeriveInput, Type, TypePath};

use crate::mentions::mentions;

/// The types that must be keys for the type to be one.
///
/// They are the types of the fields that mention a type parameter, not the parameters: `Id<T>` is a
/// key whatever `T` is, and so is `PhantomData<T>`; `T::Id` may be one where `T` is not; what is
/// skipped need not be one. A field without a parameter needs no bound: if its type is no key, the
/// error is on the field.
///
/// The exception are fields that mention the type itself. `Box<Node<T>>: CacheKey` would be needed to
/// prove `Node<T>: CacheKey` and the other way round, which the compiler refuses. What they mention
/// beside the type itself is bounded then. (Two generic types that hold each other cannot be seen
/// here; for one of them the trait is implemented by hand.)
///
/// That a field's type may be private does no harm: the bounds of a trait's implementation may name
/// private types.
pub(super) fn bounded(input: &DeriveInput, written: &[&Type]) -> Vec<Type> {
    let params: Vec<&Ident> = input.generics.type_params().map(|param| &param.ident).collect();
    let mut bounded = Vec::new();
    for ty in written {
        let mut inside =
            Inside { own: &input.ident, params: &params, itself: false, found: vec![] };
        inside.visit_type(ty);
        if inside.itself {
            bounded.extend(inside.found.into_iter().map(Type::Path));
        } else if mentions_any(ty, &params) {
            bounded.push((*ty).clone());
        }
    }
    bounded
}

fn mentions_any(tokens: &impl ToTokens, names: &[&Ident]) -> bool {
    names.iter().any(|name| mentions(tokens.to_token_stream(), name))
}

/// What the type of a field mentions.
struct Inside<'a> {
    /// The name of the type that is derived.
    own: &'a Ident,
    params: &'a [&'a Ident],
    /// Whether it mentions that type.
    itself: bool,
    /// The parameters, and what belongs to them (`T::Id`), beside that type.
    found: Vec<TypePath>,
}

impl<'ast> Visit<'ast> for Inside<'_> {
    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        let first = ty.path.segments.first().map(|segment| &segment.ident);
        let last = ty.path.segments.last().map(|segment| &segment.ident);
        let of_param = first.is_some_and(|first| self.params.contains(&first));
        if of_param || ty.qself.as_ref().is_some_and(|of| mentions_any(&of.ty, self.params)) {
            self.found.push(ty.clone());
        } else if last == Some(self.own) || first.is_some_and(|first| first == "Self") {
            self.itself = true;
        } else {
            visit::visit_type_path(self, ty);
        }
    }
}
