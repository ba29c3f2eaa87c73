//! Lifetimes in types: named where the language asks for a name.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{Lifetime, Type, WherePredicate};

use crate::spans;

/// Names every elided lifetime: inside `impl KeyArg<..>` the language does not allow them. And notes
/// what outlives them.
#[derive(Default)]
pub(super) struct NameLifetimes {
    pub(super) names: Vec<Lifetime>,
    pub(super) implied: Vec<WherePredicate>,
}

impl NameLifetimes {
    fn next(&mut self, span: Span) -> Lifetime {
        let lifetime = Lifetime::new(&format!("'key{}", self.names.len()), spans::local(span));
        self.names.push(lifetime.clone());
        lifetime
    }
}

impl VisitMut for NameLifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.next(lifetime.span());
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        let span = reference.and_token.span;
        let lifetime = reference.lifetime.take();
        let lifetime = lifetime.filter(|lifetime| lifetime.ident != "_");
        let lifetime = lifetime.unwrap_or_else(|| self.next(span));
        self.visit_type_mut(&mut reference.elem);
        let elem = &reference.elem;
        self.implied.push(syn::parse_quote!(#elem: #lifetime));
        reference.lifetime = Some(lifetime);
    }

    /// The lifetimes of a function pointer are its own.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
}

/// Whether a type shows that it borrows.
pub(super) fn borrows(ty: &Type) -> bool {
    struct Borrows(bool);

    impl<'ast> Visit<'ast> for Borrows {
        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            self.0 |= lifetime.ident != "static";
        }

        fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
            self.0 |= reference.lifetime.is_none();
            visit::visit_type_reference(self, reference);
        }

        fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
    }

    let mut found = Borrows(false);
    found.visit_type(ty);
    found.0
}
