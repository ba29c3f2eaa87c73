//! The generics of the function that its sibling still needs.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Generics};

/// The parameters that `tokens` mention, those that their bounds mention, and the predicates over
/// them. A parameter too many could not be inferred where the sibling is called.
pub(super) fn used_in(generics: &Generics, tokens: &TokenStream) -> Generics {
    let mut used: Vec<&GenericParam> = Vec::new();
    let mut sources = vec![tokens.clone()];
    while let Some(source) = sources.pop() {
        for param in &generics.params {
            let known = used.iter().any(|other| name(other) == name(param));
            if !known && contains(source.clone(), name(param)) {
                used.push(param);
                sources.push(param.to_token_stream());
            }
        }
    }
    let unused: Vec<&Ident> = generics
        .params
        .iter()
        .map(name)
        .filter(|param| !used.iter().any(|other| name(other) == *param))
        .collect();
    let mut kept = generics.clone();
    kept.params =
        generics.params.iter().filter(|param| !unused.contains(&name(param))).cloned().collect();
    if let Some(clause) = &mut kept.where_clause {
        let about_used = |predicate: &syn::WherePredicate| {
            !unused.iter().any(|param| contains(predicate.to_token_stream(), param))
        };
        clause.predicates = clause.predicates.iter().filter(|p| about_used(p)).cloned().collect();
    }
    if kept.params.is_empty() {
        kept.lt_token = None;
        kept.gt_token = None;
    }
    kept
}

fn name(param: &GenericParam) -> &Ident {
    match param {
        GenericParam::Const(param) => &param.ident,
        GenericParam::Lifetime(param) => &param.lifetime.ident,
        GenericParam::Type(param) => &param.ident,
    }
}

fn contains(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => contains(group.stream(), name),
        TokenTree::Literal(_) | TokenTree::Punct(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn what_the_sibling_does_not_mention_is_left_out() {
        let item: syn::ItemFn = syn::parse_quote! {
            fn load<'a, D, K: Into<I>, I, const N: usize>()
            where
                D: Send,
                K: 'a,
            {
            }
        };
        let kept = |tokens| {
            let generics = used_in(&item.sig.generics, &tokens);
            let clause = generics.where_clause.to_token_stream();
            (generics.to_token_stream().to_string(), clause.to_string())
        };
        let (params, clause) = kept(quote!(key: impl KeyArg<K>));
        assert_eq!(params, quote!(<K: Into<I>, I>).to_string());
        assert_eq!(clause, "");
        let (params, clause) = kept(quote!(key: K, of: &'a [u8; N]));
        assert_eq!(params, quote!(<'a, K: Into<I>, I, const N: usize>).to_string());
        assert_eq!(clause, quote!(where K: 'a).to_string());
        assert_eq!(kept(quote!(id: u64)), (String::new(), String::new()));
    }
}
