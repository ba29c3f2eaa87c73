//! The options between the parentheses of the attribute.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Path, Token};

use crate::errors::Errors;
use crate::suggest::unknown;

/// Every option there is, for the message about one there is not.
const NAMES: [&str; 17] = [
    "prefix",
    "ttl",
    "skip",
    "key",
    "manager",
    "invalidate",
    "also",
    "shares",
    "none_ttl",
    "jitter",
    "settle",
    "near",
    "codec",
    "version",
    "detached",
    "verbose",
    "crate",
];

/// The options as written; what they mean together is for the model.
pub(crate) struct Options {
    /// Where the attribute stands, for a mistake about what is not in it.
    pub(crate) attribute: Span,
    pub(crate) prefix: Option<Expr>,
    pub(crate) ttl: Option<Expr>,
    pub(crate) skip: Option<List<Ident>>,
    pub(crate) key: Option<List<Expr>>,
    pub(crate) manager: Option<Expr>,
    pub(crate) invalidate: Option<Ident>,
    pub(crate) also: Option<List<Path>>,
    pub(crate) shares: Option<Path>,
    pub(crate) none_ttl: Option<Expr>,
    pub(crate) jitter: Option<Expr>,
    pub(crate) settle: Option<Expr>,
    pub(crate) near: Option<Expr>,
    pub(crate) codec: Option<Expr>,
    pub(crate) version: Option<Expr>,
    pub(crate) detached: Option<bool>,
    pub(crate) verbose: Option<bool>,
    pub(crate) krate: Option<Path>,
    /// Whether there is one that could not be read.
    pub(crate) unread: bool,
}

/// `name(item, item)`.
pub(crate) struct List<T> {
    pub(crate) name: Ident,
    pub(crate) items: Vec<T>,
}

impl Options {
    fn none(attribute: Span) -> Self {
        Self {
            attribute,
            prefix: None,
            ttl: None,
            skip: None,
            key: None,
            manager: None,
            invalidate: None,
            also: None,
            shares: None,
            none_ttl: None,
            jitter: None,
            settle: None,
            near: None,
            codec: None,
            version: None,
            detached: None,
            verbose: None,
            krate: None,
            unread: false,
        }
    }

    /// Reads every option it can; after a mistake it goes on behind the next comma.
    fn read(&mut self, input: ParseStream<'_>, errors: &mut Errors) {
        let options = self;
        while !input.is_empty() {
            if let Err(error) = options.parse_one(input) {
                errors.push(error);
                options.unread = true;
                skip_to_comma(input);
            }
            if input.is_empty() || input.parse::<Token![,]>().is_ok() {
                continue;
            }
            errors.push(input.error("expected `,` between options"));
            if !input.peek(Ident::peek_any) {
                options.unread = true;
                skip_to_comma(input);
                // It is there, or the input is at its end.
                drop(input.parse::<Token![,]>());
            }
        }
    }

    fn parse_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let name = input.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "prefix" => set(&mut self.prefix, &name, value(input, &name)?),
            "ttl" => set(&mut self.ttl, &name, value(input, &name)?),
            "skip" => set(&mut self.skip, &name, list(input, &name, Ident::parse_any)?),
            "key" => set(&mut self.key, &name, list(input, &name, Expr::parse)?),
            "manager" => set(&mut self.manager, &name, value(input, &name)?),
            "invalidate" => set(&mut self.invalidate, &name, function_name(input, &name)?),
            "also" => set(&mut self.also, &name, list(input, &name, Path::parse_mod_style)?),
            "shares" => set(&mut self.shares, &name, function_path(input, &name)?),
            "none_ttl" => set(&mut self.none_ttl, &name, value(input, &name)?),
            "jitter" => set(&mut self.jitter, &name, value(input, &name)?),
            "settle" => set(&mut self.settle, &name, value(input, &name)?),
            "near" => set(&mut self.near, &name, value(input, &name)?),
            "codec" => set(&mut self.codec, &name, value(input, &name)?),
            "version" => set(&mut self.version, &name, value(input, &name)?),
            "detached" => set(&mut self.detached, &name, flag(input, &name)?),
            "verbose" => set(&mut self.verbose, &name, flag(input, &name)?),
            "crate" => {
                let path = value::<CratePath>(input, &name)?.0;
                set(&mut self.krate, &name, path)
            }
            _ => Err(unknown("option", &name, &NAMES)),
        }
    }
}

