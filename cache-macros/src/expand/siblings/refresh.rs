//! The sibling that loads again.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{GenericParam, Pat};

use super::{Signature, about_keys, at, function};
use crate::model::CachedFn;

// Output:
//     pub async fn refresh_load(db: &Db, id: u64) -> Result<User, Error> {
//         refresh(load(db, id)).await
//     }
pub(super) fn expand(cached: &CachedFn, name: &Ident) -> TokenStream {
    let CachedFn { krate, item, siblings, .. } = cached;
    let at = at(cached);
    let docs = [
        format!("Loads what `{}` returns for these arguments, and caches it.", item.sig.ident),
        String::new(),
        about_keys(cached),
    ];
    let (mut inputs, mut args) = (Vec::new(), Vec::new());
    if let Some(mut receiver) = siblings.receiver.clone() {
        receiver.mutability = None;
        args.push(receiver.self_token.to_token_stream());
        inputs.push(receiver.into_token_stream());
    }
    for (index, arg) in siblings.args.iter().enumerate() {
        let name = match &*arg.pat {
            Pat::Ident(pat) => pat.ident.clone(),
            _ => format_ident!("arg{index}", span = at),
        };
        let ty = &arg.ty;
        inputs.push(quote!(#name: #ty));
        args.push(name.into_token_stream());
    }
    let path = &siblings.path;
    let types = item.sig.generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
        GenericParam::Lifetime(_) => None,
    });
    let types: Vec<&Ident> = types.collect();
    let turbofish = (!types.is_empty()).then(|| quote!(::<#(#types),*>));
    let body = quote_spanned! {at=>
        #krate::__private::refresh(#path #turbofish (#(#args),*)).await
    };
    let returns = &siblings.returns;
    let output = quote!(#returns);
    let signature = Signature { siblings, asynchronous: true, name, inputs, output, calls: true };
    function(cached, &docs, &signature, &body)
}
