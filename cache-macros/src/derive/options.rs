//! The options in `#[cache_key(..)]`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Meta, Token};

use crate::errors::Errors;
use crate::options::{CratePath, set, skip_to_comma, value};
use crate::suggest;

/// What is said of the whole type.
#[derive(Default)]
pub(super) struct OfType {
    pub(super) hash: Option<Ident>,
    krate: Option<syn::Path>,
}

/// What is said of one field.
#[derive(Default)]
pub(super) struct OfField {
    pub(super) skip: Option<Ident>,
    pub(super) hash: Option<Ident>,
}

impl OfType {
    pub(super) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for_each(attrs, "`hash` or `crate = ..`", errors, |name, input| {
            match name.to_string().as_str() {
                "hash" => set(&mut options.hash, name, flag(input, name)?),
                "crate" => set(&mut options.krate, name, value::<CratePath>(input, name)?.0),
                "skip" => Err(syn::Error::new(name.span(), "`skip` belongs on a field")),
                _ => Err(suggest::unknown("option", name, &["hash", "crate"])),
            }
        });
        options
    }

    /// The path to the facade crate.
    pub(super) fn krate(&self) -> TokenStream {
        self.krate.as_ref().map_or_else(|| quote!(::two_tier_cache), ToTokens::to_token_stream)
    }
}

impl OfField {
    pub(super) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for_each(attrs, "`skip` or `hash`", errors, |name, input| {
            match name.to_string().as_str() {
                "skip" => set(&mut options.skip, name, flag(input, name)?)?,
                "hash" => set(&mut options.hash, name, flag(input, name)?)?,
                "crate" => return Err(syn::Error::new(name.span(), "`crate` belongs on the type")),
                _ => return Err(suggest::unknown("option", name, &["skip", "hash"])),
            }
            if options.skip.is_some() && options.hash.is_some() {
                let text = "`skip` leaves the field out, so there is nothing to hash; keep one";
                return Err(syn::Error::new(name.span(), text));
            }
            Ok(())
        });
        options
    }
}

/// Notes that a variant has options, of which there are none.
pub(super) fn refuse_on_variant(attrs: &[Attribute], errors: &mut Errors) {
    for attr in own(attrs) {
        let text = "`#[cache_key(..)]` belongs on the type or on a field; a variant is always in \
                    the key, by its name";
        errors.add(attr, text);
    }
}

/// Reads every option it can; after a mistake it goes on behind the next comma.
fn for_each(
    attrs: &[Attribute],
    known: &str,
    errors: &mut Errors,
    mut read: impl FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>,
) {
    for attr in own(attrs) {
        let list = match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => list,
            _ => {
                errors.add(attr, format!("`#[cache_key(..)]` takes {known}"));
                continue;
            }
        };
        let read_all = list.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                let name = input.call(Ident::parse_any);
                let name = name.map_err(|error| {
                    syn::Error::new(error.span(), format!("`#[cache_key(..)]` takes {known}"))
                });
                let one = name.and_then(|name| read(&name, input));
                if let Err(error) = one {
                    errors.push(error);
                    skip_to_comma(input);
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        });
        if let Err(error) = read_all {
            errors.push(error);
        }
    }
}

fn own(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cache_key"))
}

/// An option that is there or not. Its name is kept, to point at.
fn flag(input: ParseStream<'_>, name: &Ident) -> syn::Result<Ident> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(name.clone());
    }
    let text = format!("`{name}` takes no value; write `#[cache_key({name})]`");
    Err(syn::Error::new(name.span(), text))
}
