//! The siblings that look into the cache and write to it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::{Signature, about_keys, at, bounded, function, key, key_inputs};
use crate::expand::function::{caches, shape, statics};
use crate::model::CachedFn;

// Output:
//     pub fn exists_load(id: impl KeyArg<u64>) -> Answer {
//         static __FUNCTION: Function = ..;
//         let __caches = current();
//         exists(&__caches, &__FUNCTION, type_name_of_val(&|| ()), shape, |__key| { arg::<u64>(__key, &id); })
//     }
pub(super) fn exists(cached: &CachedFn, name: &Ident) -> TokenStream {
    let docs = [
        format!("Whether `{}` would find a value for these arguments.", cached.item.sig.ident),
        String::new(),
        about_keys(cached),
    ];
    sibling(cached, &docs, name, None)
}

// Output:
//     pub fn set_load(id: impl KeyArg<u64>, __value: impl SetArg<Result<User, Error>>) -> Answer {
//         static __FUNCTION: Function = ..;
//         let __caches = current();
//         set(&__caches, &__FUNCTION, type_name_of_val(&|| ()), shape, __value, |__key| { arg::<u64>(__key, &id); })
//     }
pub(super) fn set(cached: &CachedFn, name: &Ident) -> TokenStream {
    let at = at(cached);
    let docs = [
        format!("Caches `value` as what `{}` returns.", cached.item.sig.ident),
        String::new(),
        "Whether it is stored: it is not if the key is invalidated meanwhile.".to_owned(),
        String::new(),
        about_keys(cached),
    ];
    let value = Ident::new("__value", at);
    sibling(cached, &docs, name, Some(&value))
}

fn sibling(cached: &CachedFn, docs: &[String], name: &Ident, value: Option<&Ident>) -> TokenStream {
    let CachedFn { krate, siblings, .. } = cached;
    let at = at(cached);
    let mut inputs = key_inputs(krate, siblings);
    let mut operation = Ident::new("exists", at);
    if let Some(value) = value {
        inputs.push(bounded(krate, &[], value, "SetArg", &siblings.returns_named));
        operation = Ident::new("set", at);
    }
    let (statics, caches) = (statics(cached, at), caches(krate, siblings.manager.as_ref(), at));
    let shape = shape(cached, &siblings.returns_named);
    let value = value.map(|value| quote!(#value,));
    let parts = key::parts(cached, at);
    let body = quote_spanned! {at=>
        #statics
        #caches
        #krate::__private::#operation(&__caches, &__FUNCTION, ::core::any::type_name_of_val(&|| ()), #shape, #value |__key| { #parts })
    };
    let output = quote!(#krate::Answer);
    let signature = Signature { siblings, asynchronous: false, name, inputs, output, calls: false };
    function(cached, docs, &signature, &body)
}
