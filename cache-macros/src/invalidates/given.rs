//! Arguments that a target takes by value.
//!
//! Users write `load_user(id, domain)` and go on to use `domain` in the body. So where a target would
//! move an argument, or a field of one, it gets a clone; or a reference, if there is no clone. Which
//! of the two is found by type (`Given` in the core).

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{BinOp, Expr, UnOp};

use super::RESULT;
use crate::spans::{self, Ends};

/// Gives each place rooted at one of `names` that `target` would move.
pub(super) fn give(target: &mut Expr, names: &[Ident], krate: &TokenStream) {
    Give { names, krate }.visit_expr_mut(target);
}

#[derive(Clone, Copy)]
struct Give<'a> {
    names: &'a [Ident],
    krate: &'a TokenStream,
}

impl Give<'_> {
    /// An expression whose value goes elsewhere.
    fn value(&self, expr: &mut Expr) {
        match expr {
            Expr::Paren(paren) => return self.value(&mut paren.expr),
            Expr::Group(group) => return self.value(&mut group.expr),
            _ => {}
        }
        { *self }.visit_expr_mut(expr);
        let is_given = root(expr).is_some_and(|root| self.names.contains(root));
        // `result` itself is a reference, and may go anywhere.
        let is_result = matches!(expr, Expr::Path(path) if path.path.is_ident(RESULT));
        if is_given && !is_result {
            *expr = Expr::Verbatim(self.given(expr));
        }
    }

    /// At the user's tokens throughout: a wrong type is then shown there.
    fn given(&self, place: &Expr) -> TokenStream {
        let Ends { first, last } = Ends::of(place);
        let krate = spans::moved(self.krate.clone(), first);
        let call = Ident::new("__given", last);
        let args = quote_spanned!(last=> ());
        let place = quote_spanned!(first=> (&#place));
        let probe = quote_spanned!(first=> #krate::__private::Given::new #place);
        quote!(#probe.#call #args)
    }
}

impl VisitMut for Give<'_> {
    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        self.visit_expr_mut(&mut call.func);
        call.args.iter_mut().for_each(|arg| self.value(arg));
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        self.visit_expr_mut(&mut call.receiver);
        call.args.iter_mut().for_each(|arg| self.value(arg));
    }

    fn visit_expr_tuple_mut(&mut self, tuple: &mut syn::ExprTuple) {
        tuple.elems.iter_mut().for_each(|item| self.value(item));
    }

    fn visit_expr_array_mut(&mut self, array: &mut syn::ExprArray) {
        array.elems.iter_mut().for_each(|item| self.value(item));
    }

    fn visit_expr_struct_mut(&mut self, made: &mut syn::ExprStruct) {
        for field in &mut made.fields {
            self.value(&mut field.expr);
            // `Key { id }` has no name left to be short for.
            field.colon_token.get_or_insert_default();
        }
        if let Some(rest) = &mut made.rest {
            self.visit_expr_mut(rest);
        }
    }

    fn visit_expr_index_mut(&mut self, index: &mut syn::ExprIndex) {
        self.visit_expr_mut(&mut index.expr);
        self.value(&mut index.index);
    }

    /// Comparisons look at their operands; other operators take them.
    fn visit_expr_binary_mut(&mut self, binary: &mut syn::ExprBinary) {
        if matches!(binary.op, BinOp::Add(_)) {
            self.value(&mut binary.left);
            self.visit_expr_mut(&mut binary.right);
        } else {
            visit_mut::visit_expr_binary_mut(self, binary);
        }
    }

    /// Its arguments are its own, and may go by the same names.
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}

    fn visit_expr_async_mut(&mut self, _: &mut syn::ExprAsync) {}
}

/// The name that a place begins with.
fn root(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Field(field) => root(&field.base),
        Expr::Index(index) => root(&index.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => root(&unary.expr),
        Expr::Paren(paren) => root(&paren.expr),
        Expr::Group(group) => root(&group.expr),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use quote::ToTokens;

    use super::*;

    /// What is given, as `#place`.
    fn given(target: &str) -> String {
        let names = ["id", "user", "ids", "name", "self", "result"];
        let names = names.map(|name| Ident::new(name, Span::call_site()));
        let mut target = syn::parse_str(target).expect("it is an expression");
        give(&mut target, &names, &quote!(k));
        let text = target.to_token_stream().to_string().replace(' ', "");
        text.replace("k::__private::Given::new(&", "#").replace(").__given()", "")
    }

    #[test]
    fn what_a_target_would_move_is_given() {
        for (target, expected) in [
            ("load(id, user.id, self.id)", "load(#id,#user.id,#self.id)"),
            ("self.repo.load((id, [name]), *id)", "self.repo.load((#id,[#name]),#*id)"),
            (
                "load(UserId(id), Key { id, of: user.name })",
                "load(UserId(#id),Key{id:#id,of:#user.name})",
            ),
            ("load(ids[id], result.id, *result)", "load(#ids[#id],#result.id,#*result)"),
            ("load(name + name, id as u32)", "load(#name+name,idasu32)"),
            ("load(make(id).at(name))", "load(make(#id).at(#name))"),
            ("load(if id == 1 { make(id) } else { other })", "load(ifid==1{make(#id)}else{other})"),
        ] {
            assert_eq!(given(target), expected, "{target}");
        }
    }

    #[test]
    fn what_a_target_only_looks_at_stays_as_it_is() {
        for target in [
            "load(&id,&user.name,&mutids[0])",
            "load(name.len(),ids.iter().count(),id==id)",
            "load(result,other,other.id,make().id)",
            "load(vec![id],ids.iter().map(|id|make(id)),async{make(id)})",
            "load(users::id,1,\"id\")",
        ] {
            assert_eq!(given(&target.replace("&mutids", "&mut ids")), target);
        }
    }
}
