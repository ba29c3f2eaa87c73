//! Which generics a part of an item still needs.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Generics, Type, WherePredicate};

/// The parameters that `tokens` mention, those that their bounds mention, in the `where` clause too,
/// and the predicates over them. A parameter too many could not be inferred where the sibling is
/// called.
pub(crate) fn used_in(generics: &Generics, tokens: &TokenStream) -> Generics {
    let mut used: Vec<&GenericParam> = Vec::new();
    let mut sources = vec![tokens.clone()];
    while let Some(source) = sources.pop() {
        for param in &generics.params {
            let known = used.iter().any(|other| name(other) == name(param));
            if !known && contains(source.clone(), name(param)) {
                used.push(param);
                sources.push(param.to_token_stream());
                sources.extend(bounds_of(generics, param));
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
    let about_kept = about(generics, &kept);
    if let Some(clause) = &mut kept.where_clause {
        clause.predicates = about_kept.into_iter().collect();
    }
    if kept.params.is_empty() {
        kept.lt_token = None;
        kept.gt_token = None;
    }
    kept
}

/// The predicates that mention no parameter but those that are kept.
pub(crate) fn about(generics: &Generics, kept: &Generics) -> Vec<WherePredicate> {
    let is_kept =
        |param: &&GenericParam| kept.params.iter().any(|other| name(other) == name(param));
    let gone: Vec<&GenericParam> = generics.params.iter().filter(|param| !is_kept(param)).collect();
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let about_kept = |predicate: &&WherePredicate| {
        !gone.iter().any(|param| contains(predicate.to_token_stream(), name(param)))
    };
    predicates.filter(about_kept).cloned().collect()
}

/// The predicates that are about one parameter.
fn bounds_of(generics: &Generics, param: &GenericParam) -> impl Iterator<Item = TokenStream> {
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(bounds) => match &bounds.bounded_ty {
            Type::Path(ty) if ty.path.is_ident(name(param)) => Some(bounds.to_token_stream()),
            _ => None,
        },
        _ => None,
    })
}

pub(crate) fn name(param: &GenericParam) -> &Ident {
    match param {
        GenericParam::Const(param) => &param.ident,
        GenericParam::Lifetime(param) => &param.lifetime.ident,
        GenericParam::Type(param) => &param.ident,
    }
}

pub(crate) fn contains(tokens: TokenStream, name: &Ident) -> bool {
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
        assert_eq!(params, quote!(<'a, K: Into<I>, I>).to_string());
        assert_eq!(clause, quote!(where K: 'a).to_string());
        let (params, clause) = kept(quote!(key: K, of: &'a [u8; N]));
        assert_eq!(params, quote!(<'a, K: Into<I>, I, const N: usize>).to_string());
        assert_eq!(clause, quote!(where K: 'a).to_string());
        assert_eq!(kept(quote!(id: u64)), (String::new(), String::new()));
    }
}
