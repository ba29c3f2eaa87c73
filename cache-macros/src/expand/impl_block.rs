//! An `impl` block whose methods are annotated. In the block of a trait there is no place for
//! siblings, so they get a block of their own beside it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::{Expanded, expand as expand_function};
use crate::errors::Errors;
use crate::impl_block::{ImplBlock, Member};
use crate::model::{Place, TraitImpl};

// Input:
//     #[two_tier_cached]
//     impl Users for SqlUsers {
//         #[two_tier_cached(prefix = "user", ttl = TTL)]
//         async fn load(&self, id: u64) -> Result<User, Error> { body }
//     }
//
// Output:
//     impl Users for SqlUsers {
//         async fn load(&self, id: u64) -> Result<User, Error> { the body behind the cache }
//     }
//     impl SqlUsers {
//         pub fn invalidate_load(&self, id: impl KeyArg<u64>) -> Invalidate { .. }
//     }
pub(super) fn expand(attribute: &TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if !attribute.is_empty() {
        errors.add(
            attribute,
            "options belong on the methods; on the `impl` block write `#[two_tier_cached]` alone",
        );
    }
    let mut block = match ImplBlock::parse(tokens) {
        Ok(block) => block,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_tokens();
            return quote!(#tokens #errors);
        }
    };
    if block.members.iter().all(|member| matches!(member, Member::Other(_))) {
        errors.add(
            block.head.impl_token,
            "no method of this block is annotated; write `#[two_tier_cached(prefix = .., ttl = ..)]` \
             on those to cache",
        );
    }
    let (members, siblings) = members(std::mem::take(&mut block.members), &block);
    let block_again = block.with(&members);
    let beside = match &block.trait_impl {
        Some(place) if !siblings.is_empty() => beside(&block, place, &siblings, &mut errors),
        _ => TokenStream::new(),
    };
    let errors = errors.into_tokens();
    quote!(#block_again #beside #errors)
}

/// The members, and the siblings that cannot stand among them.
fn members(annotated: Vec<Member>, block: &ImplBlock) -> (TokenStream, TokenStream) {
    let (mut members, mut outside) = (TokenStream::new(), TokenStream::new());
    let place = block.trait_impl.as_ref().map_or(Place::Inherent, Place::Trait);
    for member in annotated {
        match member {
            Member::Other(tokens) => members.extend(tokens),
            Member::Cached { options, attribute, item } => {
                let Expanded { function, siblings } =
                    expand_function(options, attribute, *item, place);
                members.extend(function);
                let to = if block.trait_impl.is_some() { &mut outside } else { &mut members };
                to.extend(siblings);
            }
        }
    }
    (members, outside)
}

/// The inherent `impl` block of the siblings.
fn beside(
    block: &ImplBlock,
    place: &TraitImpl,
    siblings: &TokenStream,
    errors: &mut Errors,
) -> TokenStream {
    let ty = &block.head.self_ty;
    if !can_have_methods(ty, place) {
        errors.add(
            ty,
            "the siblings of a trait's methods stand in an `impl` block of the type, which this one \
             cannot have; say `invalidate = none` on the methods, and invalidate through a handle: \
             `caches.cache(prefix)`",
        );
        return TokenStream::new();
    }
    let attrs =
        block.head.attrs.iter().filter(|attr| {
            ["cfg", "allow", "expect"].iter().any(|name| attr.path().is_ident(name))
        });
    let at = block.head.impl_token.span;
    let (generics, where_clause) = (&place.of_type, &place.of_type.where_clause);
    quote_spanned! {at=>
        #(#attrs)*
        // As visible as the trait may be.
        #[allow(private_bounds, private_interfaces, unreachable_pub)]
        impl #generics #ty #where_clause { #siblings }
    }
}

/// Whether tokens allow for a type to be one of this crate's.
fn can_have_methods(ty: &Type, place: &TraitImpl) -> bool {
    match ty {
        Type::Group(group) => can_have_methods(&group.elem, place),
        Type::Paren(paren) => can_have_methods(&paren.elem, place),
        Type::Path(path) => {
            let text = path.to_token_stream().to_string();
            !place.of_type.type_params().any(|param| param.ident == text)
        }
        _ => false,
    }
}
