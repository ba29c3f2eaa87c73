//! An `impl` block with annotated methods.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, GenericParam, ImplItem, ItemImpl, Meta, Token, Visibility};

use crate::generics;
use crate::item::{FnItem, begins_function};
use crate::model::{CACHED, TraitImpl, is_named};

/// The block, with the bodies of its functions left alone.
pub(crate) struct ImplBlock {
    /// Everything but the members.
    pub(crate) head: ItemImpl,
    brace: Span,
    pub(crate) members: Vec<Member>,
    /// Of the block of a trait: what the siblings need, which cannot stand in it.
    pub(crate) trait_impl: Option<TraitImpl>,
}

pub(crate) enum Member {
    /// A function with `#[two_tier_cached(..)]` on it.
    Cached {
        options: TokenStream,
        attribute: Span,
        item: Box<FnItem>,
    },
    Other(TokenStream),
}

/// Whether an item is an `impl` block.
pub(crate) fn is_impl_block(tokens: &TokenStream) -> bool {
    let parser = |input: ParseStream<'_>| {
        let _attributes = input.call(Attribute::parse_outer)?;
        let _unsafety: Option<Token![unsafe]> = input.parse()?;
        let found = input.peek(Token![impl]);
        let _rest: TokenStream = input.parse()?;
        Ok(found)
    };
    parser.parse2(tokens.clone()).unwrap_or(false)
}

impl ImplBlock {
    pub(crate) fn parse(tokens: &TokenStream) -> syn::Result<Self> {
        let mut head: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let body = match head.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
            _ => return Err(syn::Error::new_spanned(tokens, "expected an `impl` block")),
        };
        head.push(TokenTree::Group(Group::new(Delimiter::Brace, TokenStream::new())));
        let head: ItemImpl = syn::parse2(head.into_iter().collect())?;
        let mut names = Vec::new();
        let parser = |input: ParseStream<'_>| {
            let mut members = Vec::new();
            while !input.is_empty() {
                members.push(member(input, &mut names)?);
            }
            Ok(members)
        };
        let members = parser.parse2(body.stream())?;
        let trait_impl = trait_impl(&head, names);
        Ok(Self { head, brace: body.span(), members, trait_impl })
    }

    /// The block with these members, in its own braces.
    pub(crate) fn with(&self, members: &TokenStream) -> TokenStream {
        let mut head: Vec<TokenTree> = self.head.to_token_stream().into_iter().collect();
        head.pop();
        let mut body = Group::new(Delimiter::Brace, members.clone());
        body.set_span(self.brace);
        head.push(TokenTree::Group(body));
        head.into_iter().collect()
    }
}

fn trait_impl(head: &ItemImpl, members: Vec<Ident>) -> Option<TraitImpl> {
    let (of, _) = head.trait_.clone()?;
    let of_type = generics::used_in(&head.generics, &head.self_ty.to_token_stream());
    let mut others = head.generics.clone();
    let is_other = |param: &GenericParam| {
        !of_type.params.iter().any(|known| generics::name(known) == generics::name(param))
    };
    others.params = others.params.into_iter().filter(is_other).collect();
    Some(TraitImpl { of, of_type, others, members })
}

/// Reads one member, and notes its name.
fn member(input: ParseStream<'_>, names: &mut Vec<Ident>) -> syn::Result<Member> {
    let ahead = input.fork();
    let attrs = ahead.call(Attribute::parse_outer)?;
    let _vis: Visibility = ahead.parse()?;
    if !begins_function(&ahead) {
        let other: ImplItem = input.parse()?;
        match &other {
            ImplItem::Const(item) => names.push(item.ident.clone()),
            ImplItem::Type(item) => names.push(item.ident.clone()),
            _ => {}
        }
        return Ok(Member::Other(other.into_token_stream()));
    }
    let mut item: FnItem = input.parse()?;
    names.push(item.sig.ident.clone());
    let Some(at) = attrs.iter().position(|attr| is_named(attr, CACHED)) else {
        return Ok(Member::Other(item.into_token_stream()));
    };
    let attribute = item.attrs.remove(at);
    let options = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    };
    let attribute = attribute.path().span();
    Ok(Member::Cached { options, attribute, item: Box::new(item) })
}
