//! The asynchronous part of a function: the block of an `async fn`, or of what `#[async_trait]`
//! makes of one.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Block, Expr, GenericArgument, Local, Pat, PathArguments, ReturnType, Stmt, Type, TypeParamBound,
};

use crate::item::FnItem;
use crate::receiver;

/// What a call of the function runs when it is awaited.
pub(crate) struct AsyncBody {
    /// What it ends in.
    pub(crate) output: Type,
    /// The user's block, braces included.
    pub(crate) block: Group,
    /// Where `async` is written.
    pub(crate) asynchronous: Span,
    /// What stands around the block, if the function returns a boxed future.
    pub(crate) boxed: Option<Boxed>,
}

/// `Box::pin(async move { bindings; block })`.
pub(crate) struct Boxed {
    pub(crate) pin: TokenStream,
    /// The arguments under the names that the block uses.
    pub(crate) bindings: TokenStream,
    /// What the block calls `self`, if not `self`.
    pub(crate) receiver: Option<Ident>,
}

impl AsyncBody {
    /// The body of an `async fn`, or of a function whose whole body is `Box::pin(async move { .. })`
    /// and whose return type shows it.
    pub(crate) fn of(item: &FnItem) -> Option<Self> {
        if let Some(token) = &item.sig.asyncness {
            return Some(Self {
                output: returned(&item.sig.output),
                block: item.body.clone(),
                asynchronous: token.span,
                boxed: None,
            });
        }
        let ReturnType::Type(_, ty) = &item.sig.output else {
            return None;
        };
        let output = output_of_boxed(ty)?;
        Self::of_boxed(output, &item.body)
    }

    fn of_boxed(output: Type, body: &Group) -> Option<Self> {
        let mut body: Block = syn::parse2(body.to_token_stream()).ok()?;
        let (1, Some(Stmt::Expr(Expr::Call(call), None))) = (body.stmts.len(), body.stmts.pop())
        else {
            return None;
        };
        let (1, Some(Expr::Async(made))) = (call.args.len(), call.args.first()) else {
            return None;
        };
        if !call.func.to_token_stream().to_string().ends_with("Box :: pin") {
            return None;
        }
        let (bindings, block) = unwrapped(&made.block);
        let receiver = binding_of_self(&bindings);
        let boxed =
            Boxed { pin: call.func.to_token_stream(), bindings: quote!(#(#bindings)*), receiver };
        let asynchronous = made.async_token.span;
        Some(Self { output, block, asynchronous, boxed: Some(boxed) })
    }

    /// What a call does, as the function returns it: a boxed future keeps its box, with the bindings
    /// of `#[async_trait]` first.
    pub(crate) fn in_its_box(&self, call: TokenStream) -> TokenStream {
        let Some(Boxed { pin, bindings, .. }) = &self.boxed else {
            return call;
        };
        quote_spanned!(self.asynchronous=> #pin (async move { #bindings #call }))
    }

    /// An option's expression as it is written inside of the body, where `self` may have another
    /// name.
    pub(crate) fn inside(&self, expr: &Expr) -> Expr {
        let Some(receiver) = self.boxed.as_ref().and_then(|boxed| boxed.receiver.as_ref()) else {
            return expr.clone();
        };
        let renamed = receiver::renamed(expr.to_token_stream(), receiver);
        // Only a name changed.
        syn::parse2(renamed).unwrap_or_else(|_| expr.clone())
    }
}

/// What a function returns as it is written.
pub(crate) fn returned(output: &ReturnType) -> Type {
    match output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => syn::parse_quote!(()),
    }
}

/// The `R` of `Pin<Box<dyn Future<Output = R> + ..>>`, under any paths.
fn output_of_boxed(ty: &Type) -> Option<Type> {
    let boxed = argument(ty, "Pin")?;
    let Type::TraitObject(object) = argument(&boxed, "Box")? else {
        return None;
    };
    object.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let last = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(args) = &last.arguments else {
            return None;
        };
        args.args.iter().find_map(|arg| match arg {
            GenericArgument::AssocType(output) if output.ident == "Output" => {
                Some(output.ty.clone())
            }
            _ => None,
        })
    })
}

/// The `T` of `Name<T>`.
fn argument(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(args) = &last.arguments else {
        return None;
    };
    args.args.iter().find_map(|arg| match arg {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    })
}

// Input:
//     {
//         if let Some(__ret) = None::<R> { return __ret; }
//         let __self = self;
//         let id = id;
//         let __ret: R = { user's statements };
//         __ret
//     }
//
// Output:
//     [let __self = self; let id = id;], { user's statements }
/// Takes apart what `#[async_trait]` puts into its `async` block; any other block is as it is.
fn unwrapped(block: &Block) -> (Vec<Stmt>, Group) {
    from_async_trait(block).unwrap_or_else(|| match only_token(block) {
        Some(TokenTree::Group(block)) => (Vec::new(), block),
        // A block is one group.
        _ => (Vec::new(), Group::new(Delimiter::Brace, TokenStream::new())),
    })
}

fn from_async_trait(block: &Block) -> Option<(Vec<Stmt>, Group)> {
    let (bindings, result) = match block.stmts.as_slice() {
        // The first only says what the block ends in.
        [Stmt::Expr(Expr::If(_), _), bindings @ .., result, Stmt::Expr(Expr::Path(_), None)] => {
            (bindings, declared(result, "__ret")?)
        }
        // Of a function that returns nothing.
        [bindings @ .., result] => (bindings, declared(result, "_")?),
        [] => return None,
    };
    if !bindings.iter().all(is_argument) {
        return None;
    }
    match only_token(result)? {
        TokenTree::Group(users) => Some((bindings.to_vec(), users)),
        _ => None,
    }
}

/// The value of `let name: T = value;`.
fn declared<'a>(stmt: &'a Stmt, name: &str) -> Option<&'a Expr> {
    let Stmt::Local(Local { pat: Pat::Type(typed), init: Some(init), .. }) = stmt else {
        return None;
    };
    let is_unit = || typed.ty.to_token_stream().to_string() == "()";
    let is_named = typed.pat.to_token_stream().to_string() == name && (name != "_" || is_unit());
    is_named.then_some(&*init.expr)
}

/// Whether a statement is `let pattern = name;` or `let pattern = { let name = name; name };`, and
/// so may be taken out of the block.
fn is_argument(stmt: &Stmt) -> bool {
    let Stmt::Local(Local { init: Some(init), .. }) = stmt else {
        return false;
    };
    match &*init.expr {
        Expr::Path(_) => true,
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [first, Stmt::Expr(Expr::Path(_), None)] => is_argument(first),
            _ => false,
        },
        _ => false,
    }
}

fn only_token(tokens: &impl ToTokens) -> Option<TokenTree> {
    let mut tokens = tokens.to_token_stream().into_iter();
    tokens.next().filter(|_| tokens.next().is_none())
}

/// The name in `let name = self;`.
fn binding_of_self(bindings: &[Stmt]) -> Option<Ident> {
    bindings.iter().find_map(|stmt| match stmt {
        Stmt::Local(Local { pat: Pat::Ident(name), init: Some(init), .. })
            if init.expr.to_token_stream().to_string() == "self" =>
        {
            Some(name.ident.clone())
        }
        _ => None,
    })
}
