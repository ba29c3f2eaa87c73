//! The targets between the parentheses of the attribute.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, Token, token};

use super::RESULT;
use crate::errors::Errors;
use crate::mentions::mentions;
use crate::options::{CratePath, set, skip_to_comma, value};
use crate::suggest::unknown;

mod keyword {
    syn::custom_keyword!(via);
}

/// What may stand beside targets.
const OPTIONS: [&str; 3] = ["crate", "fence_ttl", "on_unreachable"];

/// What the attribute says.
#[derive(Default)]
pub(super) struct Targets {
    pub(super) krate: Option<syn::Path>,
    pub(super) fence_ttl: Option<Expr>,
    /// `refuse`, where it stands.
    pub(super) refuse: Option<Ident>,
    /// `on_unreachable`, where it stands.
    on_unreachable: Option<Ident>,
    pub(super) list: Vec<Target>,
}

/// One target, as an expression that gives an `Invalidate`.
pub(super) struct Target {
    pub(super) expr: Expr,
}

impl Target {
    /// Whether it is about what the function returned.
    pub(super) fn uses_result(&self) -> bool {
        mentions(self.expr.to_token_stream(), &format_ident!("{RESULT}"))
    }
}

/// Reads every target it can; after a mistake it goes on behind the next comma.
pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Targets {
    let parser = |input: ParseStream<'_>| {
        let mut targets = Targets::default();
        if input.is_empty() {
            let text = "name what the function invalidates; e.g. `#[invalidates(load_user(id))]`";
            errors.push(syn::Error::new(Span::call_site(), text));
        }
        while !input.is_empty() {
            if let Err(error) = targets.parse_one(input) {
                errors.push(error);
                skip_to_comma(input);
            }
            if input.is_empty() || input.parse::<Token![,]>().is_ok() {
                continue;
            }
            errors.push(input.error("expected `,` between targets"));
            skip_to_comma(input);
            // It is there, or the input is at its end.
            drop(input.parse::<Token![,]>());
        }
        Ok(targets)
    };
    parser.parse2(tokens).unwrap_or_default()
}

impl Targets {
    fn parse_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        // `==` would be an expression.
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            return self.parse_option(input);
        }
        let expr = if input.peek(keyword::via) && input.peek2(token::Paren) {
            via(input)?
        } else {
            sibling(input.parse()?)?
        };
        awaits_nothing(&expr)?;
        self.list.push(Target { expr });
        Ok(())
    }
}

impl Targets {
    fn parse_option(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let name = input.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "crate" => {
                let path = value::<CratePath>(input, &name)?.0;
                set(&mut self.krate, &name, path)
            }
            "fence_ttl" => {
                let time = value(input, &name)?;
                awaits_nothing(&time)?;
                set(&mut self.fence_ttl, &name, time)
            }
            "on_unreachable" => {
                let choice: Ident = value(input, &name)?;
                if choice == "refuse" {
                    self.refuse = Some(choice);
                } else if choice != "proceed" {
                    let text =
                        "write `on_unreachable = refuse`, or `proceed`, which is the default";
                    return Err(syn::Error::new(choice.span(), text));
                }
                set(&mut self.on_unreachable, &name.clone(), name)
            }
            _ => Err(unknown("option", &name, &OPTIONS)),
        }
    }
}

/// `via(expr)`.
fn via(input: ParseStream<'_>) -> syn::Result<Expr> {
    let via: keyword::via = input.parse()?;
    let content;
    syn::parenthesized!(content in input);
    let mut exprs = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?.into_iter();
    let Some(expr) = exprs.next() else {
        let text = "`via(..)` needs an expression that gives an `Invalidate`, such as the call of \
                    a sibling: `via(forget_user(id))`";
        return Err(syn::Error::new(via.span, text));
    };
    match exprs.next() {
        Some(second) => {
            let text = "`via(..)` takes one expression; write one `via(..)` for each";
            Err(syn::Error::new_spanned(second, text))
        }
        None => Ok(expr),
    }
}

/// The call of a cached function, as a call of its sibling.
fn sibling(expr: Expr) -> syn::Result<Expr> {
    match expr {
        Expr::Call(mut call) => match &mut *call.func {
            Expr::Path(function) => {
                if let Some(last) = function.path.segments.last_mut() {
                    last.ident = invalidate(&last.ident)?;
                }
                Ok(Expr::Call(call))
            }
            _ => Err(no_call(&call.func)),
        },
        Expr::MethodCall(mut call) => {
            call.method = invalidate(&call.method)?;
            Ok(Expr::MethodCall(call))
        }
        // An expression that a `macro_rules!` macro passed on.
        Expr::Group(group) => sibling(*group.expr),
        Expr::Path(path) => {
            let written = path.to_token_stream().to_string().replace(' ', "");
            let text = match written.as_str() {
                "via" => "`via` needs an expression that gives an `Invalidate`: `via(..)`".into(),
                _ => format!("write the call with its arguments: `{written}(..)`"),
            };
            Err(syn::Error::new_spanned(path, text))
        }
        Expr::Await(awaited) => Err(syn::Error::new(
            awaited.await_token.span,
            "a target is not awaited where it is named, but after the body; leave `.await` out",
        )),
        other => Err(no_call(&other)),
    }
}

fn no_call(tokens: &impl ToTokens) -> syn::Error {
    let text = "a target is the call of a cached function by its name, e.g. `load_user(id)`; put \
                an expression that gives an `Invalidate` into `via(..)`";
    syn::Error::new_spanned(tokens, text)
}

/// The name of the sibling, in the place of the function's.
fn invalidate(function: &Ident) -> syn::Result<Ident> {
    let name = function.unraw().to_string();
    let many = name.starts_with("invalidate_all_") || name.ends_with("_where");
    if many && name.starts_with("invalidate_") {
        let text = format!("put a sibling that invalidates several keys into `via({name}(..))`");
        return Err(syn::Error::new(function.span(), text));
    }
    if let Some(cached) = name.strip_prefix("invalidate_") {
        let text = format!(
            "name the cached function: `{cached}(..)`; the call of its sibling follows from that"
        );
        return Err(syn::Error::new(function.span(), text));
    }
    Ok(Ident::new(&format!("invalidate_{name}"), function.span()))
}

/// Targets are evaluated at one go, so that nothing comes between them and the body.
fn awaits_nothing(expr: &Expr) -> syn::Result<()> {
    let mut found = None;
    Awaits(&mut found).visit_expr(expr);
    found.map_or(Ok(()), |at: Token![await]| {
        let text = "a target cannot await; take what it needs as an argument, or from `result`";
        Err(syn::Error::new(at.span, text))
    })
}

/// The first `.await` that is the target's own.
struct Awaits<'a>(&'a mut Option<Token![await]>);

impl<'ast> Visit<'ast> for Awaits<'_> {
    fn visit_expr_await(&mut self, awaited: &'ast syn::ExprAwait) {
        visit::visit_expr_await(self, awaited);
        self.0.get_or_insert(awaited.await_token);
    }

    /// What is awaited in there is awaited by whoever polls it.
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        if closure.asyncness.is_none() {
            visit::visit_expr_closure(self, closure);
        }
    }
}
