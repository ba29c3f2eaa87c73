//! `#[derive(CacheKey)]`.

mod bounds;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Ident};

use crate::spans::{self, Ends};

// Input:
//     struct Page { tenant: u64, number: u32 }
//     enum Sort { Newest, By(String) }
//
// Output:
//     fn write_key(&self, __key: &mut KeyWriter<'_>) {
//         let Self { tenant: ref __field0, number: ref __field1 } = *self;
//         part(__key, __field0);
//         part(__key, __field1);
//     }
//     fn write_key(&self, __key: &mut KeyWriter<'_>) {
//         match *self {
//             Self::Newest => { __key.part("Newest"); }
//             Self::By(ref __field0) => { __key.part("By"); part(__key, __field0); }
//         }
//     }
pub(crate) fn cache_key(item: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let body = match &input.data {
        Data::Struct(data) => {
            let (pattern, writes) = fields(&data.fields);
            quote!(let Self #pattern = *self; #writes)
        }
        Data::Enum(data) => {
            let arms =
                data.variants.iter().map(|variant| of_variant(&variant.ident, &variant.fields));
            quote!(match *self { #(#arms)* })
        }
        Data::Union(data) => {
            let text = "`CacheKey` cannot be derived for a union";
            return syn::Error::new_spanned(data.union_token, text).into_compile_error();
        }
    };
    implementation(&input, &body)
}

fn implementation(input: &DeriveInput, body: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let mut generics = input.generics.clone();
    let needed = bounds::needed(input);
    if !needed.is_empty() {
        let bounds = needed.iter().map(|ty| -> syn::WherePredicate {
            syn::parse_quote!(#ty: ::two_tier_cache::CacheKey)
        });
        generics.make_where_clause().predicates.extend(bounds);
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics ::two_tier_cache::CacheKey for #name #type_generics #where_clause {
            fn write_key(&self, __key: &mut ::two_tier_cache::__private::KeyWriter<'_>) {
                // A type without fields writes nothing.
                let _ = &__key;
                #body
            }
        }
    }
}

fn of_variant(name: &Ident, of: &Fields) -> TokenStream {
    let text = name.unraw().to_string();
    let (pattern, writes) = fields(of);
    quote! {
        Self::#name #pattern => {
            __key.part(#text);
            #writes
        }
    }
}

/// The pattern that binds every field, and what writes them.
///
/// Each field is bound to a name at its type: that is where a type that cannot be part of a key is
/// underlined.
fn fields(fields: &Fields) -> (TokenStream, TokenStream) {
    let locals: Vec<Ident> = fields
        .iter()
        .enumerate()
        .map(|(at, field)| format_ident!("__field{at}", span = Ends::of(&field.ty).first))
        .collect();
    let pattern = match fields {
        Fields::Named(named) => {
            let names = named.named.iter().map(|field| &field.ident);
            quote!({ #(#names: ref #locals),* })
        }
        Fields::Unnamed(_) => quote!((#(ref #locals),*)),
        Fields::Unit => TokenStream::new(),
    };
    let writes = locals.iter().map(|local| {
        let path = spans::moved(quote!(::two_tier_cache::__private::part), local.span());
        quote_spanned!(local.span()=> #path(__key, #local);)
    });
    (pattern, quote!(#(#writes)*))
}
