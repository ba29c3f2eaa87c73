//! What has to be a key for a generic type to be one.

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Data, DeriveInput, Fields, Ident, Path, Type, TypePath};

use crate::mentions::mentions;

/// The types that need the bound: the type parameters that fields hold, and those that fields name
/// through one, such as `T::Id`. A parameter inside `PhantomData` alone is no more than a name.
pub(super) fn needed(input: &DeriveInput) -> Vec<TypePath> {
    let params = input.generics.type_params().map(|param| &param.ident).collect();
    let mut held = Held { params, types: Vec::new() };
    for field in fields(&input.data) {
        held.visit_type(&field.ty);
    }
    held.types
}

fn fields(data: &Data) -> impl Iterator<Item = &syn::Field> {
    let fields: Vec<&Fields> = match data {
        Data::Struct(data) => vec![&data.fields],
        Data::Enum(data) => data.variants.iter().map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    fields.into_iter().flatten()
}

struct Held<'a> {
    params: Vec<&'a Ident>,
    types: Vec<TypePath>,
}

impl Held<'_> {
    fn is_named_through_a_param(&self, ty: &TypePath) -> bool {
        let in_self_type =
            |ty: &Type| self.params.iter().any(|param| mentions(ty.to_token_stream(), param));
        match &ty.qself {
            Some(of) => in_self_type(&of.ty),
            None => ty.path.segments.first().is_some_and(|first| {
                ty.path.leading_colon.is_none() && self.params.contains(&&first.ident)
            }),
        }
    }
}

impl<'ast> Visit<'ast> for Held<'_> {
    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        if self.is_named_through_a_param(ty) {
            let text = |ty: &TypePath| ty.to_token_stream().to_string();
            if !self.types.iter().any(|known| text(known) == text(ty)) {
                self.types.push(ty.clone());
            }
        } else if !is_phantom_data(&ty.path) {
            visit::visit_type_path(self, ty);
        }
    }
}

fn is_phantom_data(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "PhantomData")
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn what_fields_hold_needs_the_bound() {
        let input: DeriveInput = syn::parse_quote! {
            enum Key<'a, A, B: ?Sized, C: Entity, D, E, F, const N: usize> {
                One(Option<A>, &'a B, ::std::marker::PhantomData<fn() -> D>),
                Two { id: C::Id, other: <E as Entity>::Id, again: [A; N] },
                Three(module::D<F>, PhantomData<D>),
            }
        };
        let texts: Vec<String> =
            needed(&input).iter().map(|ty| ty.to_token_stream().to_string()).collect();
        let expected = [quote!(A), quote!(B), quote!(C::Id), quote!(<E as Entity>::Id), quote!(F)];
        assert_eq!(texts, expected.map(|tokens| tokens.to_string()));
    }
}
