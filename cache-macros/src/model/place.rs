//! Where a function stands, as far as the attribute can know.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Generics, Path, QSelf, Token, Type, parse_quote};

use super::Part;

/// Where the annotated function stands.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// Anywhere: an attribute sees only its function.
    Unknown,
    /// In an inherent `impl` block that is annotated itself.
    Inherent,
    /// In the `impl` block of a trait that is annotated itself.
    Trait(&'a TraitImpl),
}

/// The `impl` block of a trait, as the siblings of its methods need it, which stand beside it.
pub(crate) struct TraitImpl {
    pub(crate) of: Path,
    /// The parameters that the type mentions.
    pub(crate) of_type: Generics,
    /// The others: of the trait alone.
    pub(crate) others: Generics,
    /// The members of the trait that the block defines.
    pub(crate) members: Vec<Ident>,
}

impl Place<'_> {
    /// What a type of the function is called beside its `impl` block.
    pub(super) fn type_outside(self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        if let Self::Trait(place) = self {
            Qualify(place).visit_type_mut(&mut ty);
        }
        ty
    }

    pub(super) fn expr_outside(self, expr: &Expr) -> Expr {
        let mut expr = expr.clone();
        if let Self::Trait(place) = self {
            Qualify(place).visit_expr_mut(&mut expr);
        }
        expr
    }

    pub(super) fn part_outside(self, part: Part) -> Part {
        match part {
            Part::Arg { cfgs, name, ty } => {
                let ty = self.type_outside(&ty);
                Part::Arg { cfgs, name, ty }
            }
            Part::Expr(expr) => Part::Expr(self.expr_outside(&expr)),
        }
    }
}

/// Makes `<Self as Trait>::Member` of `Self::Member`, which means nothing in an inherent `impl`.
struct Qualify<'a>(&'a TraitImpl);

impl Qualify<'_> {
    fn qualify(&self, qself: &mut Option<QSelf>, path: &mut Path) {
        let mut segments = path.segments.iter();
        let is_self = segments.next().is_some_and(|first| first.ident == "Self");
        let is_member =
            segments.next().is_some_and(|second| self.0.members.contains(&second.ident));
        if qself.is_some() || path.leading_colon.is_some() || !is_self || !is_member {
            return;
        }
        let member: Vec<_> = path.segments.iter().skip(1).cloned().collect();
        let of = &self.0.of;
        *path = of.clone();
        path.segments.extend(member);
        *qself = Some(QSelf {
            lt_token: <Token![<]>::default(),
            ty: parse_quote!(Self),
            position: of.segments.len(),
            as_token: Some(<Token![as]>::default()),
            gt_token: <Token![>]>::default(),
        });
    }
}

impl VisitMut for Qualify<'_> {
    fn visit_type_path_mut(&mut self, path: &mut syn::TypePath) {
        visit_mut::visit_type_path_mut(self, path);
        self.qualify(&mut path.qself, &mut path.path);
    }

    fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
        visit_mut::visit_expr_path_mut(self, path);
        self.qualify(&mut path.qself, &mut path.path);
    }
}
