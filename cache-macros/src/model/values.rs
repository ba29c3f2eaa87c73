//! Mistakes about the values of the options.

use quote::ToTokens;
use syn::{Expr, Lit, LitStr};

use crate::errors::Errors;
use crate::mentions::mentions_self_type;
use crate::options::Options;

/// Whether what must be there is; one message for all that is not.
pub(super) fn required(options: &Options, errors: &mut Errors) {
    let text = match (&options.prefix, &options.ttl) {
        // One of those that could not be read may be the missing one.
        _ if options.unread => return,
        (Some(_), Some(_)) => return,
        (None, Some(_)) => "missing option `prefix`; e.g. `prefix = \"user\"`",
        (Some(_), None) => "missing option `ttl`; e.g. `ttl = CUSTOMER_PROFILE`",
        (None, None) => {
            "missing options `prefix` and `ttl`; e.g. `prefix = \"user\", ttl = CUSTOMER_PROFILE`"
        }
    };
    errors.push(syn::Error::new(options.attribute, text));
}

/// `prefix`: a legal literal.
pub(super) fn prefix(expr: &Expr, errors: &mut Errors) -> Option<LitStr> {
    let Some(Lit::Str(literal)) = literal(expr) else {
        errors.add(
            expr,
            "`prefix` must be a string literal, e.g. `prefix = \"user\"`, so that a key in Redis \
             can be searched for in the source",
        );
        return None;
    };
    let text = literal.value();
    let legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
    if !(1..=64).contains(&text.len()) || !text.bytes().all(legal) {
        errors.add(
            expr,
            format!("`prefix` must be 1 to 64 characters of `a-z 0-9 _ . -`; found {text:?}"),
        );
    }
    Some(literal.clone())
}

/// The options that become part of a constant.
pub(super) fn constants(options: &Options, errors: &mut Errors) {
    let durations = [
        ("ttl", &options.ttl),
        ("none_ttl", &options.none_ttl),
        ("settle", &options.settle),
        ("near", &options.near),
    ];
    for (name, expr) in durations {
        if let Some(expr) = expr {
            duration(name, expr, errors);
        }
    }
    if let Some(expr) = &options.codec
        && literal(expr).is_some()
    {
        errors.add(expr, "`codec` takes a codec; write e.g. `codec = two_tier_cache::codec::Json`");
    }
    let others =
        [("jitter", &options.jitter), ("version", &options.version), ("codec", &options.codec)];
    for (name, expr) in durations.into_iter().chain(others) {
        if let Some(expr) = expr
            && mentions_self_type(expr.to_token_stream())
        {
            errors.add(expr, format!("`Self` cannot be used in `{name}`; name the type"));
        }
    }
}

fn duration(name: &str, expr: &Expr, errors: &mut Errors) {
    let text = match literal(expr) {
        Some(Lit::Int(number)) => {
            format!("`{name}` has no unit; write `Duration::from_secs({})`", number.base10_digits())
        }
        Some(_) => format!("`{name}` takes a `Duration`; write e.g. `Duration::from_secs(300)`"),
        None => return,
    };
    errors.add(expr, text);
}

/// The literal of an expression, also where a `macro_rules!` macro passed it on.
pub(super) fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
