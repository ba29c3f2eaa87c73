//! `#[derive(CacheKey)]`.

mod bounds;
mod options;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Type};

use self::options::{OfField, OfType, refuse_on_variant};
use crate::errors::Errors;
use crate::spans::{self, Ends};

// Input:
//     struct Page { tenant: u64, #[cache_key(hash)] text: String, #[cache_key(skip)] trace: Id }
//     enum Sort { Newest, By(String) }
//
// Output:
//     fn write_key(&self, key: &mut KeyWriter<'_>) {
//         let Self { tenant: ref field0, text: ref field1, .. } = *self;
//         part(key, field0);
//         key.hashed(|key| { part(key, field1); });
//     }
//     fn write_key(&self, key: &mut KeyWriter<'_>) {
//         match *self {
//             Self::Newest { .. } => { key.part("Newest"); }
//             Self::By(ref field0) => { key.part("By"); part(key, field0); }
//         }
//     }
pub(crate) fn cache_key(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let options = OfType::read(&input.attrs, &mut errors);
    let derive = Derive { input: &input, krate: options.krate() };
    let layouts = layouts(&input.data, &mut errors);
    if errors.is_empty() {
        return derive.implementation(&layouts, options.hash.is_some());
    }
    let (errors, fallback) = (errors.into_tokens(), derive.fallback());
    quote!(#errors #fallback)
}

struct Derive<'a> {
    input: &'a DeriveInput,
    krate: TokenStream,
}

/// The fields of a struct or of a variant.
struct Layout<'a> {
    variant: Option<&'a Ident>,
    fields: &'a Fields,
    /// One for each field; none for one that is skipped.
    parts: Vec<Option<Part<'a>>>,
    /// The options that say so.
    skips: Vec<Ident>,
}

struct Part<'a> {
    /// What the field is bound to. It is named at the field's type: that is where a type that cannot
    /// be part of a key is underlined.
    local: Ident,
    ty: &'a Type,
    hashed: bool,
}

fn layouts<'a>(data: &'a Data, errors: &mut Errors) -> Vec<Layout<'a>> {
    match data {
        Data::Struct(data) => {
            let layout = Layout::new(None, &data.fields, errors);
            refuse_all_skipped(&layout, errors);
            vec![layout]
        }
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                refuse_on_variant(&variant.attrs, errors);
                // With every field skipped it is still told apart by its name.
                Layout::new(Some(&variant.ident), &variant.fields, errors)
            });
            variants.collect()
        }
        Data::Union(data) => {
            let text = "`CacheKey` cannot be derived for a union, which does not know what it \
                        holds; implement it by hand";
            errors.add(data.union_token, text);
            Vec::new()
        }
    }
}

fn refuse_all_skipped(layout: &Layout<'_>, errors: &mut Errors) {
    if let (Some(skip), None) = (layout.skips.first(), layout.written().next()) {
        let text = "every field is skipped, so all values would have the same key; keep one field";
        errors.add(skip, text);
    }
}

impl<'a> Layout<'a> {
    fn new(variant: Option<&'a Ident>, fields: &'a Fields, errors: &mut Errors) -> Self {
        let mut skips = Vec::new();
        let parts = fields.iter().enumerate().map(|(at, field)| {
            let options = OfField::read(&field.attrs, errors);
            let is_skipped = options.skip.is_some();
            skips.extend(options.skip);
            let local = format_ident!("__field{at}", span = Ends::of(&field.ty).first);
            let part = Part { local, ty: &field.ty, hashed: options.hash.is_some() };
            (!is_skipped).then_some(part)
        });
        let parts = parts.collect();
        Self { variant, fields, parts, skips }
    }

    fn written(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().flatten()
    }

    /// The pattern that binds what is written.
    fn pattern(&self) -> TokenStream {
        let bound = self.fields.iter().zip(&self.parts);
        match self.fields {
            Fields::Named(_) | Fields::Unit => {
                let bound = bound.filter_map(|(field, part)| {
                    let (name, Part { local, .. }) = (&field.ident, part.as_ref()?);
                    Some(quote!(#name: ref #local,))
                });
                quote!({ #(#bound)* .. })
            }
            Fields::Unnamed(_) => {
                let bound = bound.map(|(_, part)| match part {
                    Some(Part { local, .. }) => quote!(ref #local,),
                    None => quote!(_,),
                });
                quote!((#(#bound)*))
            }
        }
    }
}

impl Derive<'_> {
    fn implementation(&self, layouts: &[Layout<'_>], hashed: bool) -> TokenStream {
        let key = key();
        let body = match &self.input.data {
            Data::Enum(_) => {
                let arms = layouts.iter().map(|layout| self.arm(layout));
                quote!(match *self { #(#arms)* })
            }
            _ => {
                let fields = layouts.iter().map(|layout| {
                    let (pattern, writes) = (layout.pattern(), self.writes(layout));
                    quote!(let Self #pattern = *self; #writes)
                });
                quote!(#(#fields)*)
            }
        };
        let body = if hashed { quote!(#key.hashed(|#key| { #body });) } else { body };
        let written: Vec<&Type> =
            layouts.iter().flat_map(Layout::written).map(|part| part.ty).collect();
        // A type without fields writes nothing.
        self.block(&bounds::bounded(self.input, &written), &quote!(let _ = &#key; #body))
    }

    /// What stands in for the implementation when there is a mistake, so that what uses the type as
    /// a key does not become a mistake as well.
    fn fallback(&self) -> TokenStream {
        let key = key();
        self.block(&[], &quote!(let _ = #key; ::core::unreachable!()))
    }

    fn block(&self, bounded: &[Type], body: &TokenStream) -> TokenStream {
        let (key, krate, name) = (key(), &self.krate, &self.input.ident);
        let mut generics = self.input.generics.clone();
        let predicates = &mut generics.make_where_clause().predicates;
        predicates.extend(
            bounded
                .iter()
                .map(|ty| -> syn::WherePredicate { syn::parse_quote!(#ty: #krate::CacheKey) }),
        );
        let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl #impl_generics #krate::CacheKey for #name #type_generics #where_clause {
                fn write_key(&self, #key: &mut #krate::__private::KeyWriter<'_>) {
                    #body
                }
            }
        }
    }

    fn arm(&self, layout: &Layout<'_>) -> TokenStream {
        let (key, name) = (key(), layout.variant);
        let text = name.map(|name| name.unraw().to_string());
        let (pattern, writes) = (layout.pattern(), self.writes(layout));
        quote!(Self::#name #pattern => { #key.part(#text); #writes })
    }

    fn writes(&self, layout: &Layout<'_>) -> TokenStream {
        let key = key();
        let writes = layout.written().map(|Part { local, hashed, .. }| {
            let krate = spans::moved(self.krate.clone(), local.span());
            let write = quote_spanned!(local.span()=> #krate::__private::part(#key, #local););
            if *hashed { quote!(#key.hashed(|#key| { #write });) } else { write }
        });
        quote!(#(#writes)*)
    }
}

/// The writer. Hygiene keeps it apart from the user's variables, its underscores from a constant
/// called `key`, which a pattern would mean.
fn key() -> Ident {
    Ident::new("__key", spans::local(Span::call_site()))
}