pub(crate) fn set<T>(option: &mut Option<T>, name: &Ident, value: T) -> syn::Result<()> {
    if option.is_some() {
        let text = format!("`{name}` is specified more than once; keep one");
        return Err(syn::Error::new(name.span(), text));
    }
    *option = Some(value);
    Ok(())
}

pub(crate) fn value<T: Parse>(input: ParseStream<'_>, name: &Ident) -> syn::Result<T> {
    let equals: Option<Token![=]> = input.parse()?;
    if equals.is_none() || input.is_empty() || input.peek(Token![,]) {
        let text = format!("`{name}` needs a value; write `{name} = ..`");
        return Err(syn::Error::new(name.span(), text));
    }
    input.parse()
}

/// The name of a function, or `none`.
fn function_name(input: ParseStream<'_>, name: &Ident) -> syn::Result<Ident> {
    match value(input, name)? {
        Expr::Path(path) if path.path.get_ident().is_some() => path.path.require_ident().cloned(),
        other => {
            let text = format!("`{name}` takes the name of a function to make, or `none`");
            Err(syn::Error::new_spanned(other, text))
        }
    }
}

/// The path of a function.
fn function_path(input: ParseStream<'_>, name: &Ident) -> syn::Result<Path> {
    match value(input, name)? {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path),
        other => {
            let text = format!("`{name}` takes the name of the function that owns the prefix");
            Err(syn::Error::new_spanned(other, text))
        }
    }
}

fn list<T>(
    input: ParseStream<'_>,
    name: &Ident,
    item: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<List<T>> {
    if !input.peek(syn::token::Paren) {
        let text = format!("`{name}` takes a list; write `{name}(..)`");
        return Err(syn::Error::new(name.span(), text));
    }
    let content;
    syn::parenthesized!(content in input);
    let items = Punctuated::<T, Token![,]>::parse_terminated_with(&content, item)?;
    Ok(List { name: name.clone(), items: items.into_iter().collect() })
}

/// `verbose`, or `verbose = true`.
fn flag(input: ParseStream<'_>, name: &Ident) -> syn::Result<bool> {
    if !input.peek(Token![=]) {
        return Ok(true);
    }
    match value(input, name)? {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Bool(flag), .. }) => Ok(flag.value),
        other => {
            let text = format!("`{name}` is `true` or `false`");
            Err(syn::Error::new_spanned(other, text))
        }
    }
}

/// An absolute path: the expansion stands in another module than the attribute's author thinks of.
pub(crate) struct CratePath(pub(crate) Path);

impl Parse for CratePath {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.call(Path::parse_mod_style)?;
        let starts_at_root = path.leading_colon.is_some()
            || path.segments.first().is_some_and(|segment| {
                // `$crate` is how a `macro_rules!` macro names its own.
                segment.ident == "crate" || segment.ident == "$crate"
            });
        if !starts_at_root {
            let written = path.to_token_stream().to_string().replace(' ', "");
            let text = format!("the path must be absolute; write `::{written}`");
            return Err(syn::Error::new_spanned(path, text));
        }
        Ok(Self(path))
    }
}

/// Drops tokens up to the next comma.
pub(crate) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<proc_macro2::TokenTree>().is_err() {
            return;
        }
    }
}

/// The options of an attribute, and the mistakes among them.
pub(crate) fn parse(tokens: TokenStream, attribute: Span, errors: &mut Errors) -> Options {
    use syn::parse::Parser;

    let mut options = Options::none(attribute);
    let parser = |input: ParseStream<'_>| {
        options.read(input, errors);
        Ok(())
    };
    // Every mistake is among the errors already.
    drop(parser.parse2(tokens));
    options
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn mistakes(tokens: TokenStream) -> (Options, Vec<String>) {
        let mut errors = Errors::default();
        let options = parse(tokens, Span::call_site(), &mut errors);
        (options, errors.texts())
    }

    #[test]
    fn after_a_mistake_the_other_options_are_read() {
        let (options, texts) =
            mistakes(quote!(prefix("x"), ttl = , nope = 1, skip(a, b), verbose = 2, version = 3));
        assert_eq!(texts.len(), 4, "{texts:?}");
        assert!(options.unread);
        assert!(options.prefix.is_none() && options.ttl.is_none() && options.verbose.is_none());
        assert_eq!(options.skip.expect("it is legal").items.len(), 2);
        assert!(options.version.is_some());
    }

    #[test]
    fn a_missing_comma_hides_no_option() {
        let (options, texts) = mistakes(quote!(prefix = "x" ttl = TTL));
        assert_eq!(texts, ["expected `,` between options"]);
        assert!(options.ttl.is_some() && !options.unread);
    }
}
